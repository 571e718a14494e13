"""How a picture is taken: what can be chosen. Imports nothing heavy, for the help of the command waits for it."""

from __future__ import annotations

from dataclasses import dataclass

from occnet.errors import OccnetError


@dataclass(frozen=True)
class RenderOptions:
    """How a picture is taken."""

    size: int = 640
    """width and height in pixels of the picture of each file"""
    azimuth: float = 35.0
    """degrees around the object, counter-clockwise seen from above; 0 looks at its front, along -z"""
    elevation: float = 22.0
    """degrees above the horizon, between -90 and 90"""
    up: str = "y"
    """the axis that points up: y, or z as in most scans"""
    columns: int | None = None
    """of several files, how many stand in a row; by default up to four"""
    same_frame: bool = False
    """draw several files at the same scale and place, as scans of one thing and its mesh; by default each fills its picture"""
    flat: bool = False
    """show every face of a mesh as it is, without rounded shading"""
    captions: bool = True
    """write the name of each of several files below it"""
    frames: int = 48
    """pictures of a turn, of a .gif or .mp4"""

    def __post_init__(self) -> None:
        if self.up not in ("y", "z"):
            raise OccnetError(f"up is y or z, but is {self.up!r}.")
        if not -90.0 < self.elevation < 90.0:
            raise OccnetError(f"The elevation must lie between -90 and 90 degrees, but is {self.elevation}.")
        if not 16 <= self.size <= 8192:
            raise OccnetError(f"The size must lie between 16 and 8192 pixels, but is {self.size}.")
        if self.columns is not None and self.columns < 1:
            raise OccnetError(f"There must be at least 1 column, but {self.columns} were asked for.")
        if self.frames < 2:
            raise OccnetError(f"A turn has at least 2 frames, but {self.frames} were asked for.")
