"""The threshold is lowered to where what the picture shows as one is one, and not where field or picture say otherwise."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from occnet.field import Sphere, logit_of, points_of
from occnet.files.images import Pictured, Window
from occnet.inference.picture_view import PictureView
from occnet.inference.whole_threshold import pieces_in, whole_threshold

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
    """Two balls, and between them a bar of that probability."""
    balls = [Sphere(0.12, center) for center in CENTERS]

    def field(points: Any) -> Tensor:
        points = points_of(points)
        within = (points[:, 0].abs() < 0.3) & (points[:, 1:].norm(dim=1) < 0.04)
        logits = torch.stack([60.0 * ball(points) for ball in balls]).amax(dim=0).clamp(-6.0, 6.0)
        return torch.where(within, logits.clamp(min=logit_of(bar)), logits)

    return field


def bar_shown(right: np.ndarray, up: np.ndarray) -> np.ndarray:
    return (np.abs(up) < 0.03) | balls_shown(right, up)


def balls_shown(right: np.ndarray, up: np.ndarray) -> np.ndarray:
    return np.hypot(np.abs(right) - 0.3, up) < 0.12


def test_it_is_just_below_a_doubtful_bar():
    found = whole_threshold(dumbbell(0.3), 0.5, view(bar_shown))
    assert 0.9 * 0.3 <= found < 0.3


def test_it_stays_where_the_field_or_the_picture_say_so_or_all_is_one_piece():
    assert whole_threshold(dumbbell(0.05), 0.5, view(bar_shown)) == 0.5  # where hardly anything can be
    assert whole_threshold(dumbbell(0.3), 0.5, view(balls_shown)) == 0.5  # the picture shows the ground between them
    assert whole_threshold(dumbbell(0.8), 0.5, view(bar_shown)) == 0.5


def test_specks_count_for_nothing():
    solid = np.zeros((20, 20, 20), dtype=bool)
    assert pieces_in(solid) == 0
    solid[:10, :10, :10] = True
    solid[15, 15, 15] = True
    assert pieces_in(solid) == 1
    solid[14:18, 14:18, 14:18] = True
    assert pieces_in(solid) == 2
