"""What is scored, and on what: what can be chosen."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from tyro.conf import arg

from occnet.data.splits import ALL, SPLITS
from occnet.errors import OccnetError


@dataclass(frozen=True)
class CompareOptions:
    """What to score, and on what. Lengths are in units of each shape's longest edge."""

    points: tuple[int, ...] = (300, 1000, 3000)
    """sizes of the clouds, for what reads clouds"""
    noise: float = 0.005
    """standard deviation of the noise of the clouds"""
    outliers: float = 0.0
    """share of the points that are outliers"""
    split: str = "test"
    """which split of the shapes: test, validation or train; that of a mesh follows from its name. Or all, for meshes that no
    model has been trained on"""
    most: int | None = None
    """take only so many shapes, spread evenly over the split"""
    resolution: int = 256
    """cells along the longest edge of the padded bounding box"""
    device: str = "auto"
    """where to compute: auto, cpu, cuda or mps"""
    output: Annotated[Path | None, arg(aliases=["-o"])] = None
    """a folder for the scores of each shape: one CSV file for each method and cloud size"""
    protocol: Literal["unit", "published"] = "unit"
    """how distances are told: in longest edges; or as the 2019 paper tells them, in tenths of it, with failures as its
    program counts them: distances of the cube's diagonal, normals of -1"""
    fast: bool = False
    """score the field that a model has, without a mesh: its IoU alone"""

    def __post_init__(self) -> None:
        if self.split not in (*SPLITS, ALL):
            raise OccnetError(f"The splits are {', '.join(SPLITS)}, or {ALL} of them, but {self.split!r} was given.")
