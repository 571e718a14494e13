"""What a camera sees of a thing in a random light: colours, outline, depth, normals, and how deep the thing is there."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from occnet.files.srgb import linear
from occnet.geometry.render.camera import Camera
from occnet.geometry.render.occlusion import RayScene
from occnet.mesh import Mesh
from occnet.vectors import normalized

_CREASE = math.cos(math.radians(35.0))  # a face that bends from its corner's normal by more is shaded flat
_SKY_RAYS, _KEY_RAYS = 3, 2  # a point of the thing, of which there are four in a pixel, and then a blur
_FLOOR_SKY_RAYS, _FLOOR_KEY_RAYS = 8, 6  # a point of the floor
_SKY_REACH = 0.4  # of the rays that tell how much of the sky is hidden
_LIFT = 2e-3


@dataclass(frozen=True, eq=False)
class PhotoLight:
    """The light of a photo: one soft lamp, a fill, and light from everywhere. Linear RGB."""

    key: NDArray[np.float64]  # (3,) unit vector towards the lamp
    spread: float  # sine of the half angle under which the lamp is seen
    key_strength: NDArray[np.float64]  # (3,)
    fill: NDArray[np.float64]  # (3,) unit vector
    fill_strength: NDArray[np.float64]  # (3,)
    sky: NDArray[np.float64]  # (3,)
    gloss: float  # share of the lamp that a surface mirrors
    sharpness: float  # exponent of that

    @staticmethod
    def drawn(backward: NDArray[np.float64], generator: np.random.Generator) -> PhotoLight:
        """A random one, the lamp more often on the side of the camera, which lies at backward (3,) from the thing."""
        lights = generator.standard_normal((2, 3)) + np.array([[0.0, 0.8, 0.0], [0.0, 0.3, 0.0]])
        lights[0] += backward
        lights[:, 1] = np.abs(lights[:, 1])
        lights[0, 1] += 0.3
        tint = 1.0 + generator.uniform(-0.08, 0.08, (3, 3))
        return PhotoLight(
            key=normalized(lights[0]),
            spread=float(generator.uniform(0.03, 0.5)),
            key_strength=tint[0] * generator.uniform(0.35, 0.95),
            fill=normalized(lights[1]),
            fill_strength=tint[1] * generator.uniform(0.0, 0.3),
            sky=tint[2] * generator.uniform(0.2, 0.5),
            gloss=float(generator.choice([0.0, generator.uniform(0.0, 0.4)])),
            sharpness=float(generator.uniform(8.0, 60.0)),
        )


@dataclass(frozen=True, eq=False)
class SeenSurface:
    """What the rays of some pixels meet, one row for each that meets the thing."""

    rows: NDArray[np.intp]  # of the rays
    points: NDArray[np.float64]  # (N, 3)
    depth: NDArray[np.float64]  # (N,) along the optical axis
    normals: NDArray[np.float32]  # (N, 3), outward
    albedo: NDArray[np.float32]  # (N, 3) linear RGB


class PhotoRenderer:
    """Looks at one mesh, about 1 across, whose faces wind outward. albedo: linear RGB (3,) of one without colours of its own.

    Raises OccnetError where Embree is missing.
    """

    def __init__(self, mesh: Mesh, albedo: NDArray) -> None:
        self.scene = RayScene(mesh)
        self._vertices, self._faces = mesh.vertices, mesh.faces
        self._flat = normalized(mesh.face_normals).astype(np.float32)
        self._smooth = _vertex_normals(mesh)
        self._albedo = None if mesh.colors is None else linear(mesh.colors)
        self._plain_albedo = np.asarray(albedo, dtype=np.float32)

    def seen(self, camera: Camera, pixels: NDArray) -> SeenSurface:
        """The surface at pixel positions (N, 2), as a camera sees it that lies outside the thing's box along its axis."""
        within = _within(pixels, camera.project(self._vertices)[0])
        origins, directions = camera.rays(pixels[within])
        hits = self.scene.first_hits(origins, directions)
        met = np.flatnonzero(hits.face >= 0)
        face, weights, rows = hits.face[met], hits.corner_weights[met].astype(np.float32), within[met]
        points = origins[met] + hits.distance[met, None].astype(np.float64) * directions[met]
        flat = self._flat[face]
        smooth = normalized(np.einsum("nk,nki->ni", weights, self._smooth[self._faces[face]]))
        normals = np.where((np.einsum("ni,ni->n", flat, smooth) > _CREASE)[:, None], smooth, flat)
        albedo = np.broadcast_to(self._plain_albedo, points.shape)
        if self._albedo is not None:
            albedo = np.einsum("nk,nki->ni", weights, self._albedo[self._faces[face]])
        depth = (points - camera.position) @ -camera.axes[2]
        return SeenSurface(rows, points, depth, normals, albedo.astype(np.float32))

    def back_depth(self, camera: Camera, pixels: NDArray, beyond: float) -> NDArray[np.float64]:
        """Depth along the optical axis at which the rays of pixels (N, 2) leave the thing for good, (N,); infinite beside it.

        beyond: a distance from the camera at which there is nothing any more.
        """
        origins, directions = camera.rays(pixels)
        hits = self.scene.first_hits(origins + beyond * directions, -directions)
        distance = np.where(hits.face >= 0, beyond - hits.distance.astype(np.float64), np.inf)
        return distance * (directions @ -camera.axes[2])

    def lit(
        self, surface: SeenSurface, camera: Camera, light: PhotoLight, generator: np.random.Generator
    ) -> NDArray[np.float32]:
        """Linear RGB of what is seen, (N, 3), with its own shadows; these have grain, see `smooth_within`."""
        points, normals = surface.points + _LIFT * surface.normals, surface.normals
        axis = np.broadcast_to(light.key, points.shape)
        key = self.scene.open_share(points, axis, light.spread, _KEY_RAYS, 10.0, generator)[:, None]
        sky = self.scene.open_share(points, normals, 1.0, _SKY_RAYS, _SKY_REACH, generator)[:, None]
        facing = np.clip(normals @ light.key, 0.0, None)[:, None] * key * light.key_strength
        filled = np.clip(normals @ light.fill, 0.0, None)[:, None] * light.fill_strength
        upward = 0.65 + 0.35 * normals[:, 1:2]
        eye = normalized(camera.position - surface.points)
        halfway = np.clip(np.einsum("ni,ni->n", normals, normalized(eye + light.key)), 0.0, None)[:, None]
        mirrored = light.gloss * halfway**light.sharpness * key * light.key_strength
        return (surface.albedo * (facing + filled + upward * sky * light.sky) + mirrored).astype(np.float32)

    def shade(self, points: NDArray, light: PhotoLight, generator: np.random.Generator) -> NDArray[np.float32]:
        """The share of all light that reaches points (N, 3) of a level ground beside the thing, (N,) in [0, 1]."""
        axis = np.broadcast_to(light.key, points.shape)
        key = self.scene.open_share(points, axis, light.spread, _FLOOR_KEY_RAYS, 10.0, generator)
        upward = np.broadcast_to([0.0, 1.0, 0.0], points.shape)
        sky = self.scene.open_share(points, upward, 1.0, _FLOOR_SKY_RAYS, 10.0, generator)
        by_key, by_sky = float(light.key[1] * light.key_strength.mean()), float(light.sky.mean())
        return ((by_key * key + by_sky * sky) / (by_key + by_sky)).astype(np.float32)


