"""The soft shadow on the floor: what makes an object stand instead of float."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, map_coordinates

from occnet.geometry.render.camera import Camera
from occnet.geometry.render.lighting import key_direction
from occnet.geometry.render.occlusion import RayScene
from occnet.vectors import smoothstep

_TEXELS, _RAYS = 96, 48  # along each side of the floor, and cast from each texel
_SKY_SHADE, _KEY_SHADE = 0.45, 0.22  # how dark the floor gets where it sees no sky, and no key light
_REACH = 0.75  # how far the floor goes beyond the box, in its longest edges


@dataclass(frozen=True, eq=False)
class FloorShade:
    """A horizontal texture of how much light is missing; outside of it nothing is."""

    height: float
    low: NDArray[np.float64]  # (2,) x and z of its first texel
    high: NDArray[np.float64]  # (2,) x and z of its last texel
    texture: NDArray[np.float64]  # (texels, texels), x first

    def along(self, origins: NDArray, directions: NDArray, pixels: NDArray, size: tuple[int, int]) -> NDArray[np.float32]:
        """The light missing on the floor where each ray meets it, (N,) in [0, 1].

        Rays as of `Camera.rays`; pixels: (N, 2) their positions in the picture of the given size, to whose border the
        shadow fades, so that pictures set side by side have no seams.
        """
        result = np.zeros(len(origins), dtype=np.float32)
        down = np.flatnonzero(directions[:, 1] < -1e-6)
        distance = (self.height - origins[down, 1]) / directions[down, 1]
        place = origins[down][:, [0, 2]] + distance[:, None] * directions[down][:, [0, 2]]
        texel = (place - self.low) / (self.high - self.low) * (np.array(self.texture.shape) - 1)
        border = np.minimum(pixels[down], np.array(size) - pixels[down]).min(axis=1) / (0.12 * min(size))
        shade = map_coordinates(self.texture, texel.T, order=1, cval=0.0) * smoothstep(border)
        result[down] = np.where(distance > 0.0, shade, 0.0)
        return result


def floor_shade(scene: RayScene, height: float, box: NDArray, camera: Camera, generator: np.random.Generator) -> FloorShade:
    """The shade that the scene casts on the plane y = height around the box (2, 3): contact shadow and soft key shadow."""
    reach = _REACH * float((box[1] - box[0]).max())
    low, high = box[0, [0, 2]] - reach, box[1, [0, 2]] + reach
    x, z = np.meshgrid(*(np.linspace(low[k], high[k], _TEXELS) for k in (0, 1)), indexing="ij")
    points = np.stack([x, np.full_like(x, height - 1e-3), z], axis=-1).reshape(-1, 3)
    upward = np.broadcast_to([0.0, 1.0, 0.0], points.shape)
    sky = scene.open_share(points, upward, 1.0, _RAYS, 10.0, generator)
    key = scene.open_share(points, np.broadcast_to(key_direction(camera), points.shape), 0.2, _RAYS, 10.0, generator)
    shade = (_SKY_SHADE * (1.0 - sky) + _KEY_SHADE * (1.0 - key)).reshape(x.shape)
    edge = np.minimum(np.minimum(x - low[0], high[0] - x), np.minimum(z - low[1], high[1] - z)) / reach
    return FloorShade(height, low, high, gaussian_filter(shade * smoothstep(edge / 0.7), 0.7))
