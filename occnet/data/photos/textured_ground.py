"""A ground of one texture all over: grass, gravel, carpet, marble, boards, cloth. None of it is a thing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import zoom

from occnet.data.photos.grounds import Ground
from occnet.files.srgb import linear
from occnet.shapes.materials import any_of, cloth, wood

Floats = NDArray[np.float32]

TEXTURED = "textured"
_ROUGH = 0.6  # share of these grounds that are made of noise; the others have a pattern


def textured_ground(size: int, generator: np.random.Generator) -> Ground:
    """A random one for a picture of size x size pixels, as a backdrop, lit a little more from one side."""
    surface = _rough(size, generator) if generator.random() < _ROUGH else _patterned(size, generator)
    y, x = np.mgrid[0:size, 0:size] / size - 0.5
    uneven = 1.0 + generator.uniform(-0.5, 0.5) * x + generator.uniform(-0.5, 0.5) * y
    backdrop = surface * (generator.uniform(0.4, 1.3) * uneven)[..., None]
    return Ground(TEXTURED, np.clip(backdrop, 0.0, 1.0).astype(np.float32), None)


def _rough(size: int, generator: np.random.Generator) -> Floats:
    """Noise of several sizes between two or three colours, (size, size, 3) linear RGB, longer in one direction perhaps."""
    share = np.zeros((size, size))
    cells = float(generator.uniform(2.0, 8.0))
    roughness, longer = generator.uniform(0.5, 1.0), np.exp(generator.choice([0.0, 0.8]) * generator.standard_normal())
    strength = 1.0
    while cells < size:
        rows, columns = (int(np.clip(cells * factor, 2, size)) for factor in (longer, 1.0 / longer))
        coarse = generator.standard_normal((rows, columns))
        share += strength * np.asarray(zoom(coarse, (size / rows, size / columns), order=1, mode="nearest", grid_mode=True))
        cells, strength = 2.0 * cells, strength * roughness
    share = np.clip(0.5 + generator.uniform(0.12, 0.3) * share / max(float(share.std()), 1e-6), 0.0, 1.0)[..., None]
    one = generator.uniform(0.03, 0.9, 3) * generator.uniform(0.5, 1.0)
    other = np.clip(one * generator.uniform(0.2, 1.8, 3) + generator.uniform(-0.05, 0.2), 0.0, 1.0)
    return (one + share * (other - one)).astype(np.float32)


def _patterned(size: int, generator: np.random.Generator) -> Floats:
    """Wood or cloth, turned anyhow, (size, size, 3) linear RGB."""
    y, x = np.mgrid[0:size, 0:size] / size - 0.5
    angle, scale = generator.uniform(0.0, np.pi), generator.uniform(0.15, 1.5)
    u, v = scale * (x * np.cos(angle) + y * np.sin(angle)), scale * (y * np.cos(angle) - x * np.sin(angle))
    points = np.stack([u, v, 0.3 * u], axis=-1).reshape(-1, 3)
    return linear(255.0 * any_of(generator, wood, cloth).colors(points)).reshape(size, size, 3)
