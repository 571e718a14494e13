"""The sparse U-Net: its convolution equals the dense one, its gradients are exact, and what it says is local."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from occnet.cube import PADDED_EDGE
from occnet.networks.layers.sparse_unet3d import (
    SparseConvolution,
    SparseUNet3d,
    neighbour_product,
    occupied_cells,
    paired_product,
)

BATCH, RESOLUTION, CHANNELS = 2, 8, 3


def cells_at_random(seed: int = 0) -> torch.Tensor:
    return torch.unique(torch.randint(BATCH * RESOLUTION**3, (300,), generator=torch.Generator().manual_seed(seed)))


def test_it_equals_a_dense_convolution_of_the_zero_filled_grid() -> None:
    torch.manual_seed(0)
    keys = cells_at_random()
    convolution = SparseConvolution(CHANNELS).double()
    torch.nn.init.normal_(convolution.bias)
    rows = torch.randn(len(keys), CHANNELS, dtype=torch.float64)
    found = convolution(rows, occupied_cells(keys, BATCH, RESOLUTION))
    volume = rows.new_zeros(BATCH * RESOLUTION**3, CHANNELS).index_copy(0, keys, rows)
    volume = volume.view(BATCH, RESOLUTION, RESOLUTION, RESOLUTION, CHANNELS).permute(0, 4, 1, 2, 3)
    kernel = convolution.weight.view(CHANNELS, 3, 3, 3, CHANNELS).permute(0, 4, 1, 2, 3)
    dense = F.conv3d(volume, kernel, convolution.bias, padding=1).permute(0, 2, 3, 4, 1).reshape(-1, CHANNELS)
    torch.testing.assert_close(found, dense[keys])


def test_the_mirrored_gather_is_the_exact_gradient() -> None:
    torch.manual_seed(0)
    keys = cells_at_random(1)[:60]
    cells = occupied_cells(keys, BATCH, RESOLUTION)
    rows = torch.randn(len(keys), CHANNELS, dtype=torch.float64, requires_grad=True)
    weight = torch.randn(2, 27 * CHANNELS, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda a, b: neighbour_product(a, b, cells.neighbours), (rows, weight))


def test_the_products_of_occupied_cells_alone_are_those_of_all_and_so_are_their_gradients() -> None:
    torch.manual_seed(0)
    keys = cells_at_random(1)
    cells = occupied_cells(keys, BATCH, RESOLUTION)
    found = []
    for paired in (False, True):
        torch.manual_seed(1)
        rows = torch.randn(len(keys), CHANNELS, dtype=torch.float64, requires_grad=True)
        weight = torch.randn(2, 27 * CHANNELS, dtype=torch.float64, requires_grad=True)
        result = paired_product(rows, weight, cells.pairs) if paired else neighbour_product(rows, weight, cells.neighbours)
        found.append((result, *torch.autograd.grad(result.square().sum(), (rows, weight))))
    for plain, other in zip(*found, strict=True):
        torch.testing.assert_close(other, plain)


def test_sums_of_narrow_products_are_as_exact_as_those_of_one_product() -> None:
    torch.manual_seed(0)
    keys = cells_at_random(1)
    cells = occupied_cells(keys, BATCH, RESOLUTION)
    rows, weight = torch.randn(len(keys), 16).bfloat16(), torch.randn(16, 27 * 16).bfloat16()
    exact = neighbour_product(rows.float(), weight.float(), cells.neighbours)
    paired = (paired_product(rows, weight, cells.pairs) - exact).abs().mean()
    plain = (neighbour_product(rows, weight, cells.neighbours) - exact).abs().mean()
    assert paired < 2.0 * plain  # the products are rounded once each, the sums not


def test_children_and_parents_are_each_others_inverse() -> None:
    keys = cells_at_random(2)
    cells = occupied_cells(keys, BATCH, RESOLUTION)
    rows = torch.arange(len(keys))
    assert torch.equal(cells.children[cells.parents, cells.octants].long(), rows)
    assert int((cells.children < len(keys)).sum()) == len(keys)
    x, above = (
        keys // RESOLUTION**2 % RESOLUTION,
        cells.parent_keys[cells.parents] // (RESOLUTION // 2) ** 2 % (RESOLUTION // 2),
    )
    assert torch.equal(x // 2, above)


def network(*dense_channels: int) -> SparseUNet3d:
    torch.manual_seed(0)
    unet = SparseUNet3d(64, (8, 12), (1, 1), dense_channels, (1,) * len(dense_channels)).eval()
    for weight in unet.parameters():
        torch.nn.init.normal_(weight, std=0.1)  # also what starts at zero
    return unet


def test_it_does_not_see_the_order_of_the_points_nor_the_rest_of_the_batch() -> None:
    unet = network(12, 16)
    points = 0.5 * F.normalize(torch.randn(2, 200, 3), dim=-1)
    features = torch.randn(2, 200, 8)
    rows, grid = unet(features, points)
    order = torch.randperm(200)
    turned_rows, turned_grid = unet(features[1:, order], points[1:, order])
    torch.testing.assert_close(turned_rows[0], rows[1, order], rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(turned_grid[0], grid[1], rtol=1e-4, atol=1e-5)


def test_moving_by_whole_coarse_cells_moves_the_result() -> None:
    """Nothing depends on the absolute position, away from the border."""
    unet = network(12)
    points = 0.1 * (torch.rand(1, 100, 3) - 0.5)
    features = torch.randn(1, 100, 8)
    step = PADDED_EDGE / 64 * 4  # the coarsest level has cells of 4 finest ones
    rows, _ = unet(features, points)
    moved, _ = unet(features, points + torch.tensor([step, 0.0, -step]))
    torch.testing.assert_close(moved, rows, rtol=1e-4, atol=1e-5)
