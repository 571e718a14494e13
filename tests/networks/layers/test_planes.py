"""What lies in one cell is brought together."""

from __future__ import annotations

import torch

from occnet.networks.layers.planes import mean_into_cells


def test_a_cell_has_the_mean_of_its_points_and_an_empty_one_nothing():
    features = torch.randn(2, 50, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    cells = torch.randint(0, 7, (2, 50), generator=torch.Generator().manual_seed(1))
    means = mean_into_cells(features, cells, 8)
    for batch in range(2):
        for cell in range(7):
            torch.testing.assert_close(means[batch, cell], features[batch, cells[batch] == cell].mean(dim=0))
    assert (means[:, 7] == 0).all()
