"""The authors' checkpoints, through the import command: the same codes, latent codes and logits as their code gives."""

from __future__ import annotations

import json
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from occnet.errors import FileError, ModelError
from occnet.networks.checkpoint import load_model
from occnet.networks.occupancy_network import OccupancyNetwork
from occnet.pipeline.importing import import_checkpoint

REFERENCE = Path(__file__).parent / "reference"
FORMS = {
    "onet/pointcloud": "points",
    "onet/image": "image",
    "onet/voxels": "voxels",
    "onet/unconditional": "nothing",
    "convonet/pointcloud_3plane": "points",
    "convonet/pointcloud_grid32": "points",
}


def reference_state(form: str) -> dict[str, torch.Tensor]:
    """The weights of a published form, by the rule of the reference's README."""
    state = {}
    for key, (shape, dtype) in json.loads(_file(form, "json").read_text()).items():
        x = np.random.Generator(np.random.PCG64(zlib.crc32(key.encode()))).standard_normal(shape).astype("float32")
        if dtype == "int64":
            x = np.zeros(shape, dtype=np.int64)
        elif key.endswith("running_var"):
            x = 0.5 + np.abs(x)
        elif key.endswith("running_mean"):
            x = 0.1 * x
        elif len(shape) <= 1:
            x = (1.0 + 0.1 * x) if key.endswith("weight") or "conv_gamma.bias" in key else 0.1 * x
        else:
            x = x / np.float32(np.sqrt(np.prod(shape[1:])))
        state[key] = torch.from_numpy(np.asarray(x))
    return state


def checkpoint(path: Path, state: dict[str, torch.Tensor], **entries: Any) -> Path:
    torch.save({"model": state, "optimizer": {"state": {}}, "epoch_it": 3, "it": 7, "loss_val_best": 0.5, **entries}, path)
    return path


def imported(form: str, folder: Path, **changes: torch.Tensor) -> OccupancyNetwork:
    import_checkpoint(checkpoint(folder / "model.pt", reference_state(form) | changes), folder / "model")
    return load_model(folder / "model")


def answers(form: str) -> dict[str, torch.Tensor]:
    with np.load(_file(form, "npz")) as arrays:
        found = {name: torch.from_numpy(arrays[name]) for name in arrays}
    if form == "onet/image":  # too large to be kept
        found["inputs"] = torch.from_numpy(np.random.default_rng(0).random((1, 3, 224, 224), dtype=np.float32))
    return found


def _file(form: str, suffix: str) -> Path:
    return REFERENCE / f"{form.replace('/', '_')}.{suffix}"


def assert_within(found: torch.Tensor, expected: torch.Tensor, share: float = 1e-4) -> None:
    """The largest difference, relative to the largest value."""
    assert found.shape == expected.shape
    assert float((found - expected).abs().max() / expected.abs().max()) < share


@pytest.mark.parametrize("form", [form for form, reads in FORMS.items() if reads != "nothing"])
def test_an_imported_network_answers_as_the_authors_code(form: str, tmp_path: Path) -> None:
    network = imported(form, tmp_path)
    expected = answers(form)
    assert network.reads == FORMS[form]
    with torch.no_grad():
        if "code" in expected:
            assert_within(network.encoder(expected["inputs"]), expected["code"])
        assert_within(network(expected["inputs"], expected["points"]), expected["logits"])
    assert_within(network.field(expected["inputs"][0])(expected["points"][0]), expected["logits"][0])


def test_an_imported_generative_network_answers_as_the_authors_code(tmp_path: Path) -> None:
    network = imported("onet/unconditional", tmp_path)
    expected = answers("onet/unconditional")
    assert network.reads == "nothing"
    posterior = network.posterior(expected["points"][0], expected["inside"][0])
    assert_within(posterior.mean, expected["posterior_mean"])
    assert_within(posterior.stddev, expected["posterior_std"])
    assert_within(network.field_of_code(expected["z"])(expected["points"][0]), expected["logits"][0])


def test_what_does_not_fit_is_said(tmp_path: Path) -> None:
    state = reference_state("onet/unconditional")
    lacking = {key: value for key, value in state.items() if key != "decoder.block2.fc_1.bias"}
    with pytest.raises(ModelError, match=r"decoder\.blocks\.2\.fc_1\.bias is missing"):
        import_checkpoint(checkpoint(tmp_path / "a.pt", lacking), tmp_path / "out")
    with pytest.raises(ModelError, match=r"fc_out\.weight has shape \(1, 64\) instead of \(1, 128\)"):
        import_checkpoint(
            checkpoint(tmp_path / "b.pt", state | {"decoder.fc_out.weight": torch.zeros(1, 64)}), tmp_path / "out"
        )
    with pytest.raises(ModelError, match=r"encoder is not|encoder that is not among"):
        import_checkpoint(checkpoint(tmp_path / "c.pt", state | {"encoder.strange.weight": torch.zeros(3)}), tmp_path / "out")
    with pytest.raises(ModelError, match="decoder that is not among"):
        import_checkpoint(checkpoint(tmp_path / "d.pt", {"fc.weight": torch.zeros(3)}), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_no_file_is_run_to_be_read(tmp_path: Path) -> None:
    path = checkpoint(tmp_path / "model.pt", {}, optimizer=Path("an object"))
    with pytest.raises(ModelError, match="never loaded"):
        import_checkpoint(path, tmp_path / "out")
    (tmp_path / "noise.pt").write_bytes(np.random.default_rng(0).bytes(1000))
    with pytest.raises(ModelError, match=r"noise\.pt"):
        import_checkpoint(tmp_path / "noise.pt", tmp_path / "out")
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(ModelError, match=r"model\.pt"):
        import_checkpoint(path, tmp_path / "out")
    with pytest.raises(FileError, match="no file"):
        import_checkpoint(tmp_path / "none.pt", tmp_path / "out")
    torch.save([1, 2], tmp_path / "list.pt")
    with pytest.raises(ModelError, match="no entry 'model'"):
        import_checkpoint(tmp_path / "list.pt", tmp_path / "out")
