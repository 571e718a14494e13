"""The triangle mesh and the frame: the two things that carry coordinates through the program."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from occnet.errors import CloudError, MeshError
from occnet.vectors import cross_of_columns

if TYPE_CHECKING:
    from occnet.viewer.packing import Scene


def _frozen(array: ArrayLike, dtype: type, columns: tuple[int, ...], name: str) -> NDArray:
    result = np.array(array, dtype=dtype, order="C")  # a copy: nobody else may change it
    if result.size == 0:
        result = result.reshape(0, columns[0])
    if result.ndim != 2 or result.shape[1] not in columns:
        raise MeshError(f"{name} must have shape (N, {columns[0]}), but has {result.shape}.")
    result.flags.writeable = False
    return result


@dataclass(frozen=True, eq=False)
class Mesh:
    """An immutable triangle mesh; faces wind counter-clockwise seen from outside.

    vertices: (V, 3) float64. faces: (F, 3) int64, indices into vertices.
    normals: (V, 3) float64 unit vectors pointing outward, or None.
    colors: (V, 3) uint8 RGB, or None.

    Raises MeshError when a shape is wrong, an index is out of range or a coordinate is not finite.
    """

    vertices: NDArray[np.float64]
    faces: NDArray[np.int64]
    normals: NDArray[np.float64] | None = None
    colors: NDArray[np.uint8] | None = None

    def __post_init__(self) -> None:
        put = object.__setattr__
        put(self, "vertices", _frozen(self.vertices, np.float64, (3,), "vertices"))
        put(self, "faces", _frozen(self.faces, np.int64, (3,), "faces"))
        if not np.isfinite(self.vertices).all():
            raise MeshError("A mesh must have finite vertices, but some are NaN or infinite.")
        if self.faces.size and (self.faces.min() < 0 or self.faces.max() >= len(self.vertices)):
            raise MeshError(
                f"Faces must index the {len(self.vertices)} vertices, but range from {self.faces.min()} to {self.faces.max()}."
            )
        if self.normals is not None:
            put(self, "normals", _frozen(self.normals, np.float64, (3,), "normals"))
        if self.colors is not None:
            put(self, "colors", _frozen(self.colors, np.uint8, (3,), "colors"))
        for name in ("normals", "colors"):
            values = getattr(self, name)
            if values is not None and len(values) != len(self.vertices):
                raise MeshError(f"{name} must have one row for each of the {len(self.vertices)} vertices, not {len(values)}.")

    @property
    def triangles(self) -> NDArray[np.float64]:
        """Corner coordinates of each face, (F, 3, 3)."""
        return self.vertices[self.faces]

    @property
    def face_normals(self) -> NDArray[np.float64]:
        """Normals of the faces, (F, 3), with length twice the face's area (zero for degenerate faces)."""
        columns = np.ascontiguousarray(self.vertices.T)  # an axis at a time, in a third of the time
        a, b, c = (columns.take(corner, axis=1) for corner in self.faces.T)
        return np.ascontiguousarray(cross_of_columns(b - a, c - a).T)

    @property
    def face_areas(self) -> NDArray[np.float64]:
        """Areas of the faces, (F,)."""
        return 0.5 * np.linalg.norm(self.face_normals, axis=1)

    @property
    def area(self) -> float:
        """Total surface area."""
        return float(self.face_areas.sum())

    @property
    def volume(self) -> float:
        """Signed volume by the divergence theorem; positive for a closed mesh that winds outward."""
        if not len(self.faces):
            return 0.0
        a, b, c = (self.triangles - self.vertices.mean(axis=0)).transpose(1, 0, 2)  # centred: keeps precision far from 0
        return float(np.einsum("ij,ij->", a, np.cross(b, c)) / 6.0)

    @property
    def bounds(self) -> NDArray[np.float64]:
        """Lowest and highest corner of the axis-aligned box around the vertices, (2, 3). Raises MeshError when empty."""
        if not len(self.vertices):
            raise MeshError("An empty mesh has no bounds.")
        return np.stack([self.vertices.min(axis=0), self.vertices.max(axis=0)])

    def with_vertices(self, vertices: ArrayLike) -> Mesh:
        """The same mesh at other vertex positions, (V, 3)."""
        return replace(self, vertices=np.asarray(vertices))

    def flipped(self) -> Mesh:
        """The same mesh with inside and outside exchanged."""
        normals = None if self.normals is None else -self.normals
        return replace(self, faces=self.faces[:, ::-1], normals=normals)

    def show(self, up: str = "y") -> None:
        """Show the mesh: below the cell of a notebook, else in the browser. up: the axis that points up, y or z.

        Raises OccnetError where there is no browser.
        """
        from occnet.viewer.showing import show  # here: it is seldom wanted

        show(self._scene(up))

    def _repr_html_(self) -> str:
        """What a notebook shows of it."""
        from occnet.viewer.page import frame

        return frame(self._scene())

    def _scene(self, up: str = "y") -> Scene:
        from occnet.viewer.layers import Surface
        from occnet.viewer.packing import Scene

        note = f"{len(self.vertices):,} vertices, {len(self.faces):,} faces"
        return Scene([Surface("mesh", self.vertices, self.faces, self.colors, note=note)], title="Mesh", up=up)


@dataclass(frozen=True, eq=False)
class Frame:
    """How something was moved into the unit cube: unit = (original - center) / scale, all in float64.

    center: (3,) float64, in original units. scale: length of the longest edge, in original units, > 0.
    """

    center: NDArray[np.float64]
    scale: float

    @staticmethod
    def of(points: ArrayLike) -> Frame:
        """The frame whose unit cube [-0.5, 0.5]^3 tightly holds points, (N, 3), by their longest box edge.

        Raises CloudError when there are no points, some are not finite, or all coincide.
        """
        points = np.asarray(points, dtype=np.float64).reshape(-1, 3)
        if not len(points) or not np.isfinite(points).all():
            raise CloudError(f"A frame needs finite points, but {len(points)} were given and some may be NaN or infinite.")
        low, high = points.min(axis=0), points.max(axis=0)
        scale = float((high - low).max())
        if not np.isfinite(scale) or scale <= 0.0:
            raise CloudError("All points coincide (or overflow), so that they have no size; give points of a real surface.")
        return Frame(center=low + 0.5 * (high - low), scale=scale)

    def to_unit(self, points: ArrayLike) -> NDArray[np.float64]:
        """Original coordinates (N, 3) -> unit-cube coordinates (N, 3)."""
        return (np.asarray(points, dtype=np.float64) - self.center) / self.scale

    def to_original(self, points: ArrayLike) -> NDArray[np.float64]:
        """Unit-cube coordinates (N, 3) -> original coordinates (N, 3)."""
        return np.asarray(points, dtype=np.float64) * self.scale + self.center

    def mesh_to_unit(self, mesh: Mesh) -> Mesh:
        """The mesh moved into the unit cube; normals stay, for the scale is the same along all axes."""
        return mesh.with_vertices(self.to_unit(mesh.vertices))

    def mesh_to_original(self, mesh: Mesh) -> Mesh:
        """The mesh moved back to original coordinates."""
        return mesh.with_vertices(self.to_original(mesh.vertices))
