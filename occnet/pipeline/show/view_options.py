"""What a view shows: what can be chosen. Imports nothing heavy, for the help of the command waits for it."""

from __future__ import annotations

from dataclasses import dataclass

from occnet.errors import OccnetError


@dataclass(frozen=True)
class ViewOptions:
    """What a view shows."""

    up: str = "y"
    """the axis that points up: y, or z as in most scans; the page can change it"""
    compare: bool = True
    """where there is a mesh and a scan, or another mesh, colour them by the distance to each other"""
    certify: bool = True
    """say of each mesh whether it is a solid, and draw in red where it is not"""

    def __post_init__(self) -> None:
        if self.up not in ("y", "z"):
            raise OccnetError(f"up is y or z, but is {self.up!r}.")
