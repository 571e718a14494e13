"""What commands that do many files can be told of what they write and print."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from tyro.conf import arg


@dataclass(frozen=True)
class WritingOptions:
    """Which meshes are written, and as what."""

    format: Literal["ply", "obj", "stl", "off", "glb"] | None = None
    """of the meshes in a folder or on standard output; by default ply. That of a single file is told by its name"""
    keep_existing: bool = False
    """do nothing where an output is there already: so a long run goes on after an interruption"""


@dataclass(frozen=True)
class ReportingOptions:
    """What is printed."""

    json: bool = False
    """print a line of JSON for each file, as it is finished: input, output, solid, certificate, seconds and more, or error"""
    quiet: Annotated[bool, arg(aliases=["-q"])] = False
    """print nothing but what went wrong, on standard error"""
    input_format: Annotated[str | None, arg(metavar="SUFFIX")] = None
    """of what comes from standard input, which - stands for: ply, xyz, png, ..."""

    @property
    def silent(self) -> bool:
        """Whether a terminal is to show no progress."""
        return self.json or self.quiet
