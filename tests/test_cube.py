"""The cube of the network: its numbers agree with each other, and points, voxels, grids and meshes keep to it."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from occnet.cube import PADDED_BOUNDS, PADDED_EDGE, PADDED_HALF, PADDING
from occnet.data.crops import within
from occnet.geometry.sampling import sample_volume
from occnet.geometry.voxelising import voxel_centers
from occnet.mesh import Frame
from occnet.meshing import extract_mesh
from occnet.networks.layers.grid import cells_of

UNIT = Frame(np.zeros(3), 1.0)


def test_the_padded_cube_is_the_papers() -> None:
    assert (PADDED_EDGE, PADDED_HALF, PADDING) == (1.1, 0.55, 0.1)
    low, high = PADDED_BOUNDS
    assert low == (-0.55, -0.55, -0.55)
    assert high == (0.55, 0.55, 0.55)


def test_everything_that_spans_the_padded_cube_spans_the_same() -> None:
    points = sample_volume(20_000, np.random.default_rng(0))
    assert np.abs(points).max() == pytest.approx(PADDED_HALF, rel=1e-3)
    assert within(UNIT, points).all()
    assert not within(UNIT, np.array([[PADDED_HALF + 1e-9, 0.0, 0.0]])).any()
    half_space = extract_mesh(lambda places: 0.1 - places[:, 0], resolution=8)
    np.testing.assert_allclose(half_space.bounds, [PADDED_BOUNDS[0], (0.1, PADDED_HALF, PADDED_HALF)], atol=1e-5)


@pytest.mark.parametrize("resolution", [1, 4, 7])
def test_voxels_of_the_padded_cube_are_the_cells_of_a_networks_grid(resolution: int) -> None:
    """The centre of voxel k lies in cell k: both number x, y, z with z fastest over the same cube."""
    centers = torch.from_numpy(voxel_centers(resolution, PADDING)).float()
    assert cells_of(centers[None], resolution)[0].tolist() == list(range(resolution**3))
