"""sRGB, in which files keep colours, and linear light, in which colours are mixed and lit."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def linear(srgb: NDArray) -> NDArray[np.float32]:
    """Linear light in [0, 1] of sRGB values in [0, 255]."""
    value = np.asarray(srgb, dtype=np.float32) / 255.0
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4).astype(np.float32)


def displayed(light: NDArray) -> NDArray[np.uint8]:
    """sRGB values in [0, 255], uint8, of linear light; what is brighter than 1 is white."""
    value = np.clip(light, 0.0, 1.0)
    srgb = np.where(value <= 0.0031308, value * 12.92, 1.055 * value ** (1.0 / 2.4) - 0.055)
    return np.round(srgb * 255.0).astype(np.uint8)
