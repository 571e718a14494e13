"""The list of models: shipped ones, one's own, and broken ones with what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from occnet.errors import FileError
from occnet.networks.checkpoint import load_model, save_model, shipped_models
from occnet.pipeline.models import list_models


def test_shipped_models_are_listed_as_they_are() -> None:
    found = {model.name: model for model in list_models()}
    assert sorted(found) == shipped_models()
    points = found["points"]
    network = load_model("points")
    assert points.reads == network.reads == "points"
    assert points.parameters == sum(value.numel() for value in network.state_dict().values())
    assert 1.0 < points.megabytes < 15.0
    assert points.about.endswith(".")
    assert "reads points" in str(points)
    assert "draws new shapes" in str(found["generate"])


def test_own_models_come_with_their_score_and_broken_ones_with_their_fault(tmp_path: Path) -> None:
    save_model(tmp_path / "run" / "best", load_model("generate"), half=True)
    (tmp_path / "run" / "validation.csv").write_text("step,points,iou,threshold\n500,300,0.5,0.2\n1000,300,0.75,0.2\n")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "model.safetensors").write_bytes(b"nothing")
    broken, own = list_models([tmp_path])[-2:]
    assert own.name == str(tmp_path / "run" / "best")
    assert own.about == "best validation IoU 0.7500, step 1,000"
    assert broken.problem
    assert "cannot be used" in str(broken)
    with pytest.raises(FileError, match="no folder"):
        list_models([tmp_path / "missing"])
