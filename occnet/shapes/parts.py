"""The words in which families describe shapes: parts (placed primitives), solids (parts less cuts) and shapes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from occnet.shapes.deformation import Deformation
from occnet.shapes.freeform_solids import Blob, Terrain, Tube
from occnet.shapes.materials import Material
from occnet.shapes.primitives import Primitive
from occnet.shapes.profile_solids import Extrusion, Revolution, polygon_edges
from occnet.shapes.round_solids import Box, Capsule, Ellipsoid, Frustum, RoundedBox, TorusArc

PRIMITIVES: dict[str, Primitive] = {
    "box": Box(),
    "rounded box": RoundedBox(),
    "frustum": Frustum(),
    "capsule": Capsule(),
    "ellipsoid": Ellipsoid(),
    "torus": TorusArc(),
    "extrusion": Extrusion(),
    "revolution": Revolution(),
    "tube": Tube(),
    "terrain": Terrain(),
    "blob": Blob(),
}

Matrix = NDArray[np.float64]
UPRIGHT = np.eye(3)


@dataclass(frozen=True, eq=False)
class Part:
    """A primitive at a place, perhaps of a material. rotation: columns are the part's own axes; table: knots of its profile or
    path, if any."""

    kind: str
    size: tuple[float, ...]
    position: NDArray[np.float64]
    rotation: Matrix = field(default_factory=lambda: UPRIGHT)
    table: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 0)))
    material: Material | None = None


@dataclass(frozen=True, eq=False)
class Solid:
    """The union of parts, less the cuts, and of that only what lies in every one of keeps."""

    parts: Sequence[Part]
    cuts: Sequence[Part] = ()
    keeps: Sequence[Part] = ()


@dataclass(frozen=True, eq=False)
class Shape:
    """The union of solids, then deformed in order, in any units and place; the y axis points up."""

    name: str
    solids: Sequence[Solid]
    deformations: Sequence[Deformation] = ()


@dataclass(frozen=True, eq=False)
class PlacedShape:
    """A shape and the frame that moves it into the unit cube: unit = (own coordinates - center) / scale."""

    shape: Shape
    center: NDArray[np.float64]
    scale: float
    key: tuple[int, int] = (0, 0)  # the seed and the number that it was drawn by


def made_of(material: Material, parts: Part | Iterable[Part]) -> list[Part]:
    """The parts, made of the material."""
    return [replace(part, material=material) for part in ([parts] if isinstance(parts, Part) else parts)]


def turn(axis: str, angle: float) -> Matrix:
    """The rotation about "x", "y" or "z" by an angle in radians, counter-clockwise seen from the tip of the axis."""
    first = {"x": 1, "y": 2, "z": 0}[axis]
    second = (first + 1) % 3
    matrix = np.eye(3)
    matrix[first, first] = matrix[second, second] = np.cos(angle)
    matrix[second, first], matrix[first, second] = np.sin(angle), -np.sin(angle)
    return matrix


def turned_solid(solid: Solid, rotation: Matrix) -> Solid:
    """A solid turned about the origin."""

    def moved(part: Part) -> Part:
        return Part(part.kind, part.size, rotation @ part.position, rotation @ part.rotation, part.table, part.material)

    return Solid(
        [moved(part) for part in solid.parts], [moved(part) for part in solid.cuts], [moved(part) for part in solid.keeps]
    )


def aim(heading: ArrayLike) -> Matrix:
    """A rotation that takes +y to a direction (3,)."""
    along = np.asarray(heading, dtype=np.float64)
    up = along / np.sqrt(np.square(along).sum())
    side = np.cross(up, np.eye(3)[np.argmin(np.abs(up))])
    side /= np.linalg.norm(side)
    return np.stack([np.cross(up, side), up, side], axis=1)


def _place(kind: str, size: Sequence[float], center: ArrayLike, rotation: Matrix, table: ArrayLike | None = None) -> Part:
    knots = np.zeros((0, 0)) if table is None else np.asarray(table, dtype=np.float64)
    return Part(kind, tuple(float(length) for length in size), np.asarray(center, dtype=np.float64), rotation, knots)


def box(center: ArrayLike, edges: ArrayLike, rounding: float = 0.0, rotation: Matrix = UPRIGHT) -> Part:
    """A box of full edge lengths (3,); rounding is the radius of its edges, at most half the shortest."""
    half = 0.5 * np.asarray(edges, dtype=np.float64)
    rounding = min(rounding, 0.98 * float(half.min()))
    return _place("rounded box" if rounding > 0.0 else "box", [*half, max(rounding, 0.0)], center, rotation)


def cylinder(center: ArrayLike, radius: float, height: float, top: float | None = None, rotation: Matrix = UPRIGHT) -> Part:
    """A cylinder along its y axis, or, with another radius at the top (0 for a point), a frustum or cone."""
    return _place("frustum", [0.5 * height, radius, radius if top is None else top], center, rotation)


def rod(start: ArrayLike, end: ArrayLike, radius: float, end_radius: float | None = None) -> Part:
    """A cylinder or frustum from a point to a point."""
    start, end = np.asarray(start, dtype=np.float64), np.asarray(end, dtype=np.float64)
    return cylinder(0.5 * (start + end), radius, float(np.linalg.norm(end - start)), end_radius, aim(end - start))


def beam(start: ArrayLike, end: ArrayLike, width: float, depth: float) -> Part:
    """A square bar from a point to a point."""
    start, end = np.asarray(start, dtype=np.float64), np.asarray(end, dtype=np.float64)
    return box(0.5 * (start + end), [width, float(np.linalg.norm(end - start)), depth], rotation=aim(end - start))


def capsule(start: ArrayLike, end: ArrayLike, radius: float) -> Part:
    """All points within a radius of the line from a point to a point."""
    start, end = np.asarray(start, dtype=np.float64), np.asarray(end, dtype=np.float64)
    return _place("capsule", [0.5 * float(np.linalg.norm(end - start)), radius], 0.5 * (start + end), aim(end - start))


def ellipsoid(center: ArrayLike, radii: ArrayLike, rotation: Matrix = UPRIGHT) -> Part:
    """An ellipsoid with radii (3,)."""
    return _place("ellipsoid", np.asarray(radii, dtype=np.float64).tolist(), center, rotation)


def sphere(center: ArrayLike, radius: float) -> Part:
    """A sphere."""
    return ellipsoid(center, [radius] * 3)


def torus(center: ArrayLike, ring: float, tube: float, half_angle: float = np.pi, rotation: Matrix = UPRIGHT) -> Part:
    """A ring about its y axis; with half_angle below pi the arc of it around its +z, with round ends."""
    return _place("torus", [ring, tube, half_angle], center, rotation)


def extrusion(center: ArrayLike, corners: ArrayLike, height: float, top_scale: float = 1.0, rotation: Matrix = UPRIGHT) -> Part:
    """A polygon (M, 2) in xz, star-shaped about its origin, drawn along y and scaled at its top (0 for a pyramid)."""
    return _place("extrusion", [0.5 * height, top_scale], center, rotation, polygon_edges(corners))


def revolution(center: ArrayLike, profile: ArrayLike, rotation: Matrix = UPRIGHT) -> Part:
    """A profile (M, 2) of rising heights and radii >= 0, turned about the y axis."""
    return _place("revolution", [], center, rotation, profile)


def tube(path: ArrayLike, radius: float) -> Part:
    """All points within a radius of a polyline (M, 3)."""
    return _place("tube", [radius], np.zeros(3), UPRIGHT, path)


def terrain(center: ArrayLike, half_x: float, half_z: float, depth: float, waves: ArrayLike) -> Part:
    """Ground, depth below its y = 0, under waves (M, 4): wave numbers in x and z (radians a unit), phase, height."""
    return _place("terrain", [half_x, half_z, depth], center, UPRIGHT, waves)


def blob(centers: ArrayLike, radii: ArrayLike, melting: float) -> Part:
    """Ellipsoids with centres (M, 3) and radii (M, 3), melted together over a length."""
    return _place("blob", [melting], np.zeros(3), UPRIGHT, np.concatenate([np.asarray(centers), np.asarray(radii)], axis=1))
