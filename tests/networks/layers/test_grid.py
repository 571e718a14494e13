"""The cells of points, and interpolating out of a grid, against plain loops and torch's own sampler."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from occnet.cube import PADDED_EDGE
from occnet.networks.layers.grid import cell_offsets, cells_of, interpolate, interpolated_rows


def test_cells_are_numbered_as_by_a_plain_loop() -> None:
    points = (torch.rand(2, 200, 3, generator=torch.Generator().manual_seed(0)) - 0.5) * 1.3  # some beyond the padded cube
    resolution = 5
    expected = torch.zeros(2, 200, dtype=torch.int64)
    for b in range(2):
        for n in range(200):
            x, y, z = (((points[b, n] / PADDED_EDGE + 0.5) * resolution).floor().clamp(0, resolution - 1)).int().tolist()
            expected[b, n] = ((b * resolution + x) * resolution + y) * resolution + z
    assert torch.equal(cells_of(points, resolution), expected)


def test_interpolation_equals_grid_sample_and_is_exact_on_linear_functions() -> None:
    generator = torch.Generator().manual_seed(1)
    grid = torch.randn(2, 6, 6, 6, 3, generator=generator)
    points = (torch.rand(2, 500, 3, generator=generator) - 0.5) * 1.3
    where = (points / (PADDED_EDGE / 2)).flip(-1)[:, :, None, None]  # grid_sample wants z, y, x
    expected = F.grid_sample(grid.permute(0, 4, 1, 2, 3), where, padding_mode="border", align_corners=False)
    torch.testing.assert_close(interpolate(grid, points), expected[..., 0, 0].transpose(1, 2), atol=1e-5, rtol=1e-5)

    centers = (torch.arange(6) + 0.5) / 6 * PADDED_EDGE - PADDED_EDGE / 2
    linear = torch.stack(torch.meshgrid(centers, centers, centers, indexing="ij"), dim=-1)[None]
    inner = points[:1] * 0.6
    torch.testing.assert_close(interpolate(linear, inner), inner, atol=1e-6, rtol=1e-5)


def test_interpolation_has_exact_gradients() -> None:
    generator = torch.Generator().manual_seed(2)
    grid = torch.randn(1, 4, 4, 4, 2, generator=generator, dtype=torch.float64, requires_grad=True)
    points = ((torch.rand(1, 7, 3, generator=generator, dtype=torch.float64) - 0.5) * 0.7).requires_grad_()
    assert torch.autograd.gradcheck(interpolate, (grid, points))


def test_cell_offsets_are_zero_at_centres_and_half_at_faces() -> None:
    resolution = 8
    centre = (torch.tensor([3, 0, 7]) + 0.5) / resolution * PADDED_EDGE - PADDED_EDGE / 2
    torch.testing.assert_close(cell_offsets(centre.view(1, 1, 3), resolution), torch.zeros(1, 1, 3), atol=1e-5, rtol=0)
    shifted = centre + 0.49 * PADDED_EDGE / resolution
    torch.testing.assert_close(cell_offsets(shifted.view(1, 1, 3), resolution), torch.full((1, 1, 3), 0.49), atol=1e-5, rtol=0)


def test_interpolated_rows_equal_interpolation() -> None:
    generator = torch.Generator().manual_seed(2)
    grid = torch.randn(2, 5, 5, 5, 7, generator=generator)
    points = torch.rand(2, 200, 3, generator=generator) * 1.4 - 0.7  # some beyond the outermost centres
    torch.testing.assert_close(interpolated_rows(grid, points), interpolate(grid, points), atol=1e-6, rtol=1e-5)
