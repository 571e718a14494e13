"""Whole pictures: the same for the same numbers, the thing where they say, and the same ground with or without it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from occnet.data.photos.photographed_split import PhotographedSplit
from occnet.data.photos.textured_ground import textured_ground
from occnet.data.photos.whole_pictures import GROUNDS, WholePictures
from occnet.data.photos.whole_pictures_config import WholePicturesConfig

pytest.importorskip("embreex", reason="Embree is not available on this platform")

SIZE = 48
SMALL = WholePicturesConfig(cells=32, views=2, uniform_queries=300, near_queries=300, pool=2, uses=2)


def pictures(config: WholePicturesConfig = SMALL) -> WholePictures:
    return WholePictures(PhotographedSplit("train", config), config, 2, SIZE, seed=3)


@pytest.fixture(scope="module")
def made() -> WholePictures:
    return pictures()


def test_each_step_can_be_made_again_whole_or_in_parts(made: WholePictures):
    whole, again = made.batch(5), pictures().batch(5, range(1, 2))
    for name in ("observation", "points", "inside"):
        assert torch.equal(getattr(whole, name)[1:], getattr(again, name)), name
    assert whole.observation.shape == (2, 3, SIZE, SIZE)
    assert whole.points.shape == (2, 600, 3)
    assert (whole.points[..., 2] == 0.0).all()
    assert whole.points.abs().max() <= 0.5


def test_a_place_is_inside_where_the_picture_is_covered(made: WholePictures):
    picture = made.picture(made.view(0), np.random.default_rng(1))
    sample = made.sample(picture, np.random.default_rng(2))
    assert 0.02 < (picture.coverage > 0.5).mean() < 0.98
    columns, rows = ((sample.points[:, :2] * [1.0, -1.0] + 0.5) * SIZE).astype(int).clip(0, SIZE - 1).T
    covered = picture.coverage[rows, columns]
    clear = (covered < 0.05) | (covered > 0.95)
    assert (sample.inside[clear] == (covered[clear] > 0.5)).mean() > 0.97  # places are read between pixels, too
    near = sample.inside[300:]
    assert 0.2 < near.mean() < 0.8  # those at the outline lie on both sides of it


def test_without_its_thing_a_picture_shows_the_ground_alone(made: WholePictures):
    view = made.view(1)
    alone = WholePictures(made.split, replace(SMALL, empty_share=1.0), 2, SIZE, seed=3)
    for number, kind in enumerate(GROUNDS):
        empty = alone.picture(view, np.random.default_rng(number), kind)
        assert not empty.coverage.any()
        assert not alone.sample(empty, np.random.default_rng(0)).inside.any()
    ground = textured_ground(len(view.coverage), np.random.default_rng(0))
    beside = view.coverage == 0.0
    lit = view.before(ground)[beside] / np.maximum(view.left_out(ground)[beside], 1e-6)
    assert (lit <= 1.0 + 1e-4).all()  # a shadow takes light and gives none
    assert np.abs(ground.backdrop - ground.backdrop.mean(axis=(0, 1))).max() > 0.02


def test_what_makes_no_sense_is_refused():
    with pytest.raises(ValueError, match="textured_share"):
        WholePicturesConfig(plain_share=0.5, gradient_share=0.4, textured_share=0.2)
    with pytest.raises(ValueError, match="nearest_crop"):
        WholePicturesConfig(nearest_crop=0.1)
