"""Files of weights that others wrote: read within limits, or refused with what is wrong with them."""

from __future__ import annotations

import io
import pickle
import zipfile
from pathlib import Path

import pytest
import torch

from occnet.errors import FileError, ModelError
from occnet.networks.weight_files import plain_weights, read_torch_file


def test_plain_tensors_are_read(tmp_path: Path) -> None:
    torch.save({"a": torch.arange(3)}, tmp_path / "a.pt")
    assert plain_weights(tmp_path / "a.pt")["a"].tolist() == [0, 1, 2]


def test_what_unpacks_to_too_much_is_refused_before_it_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.BytesIO()
    torch.save({"a": torch.zeros(1_000_000)}, stream)
    with zipfile.ZipFile(stream) as plain, zipfile.ZipFile(tmp_path / "a.pt", "w", zipfile.ZIP_DEFLATED) as packed:
        for member in plain.infolist():
            packed.writestr(member.filename, plain.read(member))
    assert (tmp_path / "a.pt").stat().st_size < 20_000
    monkeypatch.setenv("OCCNET_READ_LIMIT", "0.001")
    with pytest.raises(FileError, match=r"would fill 0\.0 GiB of memory with its tensors"):
        read_torch_file(tmp_path / "a.pt")


def test_a_length_beyond_all_memory_is_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in the pickle of an earlier form, whose texts say how long they are."""
    (tmp_path / "a.pt").write_bytes(pickle.dumps([1]))

    def load(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr(torch, "load", load)
    with pytest.raises(ModelError, match=r"a\.pt takes more memory than there is, or is damaged"):
        read_torch_file(tmp_path / "a.pt")
