"""Photos of procedural things: the same for the same numbers, whole, and true at each pixel."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from occnet.data.photos.photo_picture import camera_grid
from occnet.data.photos.photographed_split import PhotographedSplit, PictureBatches, validation_photos
from occnet.data.photos.pictures_config import PicturesConfig
from occnet.errors import RecipeError
from occnet.files.images import OBJECT
from occnet.networks.codes.photo_code import places_of
from occnet.shapes import ShapeBatch

pytest.importorskip("embreex", reason="Embree is not available on this platform")

SIZE = 48
SMALL = PicturesConfig(cells=48, views=2, uniform_queries=200, near_queries=200)


@pytest.fixture(scope="module")
def split() -> PhotographedSplit:
    return PhotographedSplit("train", SMALL)


def test_each_step_can_be_made_again_whole_or_in_parts(split: PhotographedSplit):
    batches = PictureBatches(split, 2, SIZE, seed=3)
    whole, again = batches.batch(7), PictureBatches(PhotographedSplit("train", SMALL), 2, SIZE, seed=3).batch(7, range(1, 2))
    for name in ("observation", "points", "inside", "pixels", "view"):
        assert torch.equal(getattr(whole, name)[1:], getattr(again, name)), name
    assert whole.observation.shape == (2, 3, SIZE, SIZE)
    assert whole.pixels is not None
    assert whole.pixels.shape == (2, 6, SIZE // 2, SIZE // 2)
    assert not torch.equal(whole.pixels[0], whole.pixels[1])  # one thing from two sides


def test_a_mirrored_photo_is_true_of_the_mirrored_thing(split: PhotographedSplit):
    """As for the photo itself: where a pixel's ray meets what is true there, mirrored back, lies the surface."""
    config = replace(SMALL, mirrored=True)
    batches = PictureBatches(PhotographedSplit("train", config), 4, SIZE, seed=3)
    whole, part = batches.batch(7), PictureBatches(PhotographedSplit("train", config), 4, SIZE, seed=3).batch(7, range(1, 3))
    plain = PictureBatches(split, 4, SIZE, seed=3).batch(7)
    assert whole.pixels is not None
    assert whole.view is not None
    assert plain.view is not None
    assert torch.equal(whole.observation[1:3], part.observation)
    assert torch.equal(whole.observation[2], plain.observation[1])
    assert torch.equal(whole.view[::2], plain.view[:2])
    assert torch.equal(whole.observation[1], whole.observation[0].flip(-1))
    assert torch.equal(whole.inside[0], whole.inside[1])
    places = places_of(whole.points[:2], whole.view[:2])
    torch.testing.assert_close(places[0][:, 0], -places[1][:, 0])
    torch.testing.assert_close(places[0][:, 1], places[1][:, 1])
    normals = [row[3:, row[0] > 0.5].mean(dim=1) for row in (whole.pixels[0], whole.pixels[1])]
    torch.testing.assert_close(normals[0] * torch.tensor([-1.0, 1.0, 1.0]), normals[1])
    assert torch.equal(whole.pixels[0, :3], whole.pixels[1, :3].flip(-1))


def test_what_is_true_at_a_pixel_is_on_the_surface_and_the_labels_are_the_shape_s_own(split: PhotographedSplit):
    photo = split.photo(5, SIZE, np.random.default_rng(1))
    field = ShapeBatch(split._placed([5])).field(0)
    there, front, back = photo.targets[0].ravel() > 0.5, photo.targets[1].ravel(), photo.targets[2].ravel()
    assert 0.02 < there.mean() < 0.98
    assert (front[there] >= back[there]).all()
    camera, viewer = photo.view.camera(SIZE), photo.view.viewer
    origins, directions = camera.rays(2.0 * camera_grid(SIZE // 2, 1)[there])
    slant = directions @ -camera.axes[2]
    for towards in (front, back):
        depth = (1.0 / photo.view.nearness - towards[there]) * viewer.frame.scale
        places = origins + (depth / slant)[:, None] * directions
        assert np.abs(field(torch.from_numpy(places.astype(np.float32))).numpy()).mean() < 0.01  # half a cell
    sample = split.sample(5, SIZE, np.random.default_rng(1))
    own = torch.from_numpy(photo.view.viewer.to_own(sample.points).astype(np.float32))
    assert ((field(own).numpy() > 0.0) == (sample.inside > 0.5)).mean() > 0.99  # but for rounding at the surface
    assert 0.01 < sample.inside[200:].mean() < 0.99


def test_five_numbers_say_where_a_point_is_seen(split: PhotographedSplit):
    view = split.photo(2, SIZE, np.random.default_rng(4)).view
    points = np.random.default_rng(0).uniform(-0.5, 0.5, (50, 3))
    pixels, depth = view.camera(SIZE).project(view.viewer.to_own(points))
    scale, right, down, elevation, nearness = view.values.astype(np.float64)
    towards = points[:, 2] * np.cos(elevation) + points[:, 1] * np.sin(elevation)
    upward = points[:, 1] * np.cos(elevation) - points[:, 2] * np.sin(elevation)
    larger = np.exp(scale) / (1.0 - nearness * towards)
    expected = np.stack([right + larger * points[:, 0], down - larger * upward], axis=1)
    np.testing.assert_allclose(pixels * 2.0 / SIZE - 1.0, expected, atol=1e-5)
    np.testing.assert_allclose(view.towards(depth), towards, atol=1e-5)


def test_the_thing_is_whole_in_the_picture_and_cut_out_on_white(split: PhotographedSplit):
    for number in range(2):
        photo = split.photo(number, SIZE, np.random.default_rng(number))
        rows, columns = (np.flatnonzero(photo.coverage.any(axis=axis)) for axis in (1, 0))
        longest = max(len(rows), len(columns))
        assert SIZE / (1 + 2 * SMALL.margin_max) - 2 <= longest <= SIZE
        values = split.sample(number, SIZE, np.random.default_rng(number)).observation
        thing = (values < OBJECT / 255).any(axis=0)
        assert (values[:, ~thing] == 1.0).all()
        assert (thing == (photo.coverage > 0.5)).mean() > 0.9  # but at the outline


def test_elevation_and_lens_are_those_asked_for():
    asked = replace(SMALL, elevation_min=40.0, elevation_max=41.0, focal_min=24.0, focal_max=25.0, far_share=0.0)
    low = PhotographedSplit("train", asked)
    for number in range(3):
        values = low.photo(0, SIZE, np.random.default_rng(number)).view.values
        assert 40.0 <= np.degrees(values[3]) <= 41.0
        assert values[4] > 0.4  # near: a wide lens


def test_validation_is_the_same_at_every_call_and_of_other_shapes():
    one = validation_photos(PhotographedSplit("validation", SMALL), [4], SIZE, 100)
    two = validation_photos(PhotographedSplit("validation", SMALL), [4], SIZE, 100)
    train = validation_photos(PhotographedSplit("train", SMALL), [4], SIZE, 100)
    assert torch.equal(one.observation, two.observation)
    assert one.points.shape == (1, 100, 3)
    assert not torch.equal(one.inside, train.inside)


WRONG = [{"views": 0}, {"plain_share": 0.8, "gradient_share": 0.4}, {"elevation_min": 70.0}, {"jpeg_min": 0}]


@pytest.mark.parametrize("wrong", WRONG)
def test_a_table_that_makes_no_sense_is_refused(wrong: dict[str, Any]):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        PicturesConfig(**wrong)


def test_an_unknown_set_of_categories_is_named():
    with pytest.raises(RecipeError, match="thirteen"):
        PhotographedSplit("train", PicturesConfig(categories="fourteen"))
