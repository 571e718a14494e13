"""Solid voxelisation: which cells of a regular grid have their centre inside a mesh."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import label

from occnet.errors import MeshError
from occnet.geometry.cleaning import is_closed
from occnet.geometry.inside import InsideTest
from occnet.geometry.welding import welded
from occnet.mesh import Mesh


def voxel_centers(resolution: int, padding: float = 0.0) -> NDArray[np.float64]:
    """Centres of the voxels of the padded unit cube, (resolution^3, 3), xyz order: z runs fastest."""
    edge = 1.0 + padding
    ticks = ((np.arange(resolution) + 0.5) / resolution - 0.5) * edge
    return np.stack(np.meshgrid(ticks, ticks, ticks, indexing="ij"), axis=-1).reshape(-1, 3)


def voxelize(mesh: Mesh | InsideTest, resolution: int, padding: float = 0.0) -> NDArray[np.bool_]:
    """Whether the centre of each voxel of the padded unit cube lies inside the mesh, (R, R, R) bool, xyz order.

    mesh: in unit-cube coordinates, or its inside test where one is at hand. resolution: voxels along each edge.
    padding: total growth of the cube's edge.

    Raises ValueError for a resolution below 1, MeshError when the mesh has no faces or no size.
    """
    if resolution < 1:
        raise ValueError(f"A voxel grid needs a resolution of at least 1, not {resolution}.")
    test = mesh if isinstance(mesh, InsideTest) else InsideTest(mesh)
    mesh = test.mesh
    centers = voxel_centers(resolution, padding)
    if not is_closed(mesh):  # then inside and outside may touch where no face is, so that every voxel must be asked
        return test.inside(centers).reshape((resolution,) * 3)
    touched = _touched(mesh, resolution, 1.0 + padding)
    # the way between neighbouring centres leaves neither voxel: where the surface touches neither, both lie on one side
    labelled: tuple[NDArray[np.int32], int] = label(~touched)  # pyright: ignore[reportAssignmentType]
    region, count = labelled
    _, representative = np.unique(region, return_index=True)
    representative = representative[-count:] if count else representative[:0]
    asked = np.concatenate([representative, np.flatnonzero(touched)])
    inside = test.inside(centers[asked])
    result = np.append(False, inside[:count])[region]
    result[touched] = inside[count:]
    return result


def voxels_with_points(points: NDArray, resolution: int) -> NDArray[np.bool_]:
    """The voxels of the unit cube that hold any of the points (N, 3), (R, R, R) bool; points outside belong to none."""
    cells = np.floor((np.asarray(points, dtype=np.float64) + 0.5) * resolution).astype(np.int64)
    full = np.zeros((resolution,) * 3, dtype=bool)
    full[tuple(cells[((cells >= 0) & (cells < resolution)).all(axis=1)].T)] = True
    return full


def _touched(mesh: Mesh, resolution: int, edge: float) -> NDArray[np.bool_]:
    """The voxels that the surface may pass through, (R, R, R): all that it does, and few more."""
    triangles = (mesh.triangles / edge + 0.5) * resolution  # in voxels
    touched = np.zeros((resolution,) * 3, dtype=bool)
    while len(triangles):
        low, high = triangles.min(axis=1), triangles.max(axis=1)
        within = ((high >= 0.0) & (low <= resolution)).all(axis=1)  # what lies beside the grid touches nothing
        small = (high - low).max(axis=1) <= 1.0
        first, last = np.floor(low[small & within] - 1e-6), np.floor(high[small & within] + 1e-6)
        for corner in np.ndindex(2, 2, 2):  # a box of one voxel's size spans at most two voxels along each axis
            cell = np.where(corner, last, first).astype(np.int64)
            cell = cell[((cell >= 0) & (cell < resolution)).all(axis=1)]
            touched[tuple(cell.T)] = True
        triangles = _halved(triangles[~small & within])
    return touched


def _halved(triangles: NDArray) -> NDArray[np.float64]:
    """Each triangle as two, cut at the middle of its longest edge, (2N, 3, 3)."""
    a, b, c = triangles.transpose(1, 0, 2)
    longest = np.argmax([np.linalg.norm(b - a, axis=1), np.linalg.norm(c - b, axis=1), np.linalg.norm(a - c, axis=1)], axis=0)
    rows = np.arange(len(triangles))[:, None]
    a, b, c = triangles[rows, (longest[:, None] + np.arange(3)) % 3].transpose(1, 0, 2)
    middle = 0.5 * (a + b)
    return np.concatenate([np.stack([a, middle, c], axis=1), np.stack([middle, b, c], axis=1)])


def voxel_surface(occupied: NDArray[np.bool_]) -> Mesh:
    """The faces between full and empty voxels as a closed mesh, two triangles each, in the unit cube that the grid spans.

    occupied: (X, Y, Z) bool, X the longest edge of the grid or as long as any. What lies beyond the grid is empty.

    Raises MeshError when no voxel is full.
    """
    if not occupied.any():
        raise MeshError("No voxel of the grid is full, so that it has no surface.")
    padded = np.pad(occupied, 1)
    quads = []
    for axis in range(3):
        here, there = np.eye(3, dtype=np.int64)[[(axis + 1) % 3, (axis + 2) % 3]]
        step = np.diff(padded.astype(np.int8), axis=axis)
        for sign in (1, -1):
            low = np.argwhere(step == sign) - 1 + np.eye(3, dtype=np.int64)[axis]
            first, second = (there, here) if sign == 1 else (here, there)  # a voxel begins here: its wall faces down the axis
            quads.append(np.stack([low, low + first, low + first + second, low + second], axis=1))
    corners = np.concatenate(quads).reshape(-1, 3)
    weld = welded(corners)
    vertices = (corners[weld.first] - 0.5 * np.array(occupied.shape)) / max(occupied.shape)
    return Mesh(vertices, weld.index.reshape(-1, 4)[:, [[0, 1, 2], [0, 2, 3]]].transpose(1, 0, 2).reshape(-1, 3))
