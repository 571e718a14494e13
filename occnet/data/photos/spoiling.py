"""What a camera and a file do to a picture: exposure, white balance, blur, noise, JPEG; and to an outline that is cut out."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import gaussian_filter

from occnet.data.photos.pictures_config import PicturesConfig
from occnet.files.srgb import displayed


def as_photographed(light: NDArray[np.float32], config: PicturesConfig, generator: np.random.Generator) -> NDArray[np.uint8]:
    """Linear RGB (H, W, 3) as a camera delivers it, (H, W, 3) uint8 sRGB."""
    exposure = np.exp(generator.normal(0.0, 0.2) + generator.normal(0.0, 0.04, 3))
    deviation = config.blur_max * generator.random()
    blurred = gaussian_filter(light * exposure.astype(np.float32), (deviation, deviation, 0.0))
    values = displayed(blurred).astype(np.float32)
    noise = 255.0 * config.noise_max * generator.random() ** 2
    values += noise * generator.standard_normal(values.shape, dtype=np.float32)
    pixels = np.clip(np.rint(values), 0, 255).astype(np.uint8)
    if generator.random() >= config.jpeg_chance:
        return pixels
    file = BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=int(generator.integers(config.jpeg_min, 101)))
    return np.asarray(Image.open(file))


def spoiled_mask(coverage: NDArray[np.float32], config: PicturesConfig, generator: np.random.Generator) -> NDArray[np.bool_]:
    """Which pixels a cut-out takes for the thing's, (H, W), from how much of each it covers: off by up to mask_error pixels."""
    smooth = gaussian_filter(coverage, 0.7)
    level = 0.5 + 0.35 * config.mask_error * generator.uniform(-1.0, 1.0)
    return smooth > min(max(level, 0.05), 0.95)
