"""The rarer choices of an extraction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Method = Literal["marching_cubes", "dual_contouring"]


@dataclass(frozen=True)
class ExtractionOptions:
    """How an extraction goes about its work; the defaults suit fields of every kind.

    For a learned field, which is costly and rough, vertex_tolerance=2e-4 and vertex_steps=3 take half of the evaluations off
    the vertices and turn the facets by 0.4 degrees on average (at resolution 256; linear interpolation turns them by 3).
    """

    method: Method = "marching_cubes"  # dual contouring keeps sharp edges sharp
    min_feature: float | None = None  # parts that hold a ball of this diameter are found without seeds; None: see start_cells
    start_cells: int | None = None  # along the longest edge of the starting grid, at least; None: 16 with seeds, else 32
    jump: int = 4  # refinement from one level whose surface is followed to the next: 2, 4, 8 ...
    vertex_steps: int = 12  # evaluations a vertex, at most, to find its place; smooth fields need 1 to 3; 0: linear in logits
    vertex_tolerance: float = 1e-5  # of the longest edge of the bounds: a vertex is found when a step moves it by less
    smoothing: int = 0  # rounds that flatten ripples and keep edges, of marching cubes' faces; see smoothing.py
    normals: bool = False  # vertex normals from the field's gradient
    differentiable: bool = True  # False: normals by central differences, for fields that torch cannot differentiate
    chunk: int | None = None  # points a call of the field; None: 8,192 on a CPU, 262,144 elsewhere
    portion: int = 1 << 18  # cells worked on at once
    memory_limit: int | None = None  # bytes for the extraction and its mesh, without the field's own; it lowers portion
    seed_noise: float = 0.0  # how far seeds may lie from the surface, in the units of the bounds

    def __post_init__(self) -> None:
        if self.method not in get_args(Method):
            raise ValueError(f"method is one of {', '.join(get_args(Method))}, but is {self.method!r}.")
        if self.smoothing and self.method != "marching_cubes":
            raise ValueError("smoothing is of what marching cubes finds; set method to marching_cubes, or smoothing to 0.")
        if self.jump < 2 or self.jump & (self.jump - 1):
            raise ValueError(f"jump must be a power of two and at least 2, but is {self.jump}.")
        for name in ("start_cells", "chunk", "portion", "memory_limit"):
            if getattr(self, name) is not None and getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, but is {getattr(self, name)}.")
        for name in ("vertex_steps", "vertex_tolerance", "seed_noise", "smoothing"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} must not be negative, but is {getattr(self, name)}.")
