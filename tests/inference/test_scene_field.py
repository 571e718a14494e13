"""A scene in tiles: no seams, the whole decides where tiles see nothing, and what is far inside a solid is solid."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import Tensor

from occnet.field import Box, Field, Sphere
from occnet.inference import scene_field
from occnet.inference.scene_field import SceneField

SOLID = Box((1.0, 0.9, 0.8))


def box_surface(count: int, edges: tuple[float, float, float] = SOLID.edges) -> Tensor:
    """Points on a box and their outward normals, (count, 6)."""
    generator = torch.Generator().manual_seed(0)
    half = 0.5 * torch.tensor(edges)
    points = (2.0 * torch.rand(count, 3, generator=generator) - 1.0) * half
    axis = torch.randint(3, (count,), generator=generator)
    side = torch.randint(2, (count,), generator=generator) * 2.0 - 1.0
    normals = torch.nn.functional.one_hot(axis, 3) * side[:, None]
    return torch.cat([torch.where(normals != 0, normals * half, points), normals], dim=1)


class ShellModel:
    """Stands in for a network that knows nothing beyond a thin shell: inside is what lies just below the points it sees."""

    device = torch.device("cpu")
    reach = 0.5

    def __init__(self, reads_normals: bool = True) -> None:
        self.seen: list[Tensor] = []
        self.encoder = SimpleNamespace(reads_normals=reads_normals)

    def field(self, observation: Tensor) -> Field:
        self.seen.append(observation)

        def shell(points: Tensor) -> Tensor:
            distance, nearest = torch.cdist(points.double(), observation[:, :3].double()).min(dim=1)
            depth = -((points - observation[nearest, :3]) * observation[nearest, 3:]).sum(dim=1)
            return torch.where(distance < self.reach, depth, -torch.ones(())).float()

        return shell


class SideBlindModel(ShellModel):
    """Sees nothing solid as long as no normals tell the side."""

    reach = 9.0

    def field(self, observation: Tensor) -> Field:
        if observation.shape[1] == 6:
            return super().field(observation)
        self.seen.append(observation)
        return lambda points: torch.full((len(points),), -2.0)


class ConstantModel(ShellModel):
    """Gives every tile a constant of its own, far from its neighbours': the worst that can meet at a seam."""

    def field(self, observation: Tensor) -> Field:
        self.seen.append(observation)
        value = 20.0 * (-1.0) ** len(self.seen)
        return lambda points: torch.full((len(points),), value)


def scene(model: ShellModel, cloud: Tensor, whole: Field, tiles: int) -> SceneField:
    return SceneField(model, cloud, whole, tiles)  # type: ignore[arg-type]


def queries(count: int, seed: int = 1) -> Tensor:
    return (torch.rand(count, 3, generator=torch.Generator().manual_seed(seed)) - 0.5) * 1.1


def test_a_solid_much_larger_than_a_tile_is_solid() -> None:
    """Most tiles see nothing but a plane, and the middle ones nothing at all; the shell alone would be hollow."""
    field = scene(ShellModel(), box_surface(20_000), lambda places: 100.0 * SOLID(places), 8)
    points = queries(4000)
    depth = SOLID(points)
    clear = depth.abs() > 0.03  # near an edge the nearest point may lie on the other face
    assert torch.equal(field(points)[clear] > 0, depth[clear] > 0)
    hollow = scene(ShellModel(), box_surface(20_000), lambda places: torch.full((len(places),), -1.0), 8)
    deep = points[depth > 0.2]
    assert (hollow(deep) < 0).all()  # so that it is the whole that makes it solid


