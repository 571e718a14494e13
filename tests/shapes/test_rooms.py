"""Rooms: a floor with walls, and things on it that are apart from each other."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from occnet.shapes.batch import ShapeBatch, sample_shapes
from occnet.shapes.families import GROUPS
from occnet.shapes.families.rooms import FEWEST, MOST, ROOMS


@pytest.fixture(scope="module")
def rooms() -> ShapeBatch:
    return sample_shapes(3, seed=0, family="room", tight=False)


def test_things_stand_apart_between_the_walls(rooms: ShapeBatch) -> None:
    axis = torch.linspace(-0.495, 0.495, 100)
    for number, placed in enumerate(rooms.placed):
        width, thick, depth = 2.0 * np.array(placed.shape.solids[0].parts[0].size[:3])
        level = (0.03 - placed.center[1]) / placed.scale  # just above the floor
        below = (-0.5 * thick - placed.center[1]) / placed.scale
        x, z = torch.meshgrid(axis, axis, indexing="ij")

        def seen(height: float, x: torch.Tensor = x, z: torch.Tensor = z, number: int = number) -> np.ndarray:
            points = torch.stack([x, torch.full_like(x, height), z], dim=-1).reshape(1, -1, 3)
            return rooms.occupancy(points.expand(len(rooms), -1, -1))[number].reshape(x.shape).numpy()

        floor = seen(below)
        assert floor.mean() == pytest.approx(width * depth / placed.scale**2 / 0.99**2, abs=0.04)
        assert 0.01 < seen(level).mean() < floor.mean()  # walls and feet
        assert not (seen(level) & ~floor).any()


def test_a_room_holds_several_things_and_no_two_are_one(rooms: ShapeBatch) -> None:
    for placed in rooms.placed:
        assert len(placed.shape.solids) >= 1 + FEWEST  # a thing has one solid or more
    first, second = (torch.rand(1, 4096, 3, generator=torch.Generator().manual_seed(0)) - 0.5).expand(2, 1, 4096, 3)
    inside = rooms.occupancy(torch.cat([first, second, first]))
    assert (inside[0] != inside[1]).any()
    assert FEWEST < MOST


def test_rooms_come_only_when_they_are_asked_for() -> None:
    assert not {family for _, families in GROUPS for family in families} & set(ROOMS)