def smooth_within(values: NDArray[np.float32], mask: NDArray[np.bool_], deviation: float) -> NDArray[np.float32]:
    """Values (H, W, C) blurred over the pixels of a mask (H, W) alone; elsewhere they are kept."""
    weight = gaussian_filter(mask.astype(np.float32), deviation)[..., None]
    blurred = gaussian_filter(values * mask[..., None], (deviation, deviation, 0.0)) / np.maximum(weight, 1e-6)
    return np.where(mask[..., None], blurred, values).astype(np.float32)


def _within(pixels: NDArray, places: NDArray) -> NDArray[np.intp]:
    """The rows of pixel positions (N, 2) in the rectangle about places (M, 2): those whose rays may meet what lies there."""
    (left, top), (right, bottom) = places.min(axis=0), places.max(axis=0)
    x, y = pixels.T
    return np.flatnonzero((x >= left) & (x <= right) & (y >= top) & (y <= bottom))


def _vertex_normals(mesh: Mesh) -> NDArray[np.float32]:
    """The mean direction of the faces around each vertex, by area, (V, 3)."""
    corners = mesh.faces.reshape(-1)
    scaled = np.repeat(mesh.face_normals, 3, axis=0)
    sums = [np.bincount(corners, scaled[:, axis], minlength=len(mesh.vertices)) for axis in range(3)]
    return normalized(np.stack(sums, axis=1).astype(np.float32))
