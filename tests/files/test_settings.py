"""The authors' settings files: read as plain values, or refused with the line."""

from __future__ import annotations

from pathlib import Path

import pytest

from occnet.errors import FileError
from occnet.files.settings import read_settings

AUTHORS = """\
inherit_from: configs/default.yaml
data:
  classes: null
  path: data/ShapeNet   # where it lies
  padding: 0.1
  pointcloud_n: 3000
model:
  encoder: pointnet_local_pool
  encoder_kwargs:
    hidden_dim: 32
    plane_type: ['xz', 'xy', 'yz']
    plane_resolution: 64
    unet: True
    unet_kwargs:
      depth: 4
      merge_mode: concat
  decoder: simple_local
  c_dim: 32
training:
  learning_rate: 0.0001
  empty: {}
  metrics:
  - iou
  - loss
test: "a: b"
"""


def test_an_authors_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(AUTHORS)
    found = read_settings(tmp_path / "a.yaml")
    assert found["data"] == {"classes": None, "path": "data/ShapeNet", "padding": 0.1, "pointcloud_n": 3000}
    kwargs = found["model"]["encoder_kwargs"]
    assert kwargs["plane_type"] == ["xz", "xy", "yz"]
    assert kwargs["unet"] is True
    assert kwargs["unet_kwargs"] == {"depth": 4, "merge_mode": "concat"}
    assert found["model"]["c_dim"] == 32
    assert found["training"] == {"learning_rate": 1e-4, "empty": {}, "metrics": ["iou", "loss"]}
    assert found["test"] == "a: b"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("just words\n", "holds no settings"),
        ("- 1\n- 2\n", "holds no settings"),
        ("# nothing\n", "holds no settings"),
        ("a:\n\tb: 3\n", "no valid YAML .line 2"),
        ("a:\n    b: 1\n  c: 2\n", "no valid YAML .line 3"),
        ("a: !!python/object/apply:os.getcwd []\n", "no valid YAML .line 1"),  # never run
        ("[" * 100_000, "no valid YAML"),
        ("a: 2020-13-45\n", "has a value that is none"),
        ("a: " + "9" * 5000, "has a value that is none"),
        ("a: !!float x\n", "has a value that is none"),
        ("? [a]\n: b\n", "no valid YAML .line 1"),
        ("a: " + "x" * (1 << 17), "more than 128 KiB"),
        ("a: &one [1]\nb: *one\n", "no valid YAML .line 2"),
        (
            "a0: &a0 {k: 1}\n" + "".join(f"a{i + 1}: &a{i + 1} {{<<: [*a{i}, *a{i}]}}\n" for i in range(60)),
            "no valid YAML .line 2",
        ),
    ],
)
def test_anything_else_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    (tmp_path / "a.yaml").write_text(text)
    with pytest.raises(FileError, match=reason) as caught:
        read_settings(tmp_path / "a.yaml")
    assert "a.yaml" in str(caught.value)


def test_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"\xff\xfe\x00binary")
    with pytest.raises(FileError, match="no text"):
        read_settings(tmp_path / "a.yaml")
