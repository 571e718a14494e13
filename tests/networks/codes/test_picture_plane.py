"""A picture lies upright in its plane: its upper left corner at (-0.5, 0.5)."""

from __future__ import annotations

import torch

from occnet.networks.codes.picture_plane import PicturePlane


def test_places_are_read_where_the_picture_has_them():
    y, x = torch.meshgrid((torch.arange(6) + 0.5) / 6, (torch.arange(8) + 0.5) / 8, indexing="ij")
    colors = torch.stack([x, y, torch.zeros_like(x)]).unsqueeze(0)  # right and down, 0 to 1
    plane = PicturePlane(2.0 * colors[:, :2, ::2, ::2], colors)
    points = torch.tensor([[[-0.2, 0.3, 0.0], [0.25, -0.1, 0.4], [-0.5, 0.5, 0.0]]])
    read = plane.at(points)
    assert read.shape == (1, 3, 5)
    torch.testing.assert_close(read[0, :2, 2:4], torch.tensor([[0.3, 0.2], [0.75, 0.6]]))
    torch.testing.assert_close(read[0, 2, 2:4], torch.tensor([0.5 / 8, 0.5 / 6]))  # of the corner's pixel, beyond its centre
