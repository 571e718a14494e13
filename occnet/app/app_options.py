"""How the page is served: what can be chosen. Imports nothing heavy, for the help of the command waits for it."""

from __future__ import annotations

from dataclasses import dataclass

from occnet.errors import OccnetError


@dataclass(frozen=True)
class AppOptions:
    """How the page is served."""

    port: int = 0
    """where the page is served; by default a free one"""
    host: str = "127.0.0.1"
    """the address to serve at: by default this machine alone; 0.0.0.0 lets other machines in, who then need the token that is
    part of the address printed"""
    most_megabytes: int = 200
    """the largest file that the page takes"""
    device: str = "auto"
    """where to compute: auto, cpu, cuda or mps"""

    def __post_init__(self) -> None:
        if self.most_megabytes < 1:
            raise OccnetError(f"The page must take files of at least 1 megabyte, but {self.most_megabytes} were given.")
