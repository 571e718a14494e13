"""How observations are read, where there is a choice."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from occnet.errors import OccnetError
from occnet.observations.symmetries import SYMMETRIES

SUBSAMPLES = 4  # of a scan of more than 10,000 points; more gain little
GroundUse = Literal["keep", "remove", "ignore"]

Surface = Literal["auto", "solid", "open"]


@dataclass(frozen=True)
class CloudReading:
    """How a cloud is read."""

    surface: Surface = "auto"
    """what becomes of a scan: solid, a closed surface, also where nothing was seen; open, a surface where something was seen,
    with boundaries; auto takes open for terrains, and for rooms whose sensors are known, solid for all others,
    and with --ground ignore for all"""

    seed: int = 0
    """picks the points of a scan that is not read as a whole"""
    subsamples: int = SUBSAMPLES
    """a scan of more than 10,000 points is read in up to so many samples whose answers are averaged: better, and slower; 1
    reads every scan once"""
    augmentations: int | None = None
    """see the scan in so many ways, turned and mirrored, and average the answers: slightly better, and slower; by default each
    sample is seen once, in a way of its own if the model has no preferred one"""
    tiles: int | None = None
    """read the scan in overlapping cubes, so many along its longest edge: finer detail where the points are dense enough to
    show it; 1 reads it in one cube; by default up to 3, by the number of points and their noise"""
    tune: int = 0
    """tune the features on the scan itself for so many steps; 30 are enough. A precise scan gains much, a noisy one loses, for
    the surface is pulled to its points. 0.1 s a step on a CPU"""
    ground: GroundUse = "keep"
    """what becomes of a plane that the things of a scan stand on, a table or a floor: keep makes it a flat slab; remove takes
    it out, even if it is not surely a ground, and closes each thing where it stood; ignore looks for none"""
    split: bool = False
    """make a mesh of each thing in a scan, without the ground: MESH_1.ply and so on, that with most points first"""
    viewpoint: tuple[tuple[float, float, float], ...] = ()
    """from where the scan was seen: X Y Z in its own coordinates, or several such, one after the other, of which each point
    gets the likeliest; what the file says itself counts no more"""
    merge: bool = False
    """read all files as one scan of one thing: they lie in one frame, and each was seen from where it says, from its own place
    after --viewpoint, or from where its points tell"""
    intrinsics: str | None = None
    """the file is a depth picture (png or tif of 16 bits, npy) by this camera: a file of it, json or text, or fx,fy,cx,cy in
    pixels, and after them, if wanted, what a depth is divided by; by default 1000, millimetres to metres"""
    ignore_sensors: bool = False
    """do not use from where the scan was seen; else, where the file says it or the scan shows one side only, what lies before
    the seen surface is empty, and what was not seen is closed modestly, without the model"""
    ignore_normals: bool = False
    """do not use the normals of the scan; else they are, if the model reads normals: they should point outward, all of them
    turned inward are turned over, zero or NaN counts as unknown"""

    def __post_init__(self) -> None:
        if self.tune < 0:
            raise OccnetError(f"The number of tuning steps must be at least 0, but is {self.tune}.")
        if self.viewpoint and (self.ignore_sensors or self.tune or self.tiles is not None):
            raise OccnetError(
                "With --viewpoint the sensors are used, so --ignore-sensors, --tiles and --tune do not go with it."
            )
        if self.subsamples < 1:
            raise OccnetError(f"There must be at least 1 subsample, but {self.subsamples} were asked for.")
        if self.augmentations is not None and not 1 <= self.augmentations <= SYMMETRIES:
            raise OccnetError(
                f"A scan has 1 to {SYMMETRIES} augmentations (symmetries of the cube), but {self.augmentations} were asked for."
            )
        if self.tiles is not None and self.tiles < 1:
            raise OccnetError(f"There must be at least 1 tile along the longest edge, but {self.tiles} were asked for.")


@dataclass(frozen=True)
class PhotoReading:
    """How a photo is read."""

    crops: int | None = None
    """read a photo so many times, 1 to 6, cut wider and closer and mirrored, and average the answers; by default 4"""
    mask: str | None = None
    """a picture of the photo's size that tells where the thing in it is: white or opaque there, black or transparent elsewhere;
    without one, its own transparency tells, or its ground where that is of one colour or changes softly, else a network"""


@dataclass(frozen=True)
class ReadingOptions:
    """How an observation is read, by its kind."""

    cloud: CloudReading = field(default_factory=CloudReading)
    photo: PhotoReading = field(default_factory=PhotoReading)
