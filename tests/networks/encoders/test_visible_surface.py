"""The encoder of photos lifts what it sees, of the thing alone, and learns from what is true at its pixels."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from occnet.data.batches import Batch
from occnet.errors import RecipeError
from occnet.networks.checkpoint import load_model, save_model
from occnet.networks.codes.photo_code import PhotoCode, lifted
from occnet.networks.losses.pixel_truth import PixelTruth, PixelTruthConfig, pixel_errors
from occnet.networks.occupancy_network import OccupancyNetwork
from occnet.networks.registry import build_network
from tests.networks.small_networks import SMALL_ENCODERS, recipe

SIZE = 64


def network() -> OccupancyNetwork:
    torch.manual_seed(0)
    return build_network(recipe("visible_surface", "nearest_points"))


def balls(rows: int = 4) -> Batch:
    """Discs of a few sizes on white, as balls far away look, with all that is true of them."""
    generator = torch.Generator().manual_seed(0)
    radius = torch.linspace(0.3, 0.45, rows).view(-1, 1, 1)
    ticks = (2 * torch.arange(SIZE) + 1) / SIZE - 1
    disc = (ticks.view(-1, 1).square() + ticks.square()).sqrt() < 2.0 * radius
    images = torch.where(disc.unsqueeze(1), 0.5 * radius.unsqueeze(1), torch.ones(())).expand(-1, 3, -1, -1).contiguous()
    half = (2 * torch.arange(SIZE // 2) + 1) / (SIZE // 2) - 1
    x, y = (part.expand(rows, -1, -1) / 2.0 for part in torch.meshgrid(half, -half, indexing="xy"))
    rest = radius.square() - x.square() - y.square()
    there = (rest > 0.0).float()
    front = rest.clamp(min=0.0).sqrt()
    normal = torch.stack([x, y, front], dim=1) / radius.unsqueeze(1)
    pixels = torch.cat([there.unsqueeze(1), front.unsqueeze(1), -front.unsqueeze(1), normal * there.unsqueeze(1)], dim=1)
    points = torch.rand(rows, 200, 3, generator=generator) - 0.5
    view = torch.tensor([2.0, 1.0, 1.0, 1.0, 1.0]).log().expand(rows, -1).contiguous()
    return Batch(images, points, (points.norm(dim=2) < radius.view(-1, 1)).float(), pixels=pixels, view=view)


def test_a_few_steps_lower_the_loss():
    made, batch, loss = network(), balls(2), PixelTruth(PixelTruthConfig())
    optimizer = torch.optim.AdamW(made.parameters(), lr=5e-3)
    losses = []
    for step in range(8):
        torch.manual_seed(step)
        value = made.training_loss(loss, batch)
        optimizer.zero_grad()
        value.backward()
        assert all(parameter.grad is not None and parameter.grad.isfinite().all() for parameter in made.parameters())
        optimizer.step()
        losses.append(value.item())
    assert losses[-1] < 0.7 * losses[0]


def test_points_are_those_that_are_seen_and_the_ground_has_none():
    made, batch = network().eval(), balls(2)
    code = made.encoder(batch.observation)
    assert isinstance(code, PhotoCode)
    assert code.surface is not None
    assert code.view is not None
    count = SMALL_ENCODERS["visible_surface"]["points"]
    assert code.points.shape == (2, 2 * count, 3)
    again = made.encoder(batch.observation)
    assert torch.equal(code.points, again.points)  # in evaluation nothing is drawn anew
    ticks = (2 * torch.arange(SIZE // 2) + 1) / (SIZE // 2) - 1
    y, x = torch.meshgrid(ticks, ticks, indexing="ij")
    places = torch.stack([x, y], dim=-1).flatten(0, 1).expand(2, -1, -1)
    thing = batch.pixels[:, 0].flatten(1) > 0.5  # type: ignore[index]
    for part, channel in ((code.points[:, :count], 0), (code.points[:, count:], 1)):
        towards = code.surface[:, channel].flatten(1).clamp(-0.87, 0.87)
        everywhere = lifted(places, towards, code.view).clamp(-0.55, 0.55)
        for row in range(2):
            inner = everywhere[row][thing[row]]
            gaps = torch.cdist(part[row], inner, compute_mode="donot_use_mm_for_euclid_dist").min(dim=1).values
            assert (gaps < 1e-5).float().mean() > 0.9  # but for pixels at the outline
    assert (code.surface[:, 0] >= code.surface[:, 1]).all()


def test_what_is_beside_the_thing_does_not_matter_and_white_things_are_seen():
    made, batch = network().eval(), balls(1)
    image = batch.observation.clone()
    image[(image < 1.0)] = 244 / 255  # as white as a thing may be
    assert made.encoder(image).spacing.isfinite().all()
    empty = made.encoder(torch.ones(1, 3, SIZE, SIZE))  # of nothing it makes something that is finite
    assert empty.points.isfinite().all()


def test_the_errors_are_least_for_the_truth():
    batch = balls(2)
    assert batch.pixels is not None
    true = batch.pixels
    exact = torch.cat([true[:, 1:3], torch.full_like(true[:, :2], -3.0), true[:, 3:]], dim=1)
    depth, normals = pixel_errors(exact, true)
    assert depth.item() == pytest.approx(-3.0)
    assert normals.item() == 0.0
    off = exact.clone()
    off[:, :2] += 0.1
    assert pixel_errors(off, true)[0] > depth + 1.0
    off[:, 2:4] = -2.3  # who knows of the error loses less
    assert pixel_errors(off, true)[0] < -1.0
    beside = torch.where(true[:, :1] > 0.5, exact, exact + 9.0)
    assert pixel_errors(beside, true)[0].item() == pytest.approx(-3.0)


def test_samples_without_pixels_count_by_their_labels_and_other_encoders_are_refused():
    made, batch, loss = network(), balls(2), PixelTruth(PixelTruthConfig())
    torch.manual_seed(1)
    labels_only = made.training_loss(loss, replace(batch, pixels=None, view=None))
    torch.manual_seed(1)
    assert labels_only.isfinite()
    assert made.training_loss(loss, batch) != labels_only
    other = build_network(recipe("resnet", "concatenation"))
    with pytest.raises(RecipeError, match="visible_surface"):
        other.training_loss(loss, batch)


def test_it_is_saved_and_loaded(tmp_path: Path):
    made, batch = network().eval(), balls(1)
    save_model(tmp_path / "model", made)
    back = load_model(str(tmp_path / "model"))
    queries = torch.rand(1, 30, 3) - 0.5
    with torch.no_grad():
        torch.testing.assert_close(back(batch.observation, queries), made(batch.observation, queries))
