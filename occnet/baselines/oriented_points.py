"""A closed mesh from surface points with true normals: the level set of their winding number. No noise is smoothed."""

from __future__ import annotations

import igl
import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from occnet.errors import CloudError
from occnet.geometry.welding import welded
from occnet.mesh import Mesh
from occnet.meshing.extract import extract_mesh


def oriented_point_mesh(points: ArrayLike, normals: ArrayLike, interior: ArrayLike, resolution: int = 128) -> Mesh:
    """The surface around which points with normals wind half a time, as a closed mesh in the unit cube.

    points: (N, 3) in the unit cube, spread over a closed surface by area. normals: (N, 3) outward, unit. interior: (M, 3)
    points that lie inside: there the winding number is 1, which tells the area that each point stands for.
    resolution: cells along the edge of the padded cube.

    Raises CloudError without points inside, EmptySurface when nothing is enclosed.
    Source: Barill, Dickson, Schmidt, Levin, Jacobson, Fast Winding Numbers for Soups and Clouds, 2018, sec. 3.
    """
    places, directions, within = (np.asarray(array, dtype=np.float64).reshape(-1, 3) for array in (points, normals, interior))
    if not len(places) or not len(within):
        raise CloudError(f"{len(places)} points and {len(within)} inside tell no solid; there must be some of both.")

    # Points in one place become one: the library divides the space between them for ever and crashes.
    weld = welded(places)
    places, areas = places[weld.first], np.bincount(weld.index)
    sums = np.zeros_like(places)
    np.add.at(sums, weld.index, directions)

    normals, areas = sums / areas[:, None], areas.astype(np.float64)
    held, children, _, _ = igl.octree(places)  # once: asked for the queries alone, the library builds it anew each time
    expansion = igl.fast_winding_number_precompute(places, normals, areas, held, children)

    def winding(queries: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(igl.fast_winding_number(places, normals, areas, held, children, *expansion, queries))

    once = float(np.median(winding(within)))

    def field(queries: Tensor) -> Tensor:
        return torch.from_numpy(winding(queries.double().numpy()) / once - 0.5).float()

    return extract_mesh(field, resolution=resolution, seeds=places)
