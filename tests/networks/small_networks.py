"""A small network of every encoder with every decoder that reads its code, for tests."""

from __future__ import annotations

from itertools import product
from typing import Any

import torch
from torch import Tensor

from occnet.networks.registry import DECODERS, ENCODERS

SMALL_UNETS = {"code_channels": 8, "unet_channels": 8, "plane_resolution": 16, "grid_resolution": 16}
SMALL_POINTS = {
    "resolution": 16,
    "sparse_channels": [8, 8],
    "sparse_blocks": [1, 1],
    "dense_channels": [8, 16],
    "dense_blocks": [1, 1],
    "point_channels": 16,
    "pair_channels": 8,
}
SMALL_ENCODERS: dict[str, dict[str, Any]] = {
    "neighbourhood_grid": SMALL_POINTS,
    "residual_pointnet": {"hidden_channels": 16, "code_channels": 24},
    "pointnet": {"hidden_channels": 16, "code_channels": 24},
    "local_pointnet": SMALL_UNETS | {"features": ["xz", "xy", "yz", "grid"]},
    "resnet": {"code_channels": 24},
    "resnet_pixels": {},
    "visible_surface": {
        "channels": 8,
        "code_channels": 24,
        "map_channels": 8,
        "image_size": 64,
        "points": 64,
        "point_channels": 16,
        "resolution": 16,
        "sparse_channels": [8],
        "dense_channels": [8, 16],
        "sparse_blocks": [1],
        "dense_blocks": [1, 1],
    },
    "whole_picture": {"channels": 8, "code_channels": 24, "map_channels": 8, "image_size": 64},
    "voxel_convolutions": {"resolution": 16, "code_channels": 24},
    "local_voxels": SMALL_UNETS | {"features": ["xz", "xy", "yz", "grid"]},
    "voxel_surface": SMALL_POINTS,
    "index_embedding": {"shapes": 5, "code_channels": 24},
    "category": {"categories": ["cup", "bowl"], "code_channels": 24},
    "nothing": {},
}
SMALL_DECODERS: dict[str, dict[str, Any]] = {
    "cross_attention": {"tokens": 4, "channels": 16, "heads": 2, "token_blocks": 1, "blocks": 1},
}
CODES = {name: ENCODERS[name].code_kind for name in ENCODERS}
READ = {name: DECODERS[name].reads for name in DECODERS}
FITTING = [(encoder, decoder) for encoder, decoder in product(CODES, READ) if issubclass(CODES[encoder], READ[decoder])]


def observations(kind: str) -> Tensor:
    """Two of a kind; the voxels have as many faces, so that none of them need be repeated."""
    drawn = torch.Generator().manual_seed(0)
    grid = (torch.rand(16, 16, 16, generator=drawn) > 0.7).float()
    return {
        "points": torch.rand(2, 100, 3, generator=drawn) - 0.5,
        "image": torch.rand(2, 3, 64, 64, generator=drawn),
        "picture": torch.rand(2, 3, 64, 96, generator=drawn),
        "voxels": torch.stack([grid, grid.flip(0)]),
        "index": torch.tensor([4, 1]),
        "category": torch.tensor([1, 0]),
        "nothing": torch.zeros(2, 0),
    }[kind]


def recipe(encoder: str, decoder: str) -> dict[str, Any]:
    """Of a small network; one that reads nothing has a latent code."""
    decoding = {"name": decoder, **SMALL_DECODERS.get(decoder, {})}
    tables: dict[str, Any] = {"encoder": {"name": encoder, **SMALL_ENCODERS[encoder]}, "decoder": decoding}
    return tables | ({"latent": {"latent_channels": 4, "hidden_channels": 8}} if encoder == "nothing" else {})
