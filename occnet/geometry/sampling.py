"""Random points on, near and around a mesh."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from occnet.cube import PADDING
from occnet.errors import MeshError
from occnet.geometry.inside import InsideTest
from occnet.mesh import Mesh

SurfaceSamples = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]
"""points (N, 3), unit normals of their faces (N, 3), indices of their faces (N,)."""

_PILOT = 4096  # points that are looked at from both sides; where all lie on single sheets, the others are from one side


def sample_surface(mesh: Mesh, count: int, generator: np.random.Generator) -> SurfaceSamples:
    """Points spread uniformly by area over all faces: points (count, 3), unit face normals (count, 3), faces (count,).

    Raises MeshError when the faces have no area.
    """
    normals = mesh.face_normals
    lengths = np.linalg.norm(normals, axis=1)
    total = lengths.sum()
    if not total > 0.0:
        raise MeshError("The mesh has no faces with area to sample points on; give a surface mesh.")
    ends = np.cumsum(lengths)
    face = np.searchsorted(ends, generator.random(count) * ends[-1], side="right")
    first, second = generator.random((2, count))
    folded = first + second > 1.0  # fold the upper half of the parallelogram back onto the triangle
    first, second = np.where(folded, 1.0 - first, first), np.where(folded, 1.0 - second, second)
    a, b, c = mesh.vertices[mesh.faces[face]].transpose(1, 0, 2)
    points = a + first[:, None] * (b - a) + second[:, None] * (c - a)
    return points, normals[face] / lengths[face, None], face


def sample_outer_surface(
    mesh: Mesh | InsideTest, count: int, generator: np.random.Generator, *, step: float = 1e-4
) -> SurfaceSamples:
    """Points spread uniformly over the boundary of the solid alone: points, outward unit normals, faces; as `sample_surface`.

    Sheets with solid on both sides (where bodies overlap) or on neither are passed over: a point counts when exactly one of
    its two neighbours, step * longest edge in front of and behind it, lies inside (see `is_inside`). Normals point to the
    neighbour that lies outside. mesh: the mesh, or its inside test where one is at hand.

    Raises MeshError when hardly any point does, that is when the mesh bounds no solid.
    """
    test = mesh if isinstance(mesh, InsideTest) else InsideTest(mesh)
    mesh = test.mesh
    offset = step * float((mesh.bounds[1] - mesh.bounds[0]).max())
    kept: list[SurfaceSamples] = []
    found, drawn, plain = 0, 0, False
    while found < count:
        draw = max(256, int((1.1 if drawn else 1.0) * (count - found) * (drawn + 1) / (found + 1)))
        draw = min(draw, 4 * max(count, 256))
        points, normals, face = sample_surface(mesh, draw, generator)
        front, behind = points + offset * normals, points - offset * normals
        ahead = test.rough_winding_number(front)
        if not drawn:  # nearly all meshes have a single sheet at every point, across which the number grows by one
            growth = test.winding_number(behind[:_PILOT]) - test.winding_number(front[:_PILOT])
            plain = bool((np.abs(growth - 1.0) < 0.3).all())
        after = ahead + 1.0 if plain else test.rough_winding_number(behind)
        good, turned = (ahead > 0.5) != (after > 0.5), ahead > 0.5
        normals = np.where(turned[:, None], -normals, normals)
        kept.append((points[good], normals[good], face[good]))
        found, drawn = found + int(good.sum()), drawn + draw
        if found < 0.002 * drawn:
            raise MeshError("The mesh bounds no solid: points just in front of and behind its faces do not differ.")
    points, normals, face = (np.concatenate(parts)[:count] for parts in zip(*kept, strict=True))
    return points, normals, face


def sample_volume(count: int, generator: np.random.Generator, padding: float = PADDING) -> NDArray[np.float64]:
    """Points uniform in the padded unit cube, (count, 3): each coordinate within 0.5 + padding / 2 of 0.

    padding: total growth of the edge, as in Occupancy Networks (0.1: the cube has edge 1.1).
    """
    half = 0.5 * (1.0 + padding)
    return generator.uniform(-half, half, (count, 3))


def sample_near_surface(
    points: ArrayLike, deviations: float | Sequence[float], generator: np.random.Generator
) -> NDArray[np.float64]:
    """The surface points moved by isotropic Gaussian noise, (N, 3) float64.

    points: (N, 3). deviations: standard deviation along each axis, in the units of the points; of several, point k takes
    number k modulo their count, so that each gets an equal share.
    """
    points = np.asarray(points, dtype=np.float64).reshape(-1, 3)
    deviation = np.resize(np.atleast_1d(np.asarray(deviations, dtype=np.float64)), len(points))
    return points + deviation[:, None] * generator.standard_normal(points.shape)
