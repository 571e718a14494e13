"""The light that all pictures share: a warm key light, a cool fill and a bright sky over a white floor."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from occnet.geometry.render.camera import Camera
from occnet.vectors import normalized

CLAY = (171, 187, 208)
"""Light grey-blue, the default colour of meshes; sRGB."""
INK = (52, 104, 168)
"""Blue, the default colour of point clouds; sRGB."""

_KEY = np.array([-0.52, 0.68, 0.52])  # in camera coordinates: from the upper left, before the object
_FILL = np.array([0.85, 0.10, 0.52])
_KEY_LIGHT = np.array([0.86, 0.83, 0.78], dtype=np.float32)
_FILL_LIGHT = np.array([0.13, 0.14, 0.16], dtype=np.float32)
_SKY_LIGHT = np.array([0.44, 0.46, 0.49], dtype=np.float32)
_FLOOR_LIGHT = np.array([0.25, 0.25, 0.25], dtype=np.float32)
_GLOSS = 0.05


def key_direction(camera: Camera) -> NDArray[np.float64]:
    """Unit vector towards the key light in world coordinates, (3,); it moves with the camera but stays above the floor."""
    direction = _KEY @ camera.axes
    direction[1] = max(direction[1], 0.6)
    return direction / np.linalg.norm(direction)


def lit(
    normals: NDArray, towards_eye: NDArray, albedo: NDArray, camera: Camera, sky: NDArray, key: NDArray
) -> NDArray[np.float32]:
    """Linear RGB of lit surface points, (N, 3).

    normals, towards_eye: (N, 3) unit vectors. albedo: (N, 3) or (3,) linear. sky, key: (N,) the share of the sky and of
    the key light that reaches each point.
    """
    normals, towards_eye = normals.astype(np.float32), towards_eye.astype(np.float32)
    key_axis = key_direction(camera).astype(np.float32)
    fill_axis = _FILL @ camera.axes
    fill_axis = (fill_axis / np.linalg.norm(fill_axis)).astype(np.float32)
    facing = np.clip(normals @ key_axis, 0.0, None)[:, None] * key[:, None]
    filled = np.clip(normals @ fill_axis, 0.0, None)[:, None] * sky[:, None]
    upward = 0.5 + 0.5 * normals[:, 1:2]
    around = (_FLOOR_LIGHT + upward * (_SKY_LIGHT - _FLOOR_LIGHT)) * sky[:, None]
    halfway = normalized(towards_eye + key_axis)
    gloss = _GLOSS * np.clip((normals * halfway).sum(axis=1, keepdims=True), 0.0, None) ** 24 * key[:, None]
    return albedo * (facing * _KEY_LIGHT + filled * _FILL_LIGHT + around) + gloss
