"""Bundles of meshes: every mesh is there, and arrays that do not fit together are told of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh

from occnet.data.mesh_files.bundles import MeshBundle
from occnet.data.sources import open_meshes
from occnet.errors import FileError


def bundle(path: Path, called: list[str], **changes: Any) -> Path:
    """Boxes of lengths 1, 2, ...; changes replace arrays."""
    boxes = [trimesh.creation.box((length + 1.0, 1.0, 1.0)) for length in range(len(called))]
    arrays = {
        "vertices": np.concatenate([made.vertices for made in boxes]),
        "faces": np.concatenate([made.faces for made in boxes]),
        "vertex_offsets": np.cumsum([0, *(len(made.vertices) for made in boxes)]),
        "face_offsets": np.cumsum([0, *(len(made.faces) for made in boxes)]),
        "names": np.array(called),
    }
    np.savez(path, allow_pickle=False, **(arrays | changes))
    return path


def lengths(path: Path) -> dict[str, float]:
    source = open_meshes(path)
    return {name: float(np.ptp(source.read_named(name).vertices[:, 0])) for name in source.names}


def test_several_meshes_of_one_name_are_all_kept(tmp_path: Path) -> None:
    made = bundle(tmp_path / "b.npz", ["chair", "chair", "chair (2)", "table", "chair"])
    assert lengths(made) == {"chair": 1.0, "chair (3)": 2.0, "chair (2)": 3.0, "table": 4.0, "chair (4)": 5.0}


def test_names_are_read_as_paths_however_they_are_written(tmp_path: Path) -> None:
    made = bundle(tmp_path / "b.npz", ["a//b/", "./c", "", "a/b"])
    assert lengths(made) == {"a/b": 1.0, "c": 2.0, "mesh": 3.0, "a/b (2)": 4.0}
    made = bundle(tmp_path / "bytes.npz", ["", ""], names=np.array([b"one", b"two"]))
    assert lengths(made) == {"one": 1.0, "two": 2.0}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"vertex_offsets": np.array([0, 8])}, "vertex_offsets must be 3 ascending whole numbers from 0 to its 16 vertices"),
        ({"vertex_offsets": np.array([1, 8, 16])}, "vertex_offsets must be"),
        ({"vertex_offsets": np.array([0, 8, 15])}, "vertex_offsets must be"),
        ({"vertex_offsets": np.array([0, 99, 16])}, "vertex_offsets must be"),
        ({"vertex_offsets": np.array([0, -8, 16])}, "vertex_offsets must be"),
        ({"vertex_offsets": np.array([0, 2**64 - 8, 16], dtype=np.uint64)}, "vertex_offsets must be"),
        (
            {"face_offsets": np.array([0.0, 12.0, 24.0])},
            "face_offsets must be 3 ascending .* 24 faces",
        ),
        ({"face_offsets": np.zeros((3, 1), dtype=int)}, "face_offsets must be"),
        ({"names": np.array([["a", "b"]])}, "names must be"),
        ({"names": np.array([1, 2])}, "names must be"),
        ({"vertices": np.zeros(48)}, r"vertices have the shape \(48,\)"),
        ({"vertices": np.full((16, 3), "0")}, "vertices have .* must be .* numbers"),
        ({"faces": np.zeros((24, 3))}, "faces have .* type float64, but must be .* whole numbers"),
        ({"faces": np.zeros((24, 4), dtype=int)}, r"faces have the shape \(24, 4\)"),
    ],
)
def test_arrays_that_do_not_fit_together_are_told_of(changes: dict[str, Any], message: str, tmp_path: Path) -> None:
    made = bundle(tmp_path / "b.npz", ["one", "two"], **changes)
    with pytest.raises(FileError, match=message):
        MeshBundle(made)


def test_a_bundle_that_unpacks_to_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OCCNET_READ_LIMIT", str(1 / 1024))
    for name, kind, vertices in (("a", np.uint8, 60_000), ("b", np.float64, 60_000), ("c", np.uint8, 600_000)):
        arrays = {"vertices": np.zeros((vertices, 3), kind), "faces": np.array([[0, 1, 2]])}
        np.savez_compressed(tmp_path / f"{name}.npz", allow_pickle=False, **arrays)
        with pytest.raises(FileError, match=r"would fill .* OCCNET_READ_LIMIT"):
            open_meshes(tmp_path / f"{name}.npz").read(0)
