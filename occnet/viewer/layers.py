"""What a page shows: surfaces, points, marks and pictures, one over the other. Plain arrays with a name."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Arrays = dict[str, NDArray]


@dataclass(frozen=True, eq=False)
class Surface:
    """A triangle mesh.

    vertices: (V, 3). faces: (F, 3) indices of them. colors: (V, 3) uint8 RGB or None. distances: (V,) of each vertex to what it
    is compared with, or None. note: a line below the name. problem: another one, in red.
    """

    name: str
    vertices: NDArray
    faces: NDArray
    colors: NDArray | None = None
    distances: NDArray | None = None
    note: str = ""
    problem: str = ""

    kind = "surface"

    @property
    def places(self) -> NDArray:
        """Everything that is to be seen, (N, 3)."""
        return self.vertices

    def arrays(self, moved: Any) -> Arrays:
        """What is drawn. moved: takes places (N, 3) to those of the page."""
        return {
            "places": moved(self.vertices),
            "faces": np.asarray(self.faces, dtype=np.uint32),
            **_optional(self.colors, self.distances),
        }


@dataclass(frozen=True, eq=False)
class Points:
    """A cloud of points (N, 3); colors, distances, note and problem as those of a surface."""

    name: str
    points: NDArray
    colors: NDArray | None = None
    distances: NDArray | None = None
    note: str = ""
    problem: str = ""

    kind = "points"

    @property
    def places(self) -> NDArray:
        """Everything that is to be seen, (N, 3)."""
        return self.points

    def arrays(self, moved: Any) -> Arrays:
        """What is drawn. moved: takes places (N, 3) to those of the page."""
        return {"places": moved(self.points), **_optional(self.colors, self.distances)}


@dataclass(frozen=True, eq=False)
class Marks:
    """What catches the eye, in red: lines (N, 2, 3), from one end to the other, and spots (M, 3)."""

    name: str
    lines: NDArray = field(default_factory=lambda: np.zeros((0, 2, 3)))
    spots: NDArray = field(default_factory=lambda: np.zeros((0, 3)))
    note: str = ""
    problem: str = ""

    kind = "marks"

    @property
    def places(self) -> NDArray:
        """Everything that is to be seen, (N, 3)."""
        return np.concatenate([self.lines.reshape(-1, 3), self.spots])

    def arrays(self, moved: Any) -> Arrays:
        """What is drawn. moved: takes places (N, 3) to those of the page."""
        return {"places": moved(self.lines.reshape(-1, 3)), "spots": moved(self.spots)}


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture beside the view. png: the bytes of its file."""

    name: str
    png: bytes
    note: str = ""
    problem: str = ""

    kind = "picture"

    @property
    def places(self) -> NDArray:
        """Nothing of it lies in space: (0, 3)."""
        return np.zeros((0, 3))

    def arrays(self, moved: Any) -> Arrays:
        """What is drawn."""
        del moved
        return {"png": np.frombuffer(self.png, dtype=np.uint8)}


Layer = Surface | Points | Marks | Picture


def _optional(colors: NDArray | None, distances: NDArray | None) -> Arrays:
    found: Arrays = {}
    if colors is not None:
        found["colors"] = np.asarray(colors, dtype=np.uint8)
    if distances is not None:
        found["distances"] = np.asarray(distances, dtype=np.float32)
    return found
