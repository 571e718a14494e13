"""The finder tells the network's answer at the pixels, looks nearer at what is small, and believes only what is sure."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
import torch
from PIL import Image

from occnet.data.photos.photographed_split import PhotographedSplit
from occnet.data.photos.whole_pictures import GROUNDS, WholePictures
from occnet.data.photos.whole_pictures_config import WholePicturesConfig
from occnet.errors import PictureError
from occnet.files.cutouts.thing_in_picture import thing_in
from occnet.inference.thing_finder import ThingFinder, found_in
from occnet.networks.checkpoint import load_model, shipped_models


class RedIsTheThing:
    """Stands for a network: a place is inside where its picture is red, by so many logits."""

    threshold = 0.5
    reader = SimpleNamespace(size=64)

    def __init__(self, logits: float = 6.0) -> None:
        self.logits = logits
        self.seen: list[tuple[int, ...]] = []

    def field(self, picture: torch.Tensor) -> Any:
        self.seen.append(tuple(picture.shape))
        red = (picture[0] - picture[1] - 0.5).unsqueeze(0).unsqueeze(0)

        def at(points: torch.Tensor) -> torch.Tensor:
            places = (points[:, :2] * torch.tensor([2.0, -2.0])).view(1, 1, -1, 2)
            value = torch.nn.functional.grid_sample(red, places, padding_mode="border", align_corners=False)
            return 2.0 * self.logits * value.reshape(-1)

        return at


def picture(top: int, left: int, height: int = 40, width: int = 60) -> np.ndarray:
    """A red box in noise, (200, 300, 3)."""
    pixels = np.random.default_rng(0).integers(100, 140, (200, 300, 3)).astype(np.uint8)
    pixels[top : top + height, left : left + width] = (255, 0, 0)
    return pixels


def test_the_thing_is_found_where_it_is_and_looked_at_twice_where_it_is_small():
    network = RedIsTheThing()
    there, chance = found_in(cast(Any, network), picture(20, 200))
    true = np.zeros((200, 300), dtype=bool)
    true[20:60, 200:260] = True
    assert (there & true).sum() / (there | true).sum() > 0.9
    assert chance.shape == there.shape
    assert chance[true].mean() > 0.9
    assert chance[~true].mean() < 0.05
    assert network.seen == [(3, 32, 64), (3, 64, 64)]  # the second one is of about what was found
    large = RedIsTheThing()
    found_in(cast(Any, large), picture(10, 10, 180, 280))
    assert len(large.seen) == 1


def test_small_strays_are_left_out():
    pixels = picture(20, 200)
    pixels[180:188, 20:28] = (255, 0, 0)
    there, _ = found_in(cast(Any, RedIsTheThing()), pixels)
    assert not there[150:].any()
    assert there[25:55, 205:255].all()


def test_the_network_is_made_once_and_when_it_is_needed():
    made = []

    def load() -> Any:
        made.append(RedIsTheThing())
        return made[-1]

    finder = ThingFinder(load)
    assert not made
    for _ in range(2):
        assert finder(picture(20, 200))[0].any()
    assert len(made) == 1
    assert not finder(np.full((64, 64, 3), 120, dtype=np.uint8))[0].any()


@pytest.mark.skipif("cutout" not in shipped_models(), reason="the weights of the model 'cutout' are not in this checkout")
def test_the_shipped_model_finds_things_and_makes_none_of_grounds() -> None:
    pytest.importorskip("embreex", reason="Embree is not available on this platform")
    config = WholePicturesConfig(cells=48, nearest_crop=1.0, empty_share=0.0)
    made = WholePictures(PhotographedSplit("test", config), config, 1, 128, 0)
    alone = WholePictures(made.split, replace(config, empty_share=1.0), 1, 128, 0)
    finder, scores = ThingFinder(lambda: load_model("cutout")), []
    view = made.view(0)
    for number, kind in enumerate(GROUNDS):
        shown = made.picture(view, np.random.default_rng(number), kind)
        there, true = finder(shown.pixels)[0], shown.coverage > 0.5
        scores.append((there & true).sum() / (there | true).sum())
        for seed in range(2):
            ground = alone.picture(view, np.random.default_rng(100 * number + seed), kind)
            with pytest.raises(PictureError):
                thing_in(Image.fromarray(ground.pixels), None, finder)
    assert min(scores) > 0.6
