"""How far the surface that was seen winds around each place: it tells where a thing goes on that was seen in part."""

from __future__ import annotations

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from occnet.geometry.sensors.sighted_scan import SightedScan

_ISOLATED = 3.0  # times the usual spacing: a point that lies alone stands for no larger area


def winding_grid(scan: SightedScan, cells: int, half: float) -> NDArray[np.float64]:
    """The winding number of the seen surface at the corners of a grid over [-half, half]^3, (cells + 1,) * 3, smooth.

    It is 1 deep inside what is seen all around, 0 far outside, and 1/2 on the flat sheet that closes a round hole; in between
    it is harmonic, so that it has no islands away from the points. Each point stands for the area around it. Computed as the
    function whose gradient is nearest to the normals, by Fourier transforms in a box of twice the size.
    Source: Kazhdan, Reconstruction of Solid Models from Oriented Point Sets, 2005; Barill et al., Fast Winding Numbers for
    Soups and Clouds, 2018, for closing what is open.
    """
    step = 2.0 * half / cells
    size = 2 * (cells + 1)
    areas = np.minimum(scan.spacing, _ISOLATED * scan.usual_spacing) ** 2
    flux = [_spread(scan.points, areas * column / step**3, step, half, size) for column in scan.normals.T]
    full, half_of_them = 2.0 * np.pi * np.fft.fftfreq(size, step), 2.0 * np.pi * np.fft.rfftfreq(size, step)
    waves = np.meshgrid(full, full, half_of_them, indexing="ij", sparse=True)
    squares = waves[0] ** 2 + waves[1] ** 2 + waves[2] ** 2
    squares[0, 0, 0] = 1.0
    total = np.zeros(squares.shape, dtype=complex)
    for wave, part in zip(waves, flux, strict=True):
        total += 1j * wave * np.asarray(scipy.fft.rfftn(part, workers=-1))
    number = np.asarray(scipy.fft.irfftn(total / squares, s=(size,) * 3, workers=-1))
    far = (size + cells) // 2 + 1  # half way to where the box repeats itself
    return number[: cells + 1, : cells + 1, : cells + 1] - number[far, far, far]


def _spread(points: NDArray, values: NDArray, step: float, half: float, size: int) -> NDArray[np.float64]:
    """Values (N,) at points (N, 3) on the corners of their cells, (size,) * 3."""
    place = (points + half) / step
    corner = np.floor(place).astype(np.int64)
    share = place - corner
    result = np.zeros(size**3)
    for offset in np.ndindex(2, 2, 2):
        weight = np.where(np.array(offset) == 1, share, 1.0 - share).prod(axis=1)
        flat = np.ravel_multi_index((corner + offset).T, (size,) * 3, mode="clip")
        result += np.bincount(flat, values * weight, minlength=size**3)
    return result.reshape((size,) * 3)
