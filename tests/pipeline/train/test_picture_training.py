"""Photos of procedural things train a network, which then reads a photo from a file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from occnet.cli import main
from occnet.data.photos.photographed_split import PhotographedSplit
from occnet.data.photos.pictures_config import PicturesConfig
from occnet.errors import ModelError, RecipeError
from occnet.files import read_mesh
from occnet.files.images import read_image
from occnet.inference.ensemble import mean_field
from occnet.networks.checkpoint import load_model
from occnet.networks.registry import build_network
from occnet.observations.kinds import kind_named
from occnet.observations.reading_options import ReadingOptions
from occnet.pipeline.reconstruct.reconstruct import reconstruct
from occnet.pipeline.train.config import recipe_of
from occnet.pipeline.train.train import train
from occnet.pipeline.train.training_data import open_training_data
from occnet.recipe import to_toml
from tests.networks.small_networks import SMALL_ENCODERS

pytest.importorskip("embreex", reason="Embree is not available on this platform")

PICTURES = {"cells": 32, "views": 2, "uniform_queries": 64, "near_queries": 64}


def tables(**training: Any) -> dict[str, Any]:
    few = {"steps": 1, "batch_size": 2, "validation_shapes": 1, "validation_queries": 256, "pictures": 0, "loggers": []}
    return {
        "data": {"datasets": ["procedural"], "shares": [1.0], "validation": "procedural"},
        "pictures": dict(PICTURES),
        "encoder": {"name": "visible_surface", **SMALL_ENCODERS["visible_surface"]},
        "decoder": {"name": "nearest_points"},
        "loss": {"name": "pixel_truth"},
        "training": few | training,
    }


def test_it_is_trained_and_reads_a_photo(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "recipe.toml").write_text(to_toml(tables()))
    train(tmp_path / "recipe.toml", tmp_path / "run", device="cpu")
    assert "[pictures]" in (tmp_path / "run" / "recipe.toml").read_text()
    photo = PhotographedSplit("test", PicturesConfig(cells=32)).sample(1, 64, np.random.default_rng(0)).observation
    Image.fromarray(np.rint(255 * photo.transpose(1, 2, 0)).astype(np.uint8)).save(tmp_path / "thing.png")
    network = load_model(str(tmp_path / "run" / "model"))
    seen = kind_named("image").observed(read_image(tmp_path / "thing.png"), network.reader, ReadingOptions())
    assert len(seen.readings) == 4
    places = torch.rand(500, 3, generator=torch.Generator().manual_seed(0)) - 0.5
    logits = mean_field(network, seen.readings)(places)
    halfway = float(logits.median().sigmoid())  # one step teaches nothing, but at this probability there is a surface
    command = ["reconstruct", str(tmp_path / "thing.png"), "-o", str(tmp_path / "thing.ply"), "--json"]
    capsys.readouterr()
    main([*command, "--model", str(tmp_path / "run" / "model"), "--resolution", "16", "--threshold", f"{halfway}"])
    told = json.loads(capsys.readouterr().out)
    assert 0.0 < told["photo"]["expected_iou"] < 1.0
    assert told["photo"]["pieces"] == told["certificate"]["components"]
    mesh = read_mesh(tmp_path / "thing.ply")
    assert mesh.colors is not None
    assert len(mesh.faces) > 20
    assert np.abs(mesh.vertices).max() <= 0.5501  # the padded cube


def whole(**training: Any) -> dict[str, Any]:
    made = tables(**training)
    made["whole_pictures"] = made.pop("pictures") | {"pool": 2, "uses": 2}
    made["encoder"] = {"name": "whole_picture", **SMALL_ENCODERS["whole_picture"]}
    return made | {"decoder": {"name": "picture_places"}, "loss": {"name": "cross_entropy"}}


def test_a_network_that_cuts_out_is_trained_on_whole_pictures_and_makes_no_solid_itself(tmp_path: Path):
    (tmp_path / "recipe.toml").write_text(to_toml(whole()))
    train(tmp_path / "recipe.toml", tmp_path / "run", device="cpu")
    assert "[whole_pictures]" in (tmp_path / "run" / "recipe.toml").read_text()
    network = load_model(str(tmp_path / "run" / "model"))
    assert network.field(torch.rand(3, 64, 96))(torch.zeros(5, 3)).shape == (5,)
    with pytest.raises(ModelError, match="multiples of 32"):
        network.field(torch.rand(3, 60, 96))
    Image.new("RGB", (64, 64)).save(tmp_path / "thing.png")
    with pytest.raises(ModelError, match="reads picture"):
        reconstruct(tmp_path / "thing.png", model=network)


def test_what_does_not_go_with_whole_pictures_is_refused():
    for table, change, message in (
        ("encoder", {"name": "visible_surface"}, "whole_picture"),
        ("loss", {"name": "near_surface"}, "distances"),
        ("data", {"datasets": ["procedural"], "shares": [1.0], "validation": "pictures"}, "validation"),
    ):
        made = whole() | {table: change}
        made["decoder"] = {"name": "nearest_points"} if table == "encoder" else made["decoder"]
        recipe = recipe_of(made, "the recipe")
        with pytest.raises(RecipeError, match=message):
            open_training_data(recipe, build_network(recipe.network))


@pytest.mark.parametrize(
    ("table", "change", "message"),
    [
        ("data", {"datasets": ["procedural", "more"], "shares": [1.0, 1.0]}, "datasets"),
        ("encoder", {"name": "resnet"}, "visible_surface"),
        ("loss", {"name": "near_surface"}, "distances"),
    ],
)
def test_what_does_not_go_with_pictures_is_refused(table: str, change: dict[str, Any], message: str):
    made = tables()
    made[table] = change if table != "data" else made[table] | change
    if table == "encoder":
        made["decoder"] = {"name": "concatenation"}
    recipe = recipe_of(made, "the recipe")
    with pytest.raises(RecipeError, match=message):
        open_training_data(recipe, build_network(recipe.network))


def test_there_is_one_way_to_make_samples():
    with pytest.raises(RecipeError, match=r"\[samples\] and \[pictures\]"):
        recipe_of({**tables(), "samples": {}}, "the recipe")