@pytest.mark.parametrize("reads_normals", [True, False])
def test_a_tile_that_takes_the_wrong_side_is_set_right_by_the_whole(reads_normals: bool) -> None:
    """With normals from the whole, or else by the whole itself; a correct tile is left alone."""
    model, cloud = SideBlindModel(reads_normals), box_surface(20_000)[:, :3].contiguous()
    blurred = scene(model, cloud, lambda places: 100.0 * SOLID(places) + 1.0, 4)  # its surface lies 0.01 too far out
    points = queries(4000)
    depth = SOLID(points)
    clear = depth.abs() > 0.03
    assert torch.equal(blurred(points)[clear] > 0, depth[clear] > 0)
    on_face = torch.tensor([[0.506, 0.0, 0.0]]) + 0.2 * queries(200, seed=5) * torch.tensor([0.0, 1.0, 1.0])
    assert bool((blurred(on_face) < 0).all()) is reads_normals  # only the tiles know that this is outside already
    told = [seen for seen in model.seen if seen.shape[1] == 6]
    assert bool(told) is reads_normals
    right = ShellModel()
    scene(right, box_surface(20_000), lambda places: 100.0 * SOLID(places), 4)(points)
    assert len(right.seen) == 56  # each of the tiles that are not empty is encoded once


def test_there_are_no_seams_even_between_tiles_that_contradict_each_other() -> None:
    cloud = (queries(20_000, seed=2) / 1.1)[:, :3]
    field = scene(ConstantModel(), cloud, Sphere(), 3)
    start, end = torch.tensor([-0.5, -0.41, -0.3]), torch.tensor([0.5, 0.37, 0.44])
    jumps = []
    for steps in (1000, 2000, 4000):
        along = start + torch.linspace(0, 1, steps)[:, None] * (end - start)
        jumps.append(float(field(along).diff().abs().max()))
    assert float(field(along).max() - field(along).min()) > 10.0
    assert jumps[1] == pytest.approx(jumps[0] / 2, rel=0.15)
    assert jumps[2] == pytest.approx(jumps[0] / 4, rel=0.15)


def test_each_tile_sees_its_points_in_its_own_unit_cube() -> None:
    model, cloud = ShellModel(), box_surface(30_000)
    field = scene(model, cloud, SOLID, 3)
    field(queries(3000))
    shown = 0
    for seen in model.seen:
        assert (seen[:, :3].abs() <= 0.5501).all()
        assert len(seen) <= 10_000
        torch.testing.assert_close(seen[:, 3:].norm(dim=1), torch.ones(len(seen)))
        shown += len(seen)
    assert 1.0 < shown / len(cloud) < 8.0  # all points are seen, some by several
    assert len(model.seen) == 26  # the middle tile is empty


def test_tiles_are_encoded_once_and_only_when_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    model = ShellModel()
    field = scene(model, box_surface(20_000), SOLID, 4)
    assert not model.seen
    corner = torch.full((50, 3), -0.45) * torch.tensor([1.0, 0.9, 0.8])
    field(corner)
    assert len(model.seen) == 1
    field(queries(2000))
    everything = len(model.seen)
    field(queries(2000))
    assert len(model.seen) == everything
    monkeypatch.setattr(scene_field, "_TILES_KEPT", 5)
    small = scene(model, box_surface(20_000), SOLID, 4)
    for _ in range(2):  # what was forgotten is encoded again, to the same
        torch.testing.assert_close(small(queries(500)), field(queries(500)))
        assert len(small._fields) <= 5


def test_a_large_tile_is_seen_in_samples() -> None:
    cloud = box_surface(45_000)
    model = ShellModel()
    SceneField(model, cloud, SOLID, 1, samples=3)(queries(10))  # type: ignore[arg-type]
    assert [len(seen) for seen in model.seen] == [10_000] * 3
    assert len(np.unique(torch.cat(model.seen).numpy(), axis=0)) == 30_000


def test_gradients_reach_the_points() -> None:
    field = scene(ShellModel(), box_surface(20_000), SOLID, 3)
    points = (box_surface(300)[:, :3] * 0.99).requires_grad_()
    field(points).sum().backward()
    assert points.grad is not None
    outward = -points.grad
    assert (outward.norm(dim=1) > 0.5).float().mean() > 0.95


def test_the_bounds_hold_the_cloud_and_little_more() -> None:
    field = scene(ShellModel(), box_surface(5000, (1.0, 0.3, 0.1)), SOLID, 4)
    low, high = field.bounds
    half = torch.tensor([0.5, 0.15, 0.05])
    assert (high > half).all()
    assert (low < -half).all()
    assert (high < half + 0.05).all()
