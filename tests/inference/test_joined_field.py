"""Pieces are joined where the picture shows one thing and the field allows it, and nowhere else is the field another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from scipy.ndimage import label
from torch import Tensor

from occnet.field import Sphere, points_of
from occnet.files.images import Pictured, Window
from occnet.inference.joined_field import joined
from occnet.inference.picture_view import PictureView

CENTERS = ((-0.3, 0.0, 0.0), (0.3, 0.0, 0.0))


class FromTheFront:
    """A code that sees the unit cube from far in front."""

    def seen(self, points: Tensor) -> Tensor:
        return points[..., :2] * torch.tensor([2.0, -2.0])

    def camera(self) -> Tensor:
        return torch.tensor([[0.0, 0.0, 100.0]])


def view(shown: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> PictureView:
    """shown: whether the thing is at places (right and up, -0.5 to 0.5) of the picture."""
    up, right = np.meshgrid(0.5 - (np.arange(64) + 0.5) / 64, (np.arange(64) + 0.5) / 64 - 0.5, indexing="ij")
    pixels = np.full((64, 64, 3), 255, dtype=np.uint8)
    pixels[shown(right, up)] = 40
    return PictureView(Pictured(pixels, Window(0, 0, 64)), FromTheFront())


def dumbbell(bar: float) -> Callable[[Any], Tensor]:
    """Two balls, and between them a bar where the logit is that."""
    balls = [Sphere(0.12, center) for center in CENTERS]

    def field(points: Any) -> Tensor:
        points = points_of(points)
        within = (points[:, 0].abs() < 0.3) & (points[:, 1:].norm(dim=1) < 0.04)
        logits = torch.stack([60.0 * ball(points) for ball in balls]).amax(dim=0).clamp(-6.0, 6.0)
        return torch.where(within, logits.clamp(min=bar), logits)

    return field


def bar_shown(right: np.ndarray, up: np.ndarray) -> np.ndarray:
    return (np.abs(up) < 0.03) | balls_shown(right, up)


def balls_shown(right: np.ndarray, up: np.ndarray) -> np.ndarray:
    return np.hypot(np.abs(right) - 0.3, up) < 0.12


def pieces(field: Callable[[Any], Tensor], level: float) -> int:
    ticks = torch.linspace(-0.5, 0.5, 81)
    return int(label((field(torch.cartesian_prod(ticks, ticks, ticks)) > level).reshape(81, 81, 81).numpy())[1])  # type: ignore[misc]


def test_a_doubtful_bar_is_raised_and_all_else_stays():
    field = dumbbell(-0.8)
    raised = joined(field, 0.0, view(bar_shown))
    assert raised is not None
    assert (pieces(field, 0.0), pieces(raised, 0.0)) == (2, 1)
    points = torch.rand(20_000, 3, generator=torch.Generator().manual_seed(0)) - 0.5
    changed = (raised(points) != field(points)).numpy()
    beside = points[:, 1:].norm(dim=1).numpy()
    assert changed.any()
    assert beside[changed].max() < 0.12
    assert (raised(points) >= field(points)).all()


def test_nothing_is_joined_against_the_field_or_the_picture_and_one_piece_stays_as_it_is():
    assert joined(dumbbell(-6.0), 0.0, view(bar_shown)) is None  # where hardly anything can be
    assert joined(dumbbell(-0.8), 0.0, view(balls_shown)) is None  # where the picture shows the ground between them
    assert joined(dumbbell(2.0), 0.0, view(bar_shown)) is None
