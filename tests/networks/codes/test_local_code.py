"""Features of planes and grids that are linear in the coordinates are met everywhere within, not only in the cells' middles."""

from __future__ import annotations

import torch

from occnet.networks.codes.local_code import LocalCode
from occnet.networks.layers.planes import AXES, FeatureLayout


def test_features_that_are_coordinates_are_read_as_coordinates():
    layout = FeatureLayout(("xz", "yz", "grid"), plane_resolution=8, grid_resolution=6, padding=0.1, centred=True)
    weights = {"xz": (2.0, 3.0), "yz": (5.0, 7.0), "grid": (11.0, 13.0, 17.0)}
    features = {}
    for kind, factors in weights.items():
        count = layout.resolution(kind)
        middles = ((torch.arange(count) + 0.5) / count - 0.5) * 1.1
        # the first coordinate of a plane or grid runs along the last axis of its features
        values = sum(
            factor * middles.view(-1, *(1,) * place) for place, factor in zip(range(len(factors)), factors, strict=True)
        )
        features[kind] = torch.as_tensor(values)[None, None]
    points = (torch.rand(1, 50, 3, generator=torch.Generator().manual_seed(0)) - 0.5) * 0.8  # within the outermost middles
    expected = torch.zeros(1, 50)
    for kind, factors in weights.items():
        expected += points[..., AXES[kind]] @ torch.tensor(factors)
    found = LocalCode(layout, features).at(points)[..., 0]
    torch.testing.assert_close(found, expected, rtol=2e-3, atol=2e-3)  # cells lie as in the published code
