"""The papers' samples: what is turned stays true."""

from __future__ import annotations

import numpy as np
import pytest

from occnet.data.samples import ObservationKind, SampleBatches, SamplesConfig, turned
from occnet.errors import RecipeError


def test_voxels_and_labels_are_turned_alike() -> None:
    size = 8
    grid = (np.random.default_rng(0).random((size,) * 3) < 0.4).astype(np.float32)
    cells = np.stack(np.meshgrid(*[np.arange(size)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    centers = ((cells + 0.5) / size - 0.5).astype(np.float32)
    inside = grid[tuple(cells.T)]
    seen = set()
    for seed in range(60):
        voxels, points, labels = turned(grid, centers, inside, np.random.default_rng(seed))
        places = np.rint((points + 0.5) * size - 0.5).astype(int)
        np.testing.assert_array_equal(voxels[tuple(places.T)], labels)
        seen.add(voxels.tobytes())
    assert len(seen) > 25  # of 48 symmetries


def test_only_voxels_are_turned() -> None:
    with pytest.raises(RecipeError, match="reads points"):
        SampleBatches([], [], 1, ObservationKind("points"), SamplesConfig(turned=True), seed=0)
