"""Models leave: what is written answers as the network does, in another program, for observations of other sizes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from occnet.errors import FileError, ModelError
from occnet.networks.checkpoint import load_model, save_model, shipped_models
from occnet.networks.portable.portable_network import portable, sample_observation
from occnet.networks.registry import build_network
from occnet.pipeline.exporting import OPSET, _runner, export_model
from occnet.recipe import read_recipe
from tests.networks.small_networks import SMALL_ENCODERS, recipe

ROOT = Path(__file__).parents[2]
SMALL = {"points": ("neighbourhood_grid", "nearest_points"), "image": ("resnet_pixels", "pixel_features")}
SMALL |= {"voxels": ("voxel_convolutions", "conditional_batch_norm")}
READS = [pytest.param("points", marks=pytest.mark.slow), pytest.param("image", marks=pytest.mark.slow), "voxels"]
OBSERVATIONS = 8
CODE_NAMES = {  # of the tensors of a code, by the encoder; docs/see_and_share.md tells them
    "neighbourhood_grid": ["code_points", "code_spacing", "code_features", "code_grid"],
    "voxel_surface": ["code_points", "code_spacing", "code_features", "code_grid"],
    "visible_surface": ["code_points", "code_spacing", "code_features", "code_grid"],
    "resnet_pixels": ["code_code", "code_map", "code_view"],
    "whole_picture": ["code_map", "code_colors"],
    **{name: ["code_code"] for name in ("residual_pointnet", "resnet", "voxel_convolutions")},
}


def different_networks() -> list[str]:
    """Of the recipes whose networks can be exported, one for each encoder with its decoder and the form of its code."""
    found: dict[object, str] = {}
    for path in sorted((ROOT / "occnet" / "recipes").glob("*.toml")):
        tables = read_recipe(path)
        encoder = tables["encoder"]
        if encoder["name"] not in ("nothing", "index_embedding"):
            form = (encoder["name"], tuple(encoder.get("features", ())), tables["decoder"]["name"])
            found.setdefault(form, path.stem)
    return list(found.values())


def small_model(folder: Path, tables: dict[str, Any]) -> Path:
    """An untrained model in a folder, whose every weight has a part in its answer."""
    torch.manual_seed(0)
    network = build_network(tables)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.005 * torch.randn_like(parameter))  # more, and rounding grows from layer to layer
    save_model(folder, network)
    return folder


def largest_difference(model: str, encoder: Path, decoder: Path, observations: int, points: tuple[int, ...] = (600,)) -> float:
    """Of the logits of what was written from those of the module, over observations at random, as a part of the largest."""
    network = load_model(model)
    encode, decode = portable(network)
    run_encoder, run_decoder = _runner(encoder), _runner(decoder)
    differences = []
    for seed in range(observations):
        observation = sample_observation(network, seed, points[seed % len(points)])
        queries = torch.rand(1, 200 + seed, 3, generator=torch.Generator().manual_seed(seed)) - 0.5
        (found,) = run_decoder(queries.numpy(), *run_encoder(observation.numpy()))
        expected = decode(queries, *encode(observation)).numpy()
        differences.append(np.abs(found - expected).max() / max(1.0, np.abs(expected).max()))
    return float(max(differences))


@pytest.mark.parametrize("reads", READS)
def test_torch_programs_answer_as_the_network_does(reads: str, tmp_path: Path):
    model = small_model(tmp_path / "model", recipe(*SMALL[reads]))
    made = export_model(str(model), tmp_path / "net.pt2", "torch")
    assert [made.encoder.name, made.decoder.name] == ["net_encoder.pt2", "net_decoder.pt2"]
    assert largest_difference(str(model), made.encoder, made.decoder, OBSERVATIONS, (600, 257)) < 1e-4


@pytest.mark.parametrize("reads", READS)
def test_onnx_answers_as_the_network_does(reads: str, tmp_path: Path):
    onnx = pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")
    pytest.importorskip("onnxscript")
    model = small_model(tmp_path / "model", recipe(*SMALL[reads]))
    made = export_model(str(model), tmp_path / "net.onnx")
    assert largest_difference(str(model), made.encoder, made.decoder, OBSERVATIONS, (600, 257)) < 1e-4
    written = onnx.load(made.decoder)
    codes = CODE_NAMES[SMALL[reads][0]]
    assert [one.name for one in onnx.load(made.encoder).graph.input] == ["observation"]
    assert [one.name for one in onnx.load(made.encoder).graph.output] == codes
    assert [one.name for one in written.graph.input] == ["queries", *codes]
    assert [one.name for one in written.graph.output] == ["logits"]
    assert [entry.version for entry in written.opset_import if entry.domain == ""] == [OPSET]
    facts = {entry.key: json.loads(entry.value) for entry in written.metadata_props}
    assert facts["threshold"] == 0.5
    assert facts["bounds"] == [[-0.55] * 3, [0.55] * 3]


@pytest.mark.slow
@pytest.mark.parametrize("name", different_networks())
def test_the_network_of_every_recipe_has_the_names_that_the_page_tells(name: str, tmp_path: Path):
    onnx = pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")
    pytest.importorskip("onnxscript")
    tables = read_recipe(ROOT / "occnet" / "recipes" / f"{name}.toml")
    encoder, decoder = dict(tables["encoder"]), tables["decoder"]
    small = SMALL_ENCODERS[encoder["name"]]
    encoder |= {key: value for key, value in small.items() if key != "features"}
    model = small_model(tmp_path / "model", {"encoder": encoder, "decoder": decoder})
    made = export_model(str(model), tmp_path / "net.onnx")
    assert largest_difference(str(model), made.encoder, made.decoder, 2, (257, 100)) < 1e-4
    codes = CODE_NAMES.get(encoder["name"]) or [f"code_{feature}" for feature in encoder["features"]]
    graphs = [onnx.load(path).graph for path in (made.encoder, made.decoder)]
    names = [([one.name for one in graph.input], [one.name for one in graph.output]) for graph in graphs]
    assert names == [(["observation"], codes), (["queries", *codes], ["logits"])]
    page = (ROOT / "docs" / "see_and_share.md").read_text(encoding="utf-8")
    assert all(f"`{told}`" in page for told in ("observation", "queries", "logits", *codes))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["points", "image", "voxels"])
def test_shipped_models_answer_as_in_torch_on_a_hundred_observations(name: str, tmp_path: Path):
    if name not in shipped_models():
        pytest.skip(f"the model {name} is not in this checkout")
    pytest.importorskip("onnxruntime")
    pytest.importorskip("onnxscript")
    made = export_model(name, tmp_path / "net.onnx")
    assert largest_difference(name, made.encoder, made.decoder, 100, (60, 200)) < 1e-3


def test_what_cannot_be_written_is_said(tmp_path: Path):
    with pytest.raises(FileError, match=r"so a \.onnx file"):
        export_model("points", tmp_path / "net.pt2")
    with pytest.raises(ModelError, match="There is no model none"):
        export_model("none", tmp_path / "net.onnx")
