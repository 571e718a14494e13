"""Views of a shape for training: random cameras, random light, antialiased, fast; by ray casting, without a display.

The protocol is that of the renderings that 3D reconstruction from images is trained on (Choy et al. 2016): any azimuth,
25 to 30 degrees above the horizon, a 35 mm lens on a 32 mm sensor, at 0.7 to 1 times the farthest distance, at which a shape
fills 60 % of the picture; on white.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from occnet.files.srgb import displayed, linear
from occnet.geometry.render.camera import Camera
from occnet.geometry.render.occlusion import RayScene
from occnet.geometry.render.smooth_normals import corner_normals
from occnet.mesh import Mesh
from occnet.vectors import normalized

_FIELD_OF_VIEW = 2.0 * math.degrees(math.atan(16.0 / 35.0))
_ELEVATION = (25.0, 30.0)  # degrees
_NEAREST, _FARTHEST = 0.7 * 1.75, 1.75  # distance in diameters of the bounding sphere; from 0.69 * 1.75 on all of it fits
_EXTRA = ((0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75))  # where in a pixel rays are cast where it is not plain
_DEPTH_STEP = 0.02  # a jump in depth from pixel to pixel, in units of the scene, above which a pixel is not plain


@dataclass(frozen=True, eq=False)
class TrainingView:
    """From where and in what light a shape is seen; the same for pictures of all sizes."""

    position: NDArray[np.float64]  # (3,) of the camera, which looks at the origin; y is up
    lights: NDArray[np.float64]  # (L, 3) unit vectors towards the lights
    strengths: NDArray[np.float64]  # (L, 3) linear RGB of the lights
    ambient: NDArray[np.float64]  # (3,) linear RGB from everywhere

    def camera(self, size: int) -> Camera:
        """The camera for a square picture of that many pixels along each edge."""
        return Camera.square(self.position, self.position, _FIELD_OF_VIEW, size)


def draw_view(radius: float, generator: np.random.Generator) -> TrainingView:
    """A random view by the protocol of a shape around the origin within a sphere of that radius."""
    azimuth = generator.uniform(0.0, 2.0 * math.pi)
    elevation = math.radians(generator.uniform(*_ELEVATION))
    distance = 2.0 * radius * generator.uniform(_NEAREST, _FARTHEST)
    level = distance * math.cos(elevation)
    position = np.array([level * math.sin(azimuth), distance * math.sin(elevation), level * math.cos(azimuth)])
    # a key light from the camera's half of the sky, a weaker one from anywhere above, and a share of plain light
    lights = generator.standard_normal((2, 3)) + np.array([position / distance, [0.0, 0.0, 0.0]]) + [0.0, 0.5, 0.0]
    lights[:, 1] = np.abs(lights[:, 1])
    lights = normalized(lights)
    tint = 1.0 + generator.uniform(-0.06, 0.06, (3, 3))
    strengths = tint[:2] * np.array([[generator.uniform(0.55, 0.9)], [generator.uniform(0.1, 0.35)]])
    return TrainingView(position, lights, strengths, tint[2] * generator.uniform(0.2, 0.4))


class ViewRenderer:
    """Draws views of one mesh of about unit size around the origin.

    albedo: (3,) linear RGB of a mesh without colours of its own. Raises OccnetError where Embree is missing.
    """

    def __init__(self, mesh: Mesh, albedo: NDArray) -> None:
        self._scene = RayScene(mesh)
        self._faces = mesh.faces
        self._flat = normalized(mesh.face_normals).astype(np.float32)
        self._smooth = corner_normals(mesh, np.arange(len(mesh.faces))).astype(np.float32)
        self._albedo = None if mesh.colors is None else linear(mesh.colors)
        self._plain_albedo = np.asarray(albedo, dtype=np.float32)
        self._box = mesh.bounds

    def picture(self, view: TrainingView, size: int) -> NDArray[np.uint8]:
        """The view as a square picture on white, (size, size, 3) uint8 sRGB.

        One ray a pixel tells which pixels are plain; only at outlines, creases and steps in depth are there four more.
        """
        camera = view.camera(size)
        left, top, right, bottom = self._window(camera, size)
        x, y = np.meshgrid(np.arange(left, right), np.arange(top, bottom))
        centers = np.stack([x, y], axis=-1).reshape(-1, 2) + 0.5
        light, mark = self._cast(view, camera, centers)
        rough = _not_plain(mark.reshape(bottom - top, right - left, 4)).reshape(-1)
        corners = centers[rough] - 0.5
        around = np.concatenate([corners + offset for offset in _EXTRA])
        light[rough] = self._cast(view, camera, around)[0].reshape(len(_EXTRA), -1, 3).mean(axis=0)
        result = np.full((size, size, 3), 255, dtype=np.uint8)
        result[top:bottom, left:right] = displayed(light).reshape(bottom - top, right - left, 3)
        return result

    def _window(self, camera: Camera, size: int) -> tuple[int, int, int, int]:
        """Left, top, right and bottom of the pixels that the mesh's box covers, with one more all around."""
        corners = np.stack(np.meshgrid(*self._box.T, indexing="ij"), axis=-1).reshape(-1, 3)
        pixels, _ = camera.project(corners)
        low = np.clip(np.floor(pixels.min(axis=0)).astype(int) - 1, 0, size - 1)
        high = np.clip(np.ceil(pixels.max(axis=0)).astype(int) + 1, low + 1, size)
        return int(low[0]), int(low[1]), int(high[0]), int(high[1])

    def _cast(self, view: TrainingView, camera: Camera, pixels: NDArray) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Linear RGB (N, 3) at pixel positions, and by what to compare neighbours, (N, 4): normal and depth, 0 beside it."""
        origins, directions = camera.rays(pixels)
        hits = self._scene.first_hits(origins, directions)
        seen = np.flatnonzero(hits.face >= 0)
        light = np.ones((len(pixels), 3), dtype=np.float32)
        mark = np.zeros((len(pixels), 4), dtype=np.float32)
        face, weights = hits.face[seen], hits.corner_weights[seen].astype(np.float32)
        ahead = directions[seen].astype(np.float32)
        normal = normalized(np.einsum("nk,nki->ni", weights, self._smooth[face]))
        away = np.einsum("ni,ni->n", self._flat[face], ahead) > 0.0
        normal = np.where(away[:, None], -normal, normal)  # a sheet is lit from whichever side is seen
        albedo = self._plain_albedo
        if self._albedo is not None:
            albedo = np.einsum("nk,nki->ni", weights, self._albedo[self._faces[face]])
        facing = np.clip(normal @ view.lights.T.astype(np.float32), 0.0, None)
        light[seen] = albedo * (facing @ view.strengths.astype(np.float32) + view.ambient.astype(np.float32))
        mark[seen, :3], mark[seen, 3] = normal, hits.distance[seen]
        return light, mark


def camera_matrix(camera: Camera) -> NDArray[np.float32]:
    """The (3, 4) matrix of a perspective camera: times (x, y, z, 1) it gives (u w, v w, w), pixels u, v and depth w."""
    rotation = camera.axes * [[1.0], [-1.0], [-1.0]]  # rows: right, down, ahead
    inner = np.array([[camera.focal, 0.0, camera.principal[0]], [0.0, camera.focal, camera.principal[1]], [0.0, 0.0, 1.0]])
    return (inner @ np.concatenate([rotation, -rotation @ camera.position[:, None]], axis=1)).astype(np.float32)


def _not_plain(mark: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Which pixels differ from a neighbour in direction or, beyond a smooth slope, in depth, (H, W)."""
    result = np.zeros(mark.shape[:2], dtype=bool)
    for axis in (0, 1):
        one, two = (mark[1:], mark[:-1]) if axis == 0 else (mark[:, 1:], mark[:, :-1])
        bend = np.einsum("yxi,yxi->yx", one[..., :3], two[..., :3])
        differs = ((bend < 0.9) | (np.abs(one[..., 3] - two[..., 3]) > _DEPTH_STEP)) & (one[..., 3] + two[..., 3] > 0.0)
        if axis == 0:
            result[1:] |= differs
            result[:-1] |= differs
        else:
            result[:, 1:] |= differs
            result[:, :-1] |= differs
    return result
