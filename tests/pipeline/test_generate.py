"""Drawing shapes: one file a seed, the same seed the same shape, and plain words where nothing comes of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from occnet.cli import main
from occnet.errors import ModelError, OccnetError
from occnet.field import Sphere
from occnet.files import read_mesh
from occnet.networks.checkpoint import save_model, shipped_models
from occnet.networks.occupancy_network import OccupancyNetwork
from occnet.networks.registry import build_network
from occnet.pipeline.generate import DRAWN, generate
from occnet.pipeline.generate_options import GenerateOptions

RECIPE = {
    "encoder": {"name": "nothing"},
    "decoder": {"name": "conditional_batch_norm", "hidden_channels": 16},
    "latent": {"latent_channels": 8, "hidden_channels": 16},
}


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A generative model on disk whose draws are balls; that of seed 2 is empty."""
    torch.manual_seed(0)
    save_model(tmp_path / "model", build_network(RECIPE))

    def ball(self: OccupancyNetwork, seed: int) -> Sphere:
        return Sphere(0.2 + 0.1 * seed if seed != 2 else -1.0)

    monkeypatch.setattr(OccupancyNetwork, "sample_field", ball)
    return str(tmp_path / "model")


def test_each_seed_is_one_file_with_its_shape(tmp_path: Path, model: str) -> None:
    made = generate(model, tmp_path / "ball.ply", GenerateOptions(count=2, resolution=32))
    assert [shape.path.name for shape in made] == ["ball-0.ply", "ball-1.ply"]
    for shape, radius in zip(made, (0.2, 0.3), strict=True):
        assert shape.certificate is not None
        assert shape.certificate.ok
        assert read_mesh(shape.path).volume == pytest.approx(4 / 3 * torch.pi * radius**3, rel=0.02)
    (only,) = generate(model, tmp_path / "one.obj", GenerateOptions(seed=1, resolution=32))
    assert only.path == tmp_path / "one.obj"
    assert read_mesh(only.path).volume == pytest.approx(read_mesh(made[1].path).volume, rel=1e-4)


def test_an_empty_draw_is_told_and_the_others_are_written(
    tmp_path: Path, model: str, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = [model, "-o", str(tmp_path / "ball.ply"), "--count", "3", "--resolution", "24"]
    assert main(["generate", *arguments]) == 1
    assert "ball-2.ply: nothing solid was drawn" in capsys.readouterr().out
    assert sorted(path.name for path in tmp_path.glob("*.ply")) == ["ball-0.ply", "ball-1.ply"]


def test_the_way_between_two_shapes(tmp_path: Path, model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The code is the ball's radius here, so that the volumes are those of the mean radii."""
    monkeypatch.setattr(OccupancyNetwork, "sample_code", lambda self, seed: torch.tensor([[0.2 + 0.1 * seed]]))
    monkeypatch.setattr(OccupancyNetwork, "field_of_code", lambda self, code: Sphere(float(code)))
    made = generate(model, tmp_path / "way.ply", GenerateOptions(seed=0, towards=2, count=3, resolution=32))
    assert [shape.path.name for shape in made] == ["way-0.ply", "way-1.ply", "way-2.ply"]
    for shape, radius in zip(made, (0.2, 0.3, 0.4), strict=True):
        assert read_mesh(shape.path).volume == pytest.approx(4 / 3 * torch.pi * radius**3, rel=0.03)
    with pytest.raises(OccnetError, match="at least 2 steps"):
        GenerateOptions(towards=1)


SHIPPED_MODELS = ("generate", "generate_vessels")
REASON = "the weights of the generative models are not in this checkout"


@pytest.mark.skipif(not set(SHIPPED_MODELS) <= set(shipped_models()), reason=REASON)
@pytest.mark.parametrize("name", SHIPPED_MODELS)
def test_the_shipped_models_draw_closed_solids_that_differ(tmp_path: Path, name: str) -> None:
    """Shapes as they were in training: as large as the unit cube, neither full nor empty, each another one."""
    made = generate(name, tmp_path / "shape.ply", GenerateOptions(count=4, resolution=40))
    volumes = []
    for shape in made:
        assert shape.certificate is not None
        assert shape.certificate.ok
        low, high = read_mesh(shape.path).bounds
        assert 0.75 < (high - low).max() < 1.1
        volumes.append(shape.certificate.volume)
    assert 0.01 < min(volumes) < max(volumes) < 0.8
    assert max(volumes) > 1.05 * min(volumes)


@pytest.mark.skipif(not set(SHIPPED_MODELS) <= set(shipped_models()), reason=REASON)
def test_cars_are_drawn_where_no_model_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Long, and neither high nor wide, the way from one to another as well; and the same as by name."""
    way = ["--seed", "0", "--towards", "5", "--count", "3", "--resolution", "32"]
    assert main(["generate", "-o", str(tmp_path / "way.ply"), *way]) == 0
    assert capsys.readouterr().out.count("volume") == 3
    for step in range(3):
        along, up, across = np.ptp(read_mesh(tmp_path / f"way-{step}.ply").bounds, axis=0)
        assert 0.85 < along < 1.1
        assert 0.2 < up < 0.65
        assert 0.25 < across < 0.65
    assert main(["generate", "generate", "-o", str(tmp_path / "named.ply"), "--seed", "5", "--resolution", "32"]) == 0
    assert (tmp_path / "named.ply").read_bytes() == (tmp_path / "way-2.ply").read_bytes()


def test_what_can_be_drawn_is_listed_and_called_by_what_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["generate"]) == 0
    listed = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in listed] == list(DRAWN)
    assert set(DRAWN.values()) == set(SHIPPED_MODELS)
    for asked in ("vessel", "generate_vessels"):
        generate(asked, tmp_path / f"{asked}.ply", GenerateOptions(resolution=16))
    assert (tmp_path / "vessel.ply").read_bytes() == (tmp_path / "generate_vessels.ply").read_bytes()
    with pytest.raises(ModelError, match="draws 'chair'; those that come with the package draw: car, vessel"):
        generate("chair", tmp_path / "a.ply", GenerateOptions())


def test_other_models_and_wrong_numbers_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no latent code to draw from"):
        generate("points", tmp_path / "a.ply", GenerateOptions())
    with pytest.raises(OccnetError, match="at least 1"):
        GenerateOptions(count=0)
