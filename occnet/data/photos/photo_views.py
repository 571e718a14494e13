"""From where a photo is taken: any side and height, any lens, the thing anywhere in it; in the viewer's unit cube.

The viewer's cube stands upright around the thing, turned so that the camera is in front (see `occnet.data.viewer`). The camera
looks at its centre; a picture is a window of what it sees. So five numbers say all of a view.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from occnet.data.photos.pictures_config import PicturesConfig
from occnet.data.viewer import Viewer
from occnet.geometry.render.camera import Camera
from occnet.mesh import Frame

_HALF_FILM = 18.0  # mm
_FAR = 40.0  # distance in radii of the thing, from which there is hardly any perspective
_FILLED = (0.6, 1.0)  # of the width of the whole photo by the thing; it tells how far away the camera of a lens stands


@dataclass(frozen=True, eq=False)
class PhotoView:
    """A camera and its window. Lengths are in edges of the viewer's cube; places are +-1 at the window's borders."""

    viewer: Viewer
    elevation: float  # radians
    nearness: float  # 1 over the camera's distance from the cube's centre
    focal: float  # places a unit of slope
    right: float  # place of the cube's centre
    down: float

    @property
    def values(self) -> NDArray[np.float32]:
        """What a network has to guess, (5,): logarithm of the scale at the cube's centre (places an edge of it), its place to
        the right and down, the elevation in radians, and the nearness."""
        scale = math.log(self.focal * self.nearness)
        return np.array([scale, self.right, self.down, self.elevation, self.nearness], dtype=np.float32)

    def camera(self, size: int) -> Camera:
        """The camera in the thing's own coordinates, for a picture of size x size pixels."""
        sine, cosine = math.sin(self.elevation), math.cos(self.elevation)
        axes = np.array([[1.0, 0.0, 0.0], [0.0, cosine, -sine], [0.0, sine, cosine]])  # right, up, backward, of the viewer
        position = self.viewer.to_own(axes[2:] / self.nearness)[0]
        principal = np.array([self.right + 1.0, self.down + 1.0]) * size / 2
        return Camera(position, axes @ self.viewer.turn, self.focal * size / 2, principal, (size, size), True)

    def towards(self, depth: NDArray) -> NDArray[np.float32]:
        """How far before the cube's centre a thing at depths along the camera's axis, in own lengths, is; of any shape."""
        return (1.0 / self.nearness - depth / self.viewer.frame.scale).astype(np.float32)


def draw_photo_view(vertices: NDArray[np.float64], config: PicturesConfig, generator: np.random.Generator) -> PhotoView:
    """A random view of a thing with these vertices (V, 3), all of it in the picture."""
    azimuth = generator.uniform(0.0, 2.0 * math.pi)
    sine, cosine = math.sin(azimuth), math.cos(azimuth)
    turn = np.array([[cosine, 0.0, -sine], [0.0, 1.0, 0.0], [sine, 0.0, cosine]])
    frame = Frame.of(vertices @ turn.T)
    points = frame.to_unit(vertices @ turn.T)
    elevation = math.radians(generator.uniform(config.elevation_min, config.elevation_max))
    nearness = 1.0 / _distance(float(np.linalg.norm(points, axis=1).max()), config, generator)
    towards = points[:, 2] * math.cos(elevation) + points[:, 1] * math.sin(elevation)
    upward = points[:, 1] * math.cos(elevation) - points[:, 2] * math.sin(elevation)
    slopes = np.stack([points[:, 0], -upward], axis=1) / (1.0 / nearness - towards)[:, None]
    low, high = slopes.min(axis=0), slopes.max(axis=0)
    longest = float((high - low).max())
    margin = generator.uniform(0.0, config.margin_max)
    focal = 2.0 / (longest * (1.0 + 2.0 * margin))
    shift = generator.uniform(-0.5, 0.5, 2) * margin * longest
    right, down = focal * (shift - 0.5 * (low + high))
    return PhotoView(Viewer(turn, frame), elevation, nearness, focal, float(right), float(down))


def _distance(radius: float, config: PicturesConfig, generator: np.random.Generator) -> float:
    """How far the camera stands from the centre of a thing within a sphere of that radius, always outside of it."""
    if generator.random() < config.far_share:
        return _FAR * radius
    focal = math.exp(generator.uniform(math.log(config.focal_min), math.log(config.focal_max)))
    return max(1.15, focal / (_HALF_FILM * generator.uniform(*_FILLED))) * radius
