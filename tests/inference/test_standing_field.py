"""What stands on a floor is cut by its plane, exactly, and goes straight down where nothing was seen."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from occnet.field import Box, Sphere, logit_of
from occnet.geometry.soundness.certificate import certify
from occnet.inference.standing_field import StandingField
from occnet.meshing import extract_mesh
from occnet.observations.interface import Floor

TILTED = (0.0, 0.6, 0.8)


@pytest.mark.parametrize("normal", [(0.0, 0.0, 1.0), TILTED])
@pytest.mark.parametrize("threshold", [0.5, 0.3])
def test_half_a_ball_has_its_volume_and_a_flat_bottom(normal: tuple[float, float, float], threshold: float) -> None:
    level = logit_of(threshold)
    ball = Sphere(0.4)
    field = StandingField(lambda points: ball(points) * 50.0 + level, Floor(normal, 0.1, 0.0), level)
    mesh = extract_mesh(field, resolution=64, threshold=threshold)
    assert certify(mesh).ok
    height = 0.4 - 0.1  # of the cap that is left
    assert mesh.volume == pytest.approx(math.pi * height**2 * (0.4 - height / 3), rel=0.01)
    heights = mesh.vertices @ normal - 0.1
    assert heights.min() > -1e-4
    low = np.abs(heights) < 1e-4
    flat = mesh.vertices[low] - np.outer(mesh.vertices[low] @ normal, normal)
    assert np.linalg.norm(flat, axis=1).max() == pytest.approx(math.sqrt(0.4**2 - 0.1**2), abs=0.02)


def test_below_what_was_seen_it_goes_straight_down_to_the_depth() -> None:
    """A cone's section at the reach is a disc, which goes on as a cylinder."""

    def cone(points: torch.Tensor) -> torch.Tensor:
        return 0.2 + 0.5 * points[:, 2] - points[:, :2].norm(dim=1)

    field = StandingField(cone, Floor((0.0, 0.0, 1.0), -0.2, 0.1, 0.05))
    heights = torch.tensor([-0.26, -0.24, -0.2, -0.15, -0.1, 0.0])
    radius = torch.tensor([0.0, 0.15, 0.15, 0.15, 0.15, 0.2])  # at the reach, z = -0.1, it is 0.15
    for side, inside in ((-0.01, True), (0.01, False)):
        points = torch.stack([radius + side, torch.zeros(6), heights], dim=1)
        expected = [False] + [inside] * 5
        assert (field(points) > 0.0).tolist() == expected


def test_above_its_reach_it_is_the_part_itself() -> None:
    part = Box((0.4, 0.4, 0.4))
    field = StandingField(part, Floor(TILTED, -0.5, 0.01))
    points = torch.rand(500, 3, generator=torch.Generator().manual_seed(0)) - 0.5
    high = points @ torch.tensor(TILTED) > -0.4
    torch.testing.assert_close(field(points)[high], part(points)[high])
    assert field.device == torch.device("cpu")
