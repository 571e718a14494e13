"""The colours of a picture on the side of a mesh that it shows."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_erosion, distance_transform_edt, map_coordinates

from occnet.files.clouds import Cloud
from occnet.files.images import Pictured
from occnet.geometry.vertex_normals import with_vertex_normals
from occnet.mesh import Mesh

_FACING = 0.2  # cosine of the angle to the camera from which on a vertex turns to it
_COARSER = 2.0  # cells, in which the nearest surface is kept, are so many edges of the mesh wide
_CELLS = (8, 256)  # along the picture's window, at least and at most
_BEHIND = (
    0.5  # cells by which a vertex may lie behind the nearest one in its cell and is seen, and as many as the surface is steep
)


def colours_seen(
    mesh: Mesh, pixels: Callable[[NDArray], NDArray[np.float64]], camera: NDArray[np.float64], pictured: Pictured
) -> Cloud | None:
    """The vertices that a camera (3,) sees, with the colours of their pixels; None where it sees none.

    pixels: where points (N, 3) are in the picture, (N, 2). Beside the outline of the thing, and at its very edge, which shows
    the ground, too, the nearest pixel within it counts.
    """
    towards = camera - mesh.vertices
    distance = np.linalg.norm(towards, axis=1)
    normals = with_vertex_normals(mesh).normals
    assert normals is not None
    cosine = np.einsum("ni,ni->n", normals, towards) / np.maximum(distance, 1e-9)
    places = pixels(mesh.vertices)
    window = pictured.window
    cells, length = _cells(mesh, places, window.edge)
    cell = np.floor((places - [window.left, window.top]) * (cells / window.edge)).astype(np.int64)
    within = ((cell >= 0) & (cell < cells)).all(axis=1)
    number = np.clip(cell, 0, cells - 1) @ [1, cells]
    nearest = np.full(cells**2, np.inf)
    np.minimum.at(nearest, number[within], distance[within])
    steep = np.sqrt(np.clip(1.0 - cosine**2, 0.0, 1.0)) / np.clip(cosine, _FACING, 1.0)
    seen = (cosine > _FACING) & within & (distance < nearest[number] + length * (_BEHIND + steep))
    if not seen.any():
        return None
    return Cloud(mesh.vertices[seen], None, _colours_at(places[seen], pictured))


def _cells(mesh: Mesh, places: NDArray[np.float64], edge: int) -> tuple[int, float]:
    """Cells along a window's edge, each of which has vertices wherever there is surface, and how long one is in space.

    places: (V, 2) of the vertices in the picture.
    """
    one, other = mesh.faces[:, 0], mesh.faces[:, 1]
    steps = np.linalg.norm(places[one] - places[other], axis=1)
    lengths = np.linalg.norm(mesh.vertices[one] - mesh.vertices[other], axis=1)
    cells = int(np.clip(edge / (_COARSER * max(float(np.quantile(steps, 0.9)), 1e-9)), *_CELLS))
    return cells, float(lengths.sum() / max(steps.sum(), 1e-9)) * edge / cells


def _colours_at(places: NDArray[np.float64], pictured: Pictured) -> NDArray[np.uint8]:
    """The colours (N, 3) at places (N, 2), right and down in pixels."""
    inner = np.asarray(binary_erosion(pictured.outline), dtype=bool)
    inner = inner if inner.any() else pictured.outline
    rows, columns = distance_transform_edt(~inner, return_distances=False, return_indices=True)  # type: ignore[misc]
    filled = pictured.pixels[rows, columns].astype(np.float64)
    at = (places[:, ::-1] - 0.5).T
    read = [map_coordinates(filled[..., channel], at, order=1, mode="nearest") for channel in range(3)]
    return np.rint(np.stack(read, axis=1)).astype(np.uint8)
