"""A mesh of a photo is held against the picture: what it does not show goes, and what is said of it is so."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor, tensor

from occnet.field import Sphere, Union
from occnet.files.images import Pictured, Window
from occnet.inference.picture_view import PictureView
from occnet.mesh import Mesh
from occnet.meshing.extract import extract_mesh
from occnet.pipeline.reconstruct.photo_result import PhotoResult
from occnet.pipeline.reconstruct.photographed_mesh import Threshold, as_pictured

THRESHOLD = Threshold(0.5, fixed=False)
SURE = torch.tensor([9.0, -9.0])  # logits


def extract(field: Callable[[Tensor], Tensor], threshold: float) -> Mesh:
    return extract_mesh(field, resolution=48, threshold=threshold)


class FromTheFront:
    def seen(self, points: Tensor) -> Tensor:
        return points[..., :2] * tensor([2.0, -2.0])

    def camera(self) -> Tensor:
        return tensor([[0.0, 0.0, 100.0]])


def view(*discs: tuple[float, float, float]) -> PictureView:
    """Discs (right, up, radius) in a picture of 96 x 96 pixels."""
    y, x = 0.5 - (np.arange(96)[:, None] + 0.5) / 96, (np.arange(96)[None] + 0.5) / 96 - 0.5
    pixels = np.full((96, 96, 3), 255, dtype=np.uint8)
    for right, up, radius in discs:
        pixels[np.hypot(x - right, y - up) < radius] = (30, 90, 60)
    return PictureView(Pictured(pixels, Window(0, 0, 96)), FromTheFront())


def balls(*centers: tuple[float, float, float]) -> Callable[[Tensor], Tensor]:
    return Union(tuple(Sphere(0.15, center) for center in centers))


def test_a_piece_beside_what_the_picture_shows_is_left_out_and_so_is_a_speck():
    speck = Sphere(0.015, (-0.2, 0.0, 0.3))  # behind what is seen
    field = Union((balls((-0.2, 0.0, 0.0), (0.25, 0.3, 0.0)), speck))
    mesh, _, findings = as_pictured(field, THRESHOLD, SURE, view((-0.2, 0.0, 0.15)), extract)
    result = findings.result
    assert (result.pieces, result.things, result.dropped, result.lowered_to) == (1, 1, 2, None)
    assert mesh.vertices[:, 0].max() < 0.0
    assert result.outline is not None
    assert result.outline > 0.85
    assert findings.colored is not None
    assert findings.colored.colors is not None
    assert (findings.colored.colors == (30, 90, 60)).all()


def test_what_the_picture_shows_as_one_is_one_unless_the_user_has_chosen_the_threshold():
    apart = balls((-0.2, 0.0, 0.0), (0.2, 0.0, 0.0))

    def field(points: Tensor) -> Tensor:
        bar = (points[:, 0].abs() < 0.2) & (points[:, 1:].norm(dim=1) < 0.06)
        return torch.where(bar, (20.0 * apart(points)).clamp(min=-0.8), 20.0 * apart(points))

    one = view((-0.2, 0.0, 0.15), (0.0, 0.0, 0.1), (0.2, 0.0, 0.15))
    _, level, findings = as_pictured(field, THRESHOLD, SURE, one, extract)
    assert level == findings.result.lowered_to
    assert 0.2 < level < 0.31
    assert findings.result.pieces == 1
    _, level, findings = as_pictured(field, Threshold(0.5, fixed=True), SURE, one, extract)
    assert level == 0.5
    assert findings.result.pieces == 2
    assert "2 pieces, but the picture shows 1" in findings.result.verdict


def test_pieces_that_the_picture_shows_apart_stay_apart():
    field = balls((-0.25, 0.0, 0.0), (0.25, 0.0, 0.0))
    mesh, level, findings = as_pictured(field, THRESHOLD, SURE, view((-0.25, 0.0, 0.15), (0.25, 0.0, 0.15)), extract)
    result = findings.result
    assert level == 0.5
    assert (result.pieces, result.things, result.dropped) == (2, 2, 0)
    assert np.abs(mesh.vertices[:, 0]).max() > 0.3
    assert "rough solid" in result.verdict


def test_without_a_view_nothing_is_changed_and_the_expectation_is_told():
    _, _, findings = as_pictured(balls((0.0, 0.0, 0.0)), THRESHOLD, torch.full((10,), 0.01), None, extract)
    assert findings.colored is None
    assert findings.result.outline is None
    assert "0.50" in str(findings.result)


@pytest.mark.parametrize(("pieces", "words"), [(3, "3 pieces, but the picture shows 1"), (1, "rough solid")])
def test_a_solid_in_pieces_is_called_so(pieces: int, words: str):
    result = PhotoResult(0.6, pieces, 1, 0.9, 0.2, 1)
    assert words in result.verdict
    assert "lowered to 0.20, for the picture shows one; 1 that the picture does not show left out" in str(result)
    assert "guess" in PhotoResult(0.2, 1, 1, 0.9, None, 0).verdict
