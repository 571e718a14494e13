"""How much light reaches a point of a scene: ray casting by Embree, soft shadows and ambient occlusion."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from occnet.errors import OccnetError
from occnet.mesh import Mesh
from occnet.vectors import normalized

_CHUNK = 1_000_000  # rays a call, to bound memory
_LIFT = 2e-5  # how far a ray starts off its surface; in units of the scene, which is about 1 across


@dataclass(frozen=True, eq=False)
class Hits:
    """Where rays met the scene first: one entry for each ray; face is -1 and distance infinite where none did."""

    face: NDArray[np.int64]
    distance: NDArray[np.float32]
    corner_weights: NDArray[np.float32]  # (N, 3) barycentric


class RayScene:
    """A mesh of about unit size that answers which face a ray meets first, and whether it meets any.

    Raises OccnetError where Embree is missing.
    """

    def __init__(self, mesh: Mesh) -> None:
        try:
            from embreex.mesh_construction import TriangleMesh
            from embreex.rtcore_scene import EmbreeScene
        except ImportError as problem:
            raise OccnetError(
                f"Pictures are drawn by Embree, whose package embreex cannot be imported here ({problem}); it comes for "
                "Linux and Windows on x86-64 only. Everything but pictures works without it."
            ) from None
        self._scene = EmbreeScene()
        TriangleMesh(self._scene, mesh.vertices.astype(np.float32), mesh.faces.astype(np.int32))

    def first_hits(self, origins: NDArray, directions: NDArray) -> Hits:
        """The first face on each ray; origins and directions (N, 3), directions of unit length."""
        answer = self._scene.run(_single(origins), _single(directions), output=1)
        face = answer["primID"].astype(np.int64)
        distance = np.where(face >= 0, answer["tfar"], np.inf).astype(np.float32)
        u, v = answer["u"], answer["v"]
        return Hits(face, distance, np.stack([1.0 - u - v, u, v], axis=1))

    def open_share(
        self, points: NDArray, axes: NDArray, spread: float, count: int, reach: float, generator: np.random.Generator
    ) -> NDArray[np.float32]:
        """The share of rays from each point into a cone that meet nothing, (N,) in [0, 1].

        points, axes: (N, 3); axes of unit length. spread: sine of the cone's half angle; 1 is the cosine-weighted
        hemisphere, small values a soft light. count: rays a point. reach: length of the rays in units of the scene.
        """
        pattern = _disc(count) * spread
        heights = np.sqrt(np.maximum(1.0 - (pattern**2).sum(axis=1), 0.0))
        result = np.zeros(len(points), dtype=np.float32)
        rows = max(1, _CHUNK // count)
        for start in range(0, len(points), rows):
            axis = _single(axes[start : start + rows])
            origin = _single(points[start : start + rows]) + _LIFT * axis
            first, second = _turned_tangents(axis, generator)
            limit = np.full(len(axis), reach, dtype=np.float32)
            for (x, y), z in zip(pattern, heights, strict=True):
                direction = np.float32(x) * first + np.float32(y) * second + np.float32(z) * axis
                result[start : start + rows] += self._scene.run(origin, direction, limit, query="OCCLUDED") < 0
        return result / np.float32(count)


def _single(array: NDArray) -> NDArray[np.float32]:
    return np.ascontiguousarray(array, dtype=np.float32)


def _disc(count: int) -> NDArray[np.float64]:
    """Points spread evenly over the unit disc by the golden angle, (count, 2): lifted to the sphere, cosine-weighted."""
    number = np.arange(count) + 0.5
    angle, radius = number * math.pi * (3.0 - math.sqrt(5.0)), np.sqrt(number / count)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)


def _turned_tangents(axis: NDArray, generator: np.random.Generator) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    # a random turn for each point trades the bands that one fixed pattern would draw for a fine grain, which a blur removes
    helper = np.where(np.abs(axis[:, :1]) > 0.7, np.array([0, 1, 0], dtype=np.float32), np.array([1, 0, 0], dtype=np.float32))
    first = normalized(np.cross(axis, helper))
    second = np.cross(axis, first)
    angle = generator.random((len(axis), 1), dtype=np.float32) * np.float32(2.0 * math.pi)
    cosine, sine = np.cos(angle), np.sin(angle)
    return cosine * first + sine * second, cosine * second - sine * first
