"""Preparation: true labels, rejects with reasons, and going on after an interruption."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import trimesh

from occnet.data.shards import ShardedSplit, from_fixed
from occnet.data.splits import split_of
from occnet.errors import DatasetError, MeshError
from occnet.files import write_mesh
from occnet.mesh import Mesh
from occnet.pipeline.prepare import PrepareOptions, prepare_meshes, prepare_synthetic, sample_mesh

SMALL = PrepareOptions(uniform_points=8192, near_points=2048, surface_points=1024, shapes_per_shard=4, workers=1)


def box(edges: tuple[float, float, float]) -> Mesh:
    made = trimesh.creation.box(edges)
    return Mesh(made.vertices, made.faces)


def test_labels_and_surface_of_a_box_far_from_the_origin_are_exact() -> None:
    edges = np.array([4.0, 2.0, 1.0])
    mesh = box((4.0, 2.0, 1.0))
    samples = sample_mesh("box", mesh.with_vertices(1e3 * mesh.vertices + 1e6), SMALL)
    half = edges / 8
    for points, inside in ((samples.uniform, samples.uniform_inside), (samples.near, samples.near_inside)):
        depth = (half - np.abs(from_fixed(points))).min(axis=1)
        clear = np.abs(depth) > 1e-6
        assert np.array_equal(depth[clear] > 0, inside[clear])
    assert samples.uniform_inside.mean() * 1.1**3 == pytest.approx(np.prod(2 * half), rel=0.1)
    surface = from_fixed(samples.surface)
    on_face = np.abs(np.abs(surface) - half).argmin(axis=1)
    assert np.abs(np.abs(surface) - half).min(axis=1).max() < 5e-5
    rows = np.arange(len(surface))
    assert (samples.normals[rows, on_face] == np.sign(surface[rows, on_face]) * 127).all()


def test_an_open_mesh_is_rejected_with_the_reason() -> None:
    mesh = box((1.0, 1.0, 1.0))
    with pytest.raises(MeshError, match="open"):
        sample_mesh("lid off", Mesh(mesh.vertices, mesh.faces[2:]), SMALL)


def folder_of_boxes(folder: Path) -> list[str]:
    folder.mkdir()
    names = [f"box{number:02d}.ply" for number in range(24)]
    for number, name in enumerate(names):
        write_mesh(folder / name, box((1.0, 0.3 + 0.02 * number, 0.5)))
    (folder / "broken.ply").write_text("not a mesh")
    return names


def content(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_folder_becomes_a_dataset_and_an_interrupted_run_the_same_one(tmp_path: Path) -> None:
    names = folder_of_boxes(tmp_path / "meshes")
    done = prepare_meshes(tmp_path / "meshes", tmp_path / "whole", SMALL)
    assert done.shapes == len(names)
    assert [name for name, _ in done.rejected] == ["broken.ply"]
    assert "broken.ply" in (tmp_path / "whole" / "rejected.csv").read_text()
    train = ShardedSplit(tmp_path / "whole", "train")
    assert sorted(train.names) == [name for name in names if split_of(name) == "train"]

    prepare_meshes(tmp_path / "meshes", tmp_path / "cut", SMALL)
    first, *_, last = sorted((tmp_path / "cut" / "train").iterdir())
    shutil.rmtree(first)
    last.rename(last.with_name(last.name + ".partial"))  # as if stopped while writing
    again = prepare_meshes(tmp_path / "meshes", tmp_path / "cut", replace(SMALL, workers=2))
    assert again == done
    assert content(tmp_path / "cut") == content(tmp_path / "whole")


def test_other_options_do_not_mix_into_a_dataset(tmp_path: Path) -> None:
    folder_of_boxes(tmp_path / "meshes")
    prepare_meshes(tmp_path / "meshes", tmp_path / "data", SMALL)
    with pytest.raises(DatasetError, match="other options"):
        prepare_meshes(tmp_path / "meshes", tmp_path / "data", replace(SMALL, seed=1))
    with pytest.raises(DatasetError, match="is not empty"):
        prepare_meshes(tmp_path / "meshes", tmp_path / "meshes", SMALL)


def test_synthetic_shapes_become_a_dataset_with_true_labels(tmp_path: Path) -> None:
    done = prepare_synthetic(6, tmp_path / "data", SMALL)
    assert done.shapes == 6
    train = ShardedSplit(tmp_path / "data", "train")
    generator = np.random.default_rng(0)
    for shape in range(len(train)):
        surface, normals = train.surface(shape, 1024, generator)
        _, inside = train.labelled(shape, "near", 2048, generator)
        assert 0.02 < inside.mean() < 0.98
        assert np.abs(np.linalg.norm(normals, axis=1) - 1).max() < 1e-5
        assert np.ptp(surface, axis=0).max() == pytest.approx(1.0, abs=0.05)
    assert train.names == sorted(train.names, key=lambda name: int(name.split("/")[-1]))


def test_no_mesh_at_all_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "meshes").mkdir()
    mesh = box((1.0, 1.0, 1.0))
    write_mesh(tmp_path / "meshes" / "open.ply", Mesh(mesh.vertices, mesh.faces[2:]))
    with pytest.raises(DatasetError, match="None of the 1 meshes"):
        prepare_meshes(tmp_path / "meshes", tmp_path / "data", SMALL)
