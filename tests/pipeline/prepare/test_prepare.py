"""Preparation: labels against exact solids, and the same bytes whatever happens on the way."""

from __future__ import annotations

import csv
import errno
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import trimesh

from occnet.data.shards import ShapeSamples, ShardedSplit, from_fixed
from occnet.data.splits import split_of
from occnet.errors import DatasetError, MeshError
from occnet.files import write_mesh
from occnet.geometry.sampling import sample_volume
from occnet.geometry.voxelising import voxel_centers
from occnet.mesh import Mesh
from occnet.pipeline.prepare import dataset_plan as prepare_plan
from occnet.pipeline.prepare import prepare
from occnet.pipeline.prepare.dataset_info import describe, verify
from occnet.pipeline.prepare.prepare import (
    Prepared,
    PrepareOptions,
    estimate_meshes,
    prepare_meshes,
    prepare_synthetic,
    sample_mesh,
)
from occnet.pipeline.prepare.shape_samples import sample_synthetic
from occnet.pipeline.prepare.summary import dry_run, report
from occnet.shapes import sample_shapes

SMALL = PrepareOptions(uniform_points=4096, near_points=1024, surface_points=512, shapes_per_shard=4, workers=1)


def box(edges: tuple[float, float, float]) -> Mesh:
    made = trimesh.creation.box(edges)
    return Mesh(made.vertices, made.faces)


def samples_of(mesh: Mesh, options: PrepareOptions) -> ShapeSamples:
    samples = sample_mesh("mesh", mesh, options).samples
    assert samples is not None
    return samples


def test_labels_and_surface_of_a_box_far_from_the_origin_are_exact() -> None:
    edges = np.array([4.0, 2.0, 1.0])
    mesh = box((4.0, 2.0, 1.0))
    samples = samples_of(mesh.with_vertices(1e3 * mesh.vertices + 1e6), replace(SMALL, uniform_points=16384))
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


def test_verdicts_tell_what_was_done() -> None:
    mesh = box((1.0, 1.0, 1.0))
    assert sample_mesh("whole", mesh, SMALL).verdict == "solid"
    opened = sample_mesh("lid off", Mesh(mesh.vertices, mesh.faces[2:]), SMALL)
    assert (opened.verdict, opened.reason) == ("repaired", "filled 1 hole")
    assert opened.samples is not None
    assert opened.samples.uniform_inside.mean() * 1.1**3 == pytest.approx(1.0, rel=0.05)
    sheet = sample_mesh("sheet", Mesh(mesh.vertices, mesh.faces[:2]), replace(SMALL, sheet_thickness=0.05))
    assert sheet.samples is not None
    assert sheet.samples.uniform_inside.mean() * 1.1**3 == pytest.approx(0.05, rel=0.3)
    with pytest.raises(MeshError, match="its faces have no area"):
        sample_mesh("line", Mesh(np.array([[0.0, 0, 0], [1, 0, 0], [2, 0, 0]]), np.array([[0, 1, 2]])), SMALL)


def test_sharp_edges_get_their_share_of_the_near_points() -> None:
    options = replace(SMALL, sharp_share=0.5, near_points=4000, near_deviations=(0.004,))
    near = from_fixed(samples_of(box((1.0, 1.0, 1.0)), options).near)
    at_edge = np.sort(np.abs(np.abs(near) - 0.5), axis=1)[:, 1] < 0.02
    assert 0.5 < at_edge.mean() < 0.65
    assert np.abs(np.sort(np.abs(near), axis=1)[:, 2] - 0.5).max() < 0.03


def test_voxels_pictures_and_scans_show_the_shape() -> None:
    pytest.importorskip("embreex")
    options = replace(SMALL, voxels=(16, 32), views=2, image_sizes=(40, 64), scans=2, scan_points=700)
    mesh = box((2.0, 1.0, 1.0))
    samples = samples_of(mesh, options)
    for resolution in (16, 32):
        centers = voxel_centers(resolution).reshape((resolution,) * 3 + (3,))
        inside = (np.abs(centers) < [0.5, 0.25, 0.25]).all(axis=-1)
        assert np.array_equal(samples.optional[f"voxels_{resolution}"], inside)
    corners = np.array([[x, y, z, 1.0] for x in (-0.5, 0.5) for y in (-0.25, 0.25) for z in (-0.25, 0.25)])
    for size in (40, 64):
        for picture, camera in zip(samples.optional[f"images_{size}"], samples.optional[f"cameras_{size}"], strict=True):
            u, v, w = (corners @ camera.astype(float).T).T
            rows, columns = np.nonzero((picture < 255).any(axis=2))  # the box's outline bounds what is drawn
            assert (rows.min() + 0.5, rows.max() + 0.5) == pytest.approx((min(v / w), max(v / w)), abs=1.0)
            assert (columns.min() + 0.5, columns.max() + 0.5) == pytest.approx((min(u / w), max(u / w)), abs=1.0)
    scans = from_fixed(samples.optional["scans"])
    assert scans.shape == (2, 700, 3)
    outside = np.maximum(np.abs(scans) - [0.5, 0.25, 0.25], 0.0).max(axis=-1)
    assert np.quantile(outside, 0.9) < 0.03


def folder_of_boxes(folder: Path, count: int = 24) -> list[str]:
    folder.mkdir()
    names = [f"box{number:02d}.ply" for number in range(count)]
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
    assert done.repaired == 0
    assert [name for name, _ in done.rejected] == ["broken.ply"]
    rows = list(csv.reader((tmp_path / "whole" / "report.csv").open()))
    assert sorted(row[0] for row in rows[1:]) == sorted([*names, "broken.ply"])
    train = ShardedSplit(tmp_path / "whole", "train")
    assert sorted(train.names) == [name for name in names if split_of(name) == "train"]
    assert verify(tmp_path / "whole") == []

    shutil.copytree(tmp_path / "whole", tmp_path / "cut")
    first, *_, last = sorted((tmp_path / "cut" / "train").iterdir())
    shutil.rmtree(first)
    last.rename(last.with_name(last.name + ".partial"))  # as if stopped while writing
    assert len(verify(tmp_path / "cut")) == 2
    assert "UNFINISHED" in describe(tmp_path / "cut")
    again = prepare_meshes(tmp_path / "meshes", tmp_path / "cut", replace(SMALL, workers=2))
    assert again == done
    assert content(tmp_path / "cut") == content(tmp_path / "whole")


def test_finished_shapes_are_not_prepared_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = folder_of_boxes(tmp_path / "meshes", 9)
    prepared: list[str] = []
    through = prepare._prepared

    def counted(name: str, meshes: Path | None, options: PrepareOptions) -> prepare.PreparedShape:
        if len(prepared) == 6:
            raise KeyboardInterrupt
        prepared.append(name)
        return through(name, meshes, options)

    monkeypatch.setattr(prepare, "_prepared", counted)
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            prepare_meshes(tmp_path / "meshes", tmp_path / "data", SMALL)
    monkeypatch.setattr(prepare, "_prepared", lambda *a: (prepared.append(a[0]), through(*a))[1])
    assert prepare_meshes(tmp_path / "meshes", tmp_path / "data", SMALL).shapes == 9
    assert sorted(prepared) == sorted([*names, "broken.ply"])


def test_more_meshes_are_added_without_touching_the_others(tmp_path: Path) -> None:
    folder_of_boxes(tmp_path / "meshes", 9)
    prepare_meshes(tmp_path / "meshes", tmp_path / "data", SMALL)
    before = content(tmp_path / "data")
    write_mesh(tmp_path / "meshes" / "another.ply", box((1.0, 0.9, 0.2)))
    (tmp_path / "others").mkdir()
    write_mesh(tmp_path / "others" / "third.ply", box((1.0, 0.1, 0.2)))
    assert prepare_meshes(tmp_path / "meshes", tmp_path / "data", SMALL).shapes == 10
    assert prepare_meshes(tmp_path / "others", tmp_path / "data", SMALL).shapes == 11
    after = content(tmp_path / "data")
    assert {name: after[name] for name in before if name != "report.csv"} == {
        k: v for k, v in before.items() if k != "report.csv"
    }
    assert verify(tmp_path / "data") == []
    assert f"{tmp_path / 'meshes'}, {tmp_path / 'others'}" in describe(tmp_path / "data")


def two_sources(folder: Path) -> tuple[Path, Path]:
    """Two folders of one name with some meshes of one name each, all of different shape."""
    first, second = folder / "a" / "meshes", folder / "b" / "meshes"
    for number, source in enumerate((first, second)):
        (source / "chairs").mkdir(parents=True)
        for place, name in enumerate(("shape.ply", "chairs/c.ply", ("left.ply", "right.ply")[number])):
            write_mesh(source / name, box((1.0, 0.2 + 0.1 * place + 0.4 * number, 0.5)))
    return first, second


def widths(dataset: Path) -> dict[str, float]:
    """The width of each box of a dataset, by its name."""
    found = {}
    for names in dataset.glob("*/shard-*/names.json"):
        surface = from_fixed(np.load(names.parent / "surface.npy"))
        found |= dict(zip(json.loads(names.read_text()), np.ptp(surface[..., 1], axis=1).round(2).tolist(), strict=True))
    return found


def test_two_folders_of_one_name_are_two_sources_and_all_their_meshes_are_kept(tmp_path: Path) -> None:
    first, second = two_sources(tmp_path)
    data = tmp_path / "data"
    assert prepare_meshes(first, data, SMALL).remarks == ()
    done = prepare_meshes(second, data, SMALL)
    expected = {"shape.ply": 0.2, "chairs/c.ply": 0.3, "left.ply": 0.4}
    expected |= {"shape.ply (2)": 0.6, "chairs/c.ply (2)": 0.7, "right.ply": 0.8}
    assert widths(data) == pytest.approx(expected)
    assert done.shapes == 6
    (remark,) = done.remarks
    assert remark.startswith(f"2 shapes of {second} have names that another source gave before")
    assert "chairs/c.ply is 'chairs/c.ply (2)'" in remark
    assert remark in report(done, data)
    assert verify(data) == []
    for split in ("train", "validation", "test"):  # what is called alike may be alike: it must not train and test
        held = [name for path in (data / split).glob("*/names.json") for name in json.loads(path.read_text())]
        assert all(split_of(name.removesuffix(" (2)")) == split for name in held)

    before = content(data)
    (tmp_path / "link").symlink_to(second)
    for again in (first, second, tmp_path / "link", second / ".." / "meshes"):
        assert prepare_meshes(again, data, SMALL) == done
    assert content(data) == before
    write_mesh(second / "left.ply", box((1.0, 0.9, 0.5)))
    shutil.rmtree(sorted((data / "train").iterdir())[-1])
    prepare_meshes(second, data, SMALL)
    assert widths(data) == pytest.approx(expected | {"left.ply (2)": 0.9})


def test_a_name_that_a_source_has_itself_is_not_given_to_another(tmp_path: Path) -> None:
    first, _ = two_sources(tmp_path)
    prepare_meshes(first, tmp_path / "data", SMALL)
    added = prepare_plan.extend(tmp_path / "data", ["shape.ply", "shape.ply (2)", "shape.ply (3)"], "elsewhere", SMALL)
    assert added == 3
    *_, last = prepare_plan.plans(tmp_path / "data")
    assert list(last.shapes()) == [
        ("shape.ply", "shape.ply (4)"),
        ("shape.ply (2)", "shape.ply (2)"),
        ("shape.ply (3)", "shape.ply (3)"),
    ]


def as_of_earlier_versions(dataset: Path) -> None:
    """Make the plans of a dataset those of versions that knew a source by its folder's name alone."""
    for path in dataset.glob("plan-*.jsonl"):
        head, *names = path.read_text().splitlines()
        head = json.loads(head)
        path.write_text("\n".join([json.dumps({**head, "source": Path(head["source"]).name}), *names]) + "\n")


def test_a_dataset_of_an_earlier_version_knows_its_source_and_says_what_it_takes_for_it(tmp_path: Path) -> None:
    first, second = two_sources(tmp_path)
    data = tmp_path / "data"
    prepare_meshes(first, data, SMALL)
    before = content(data)
    as_of_earlier_versions(data)
    (data / "train").rename(tmp_path / "lost")
    done = prepare_meshes(first, data, SMALL)
    assert content(data) == before
    (remark,) = done.remarks
    assert f"'meshes'; it is taken for {first}" in remark
    assert prepare_meshes(first, data, SMALL).remarks == ()
    assert prepare_meshes(second, data, SMALL).shapes == 6
    prepare_synthetic(2, tmp_path / "made", SMALL)
    as_of_earlier_versions(tmp_path / "made")
    assert prepare_synthetic(3, tmp_path / "made", SMALL) == Prepared(3, 0, ())


def test_what_was_interrupted_and_is_gone_is_told_before_anything_is_made(tmp_path: Path) -> None:
    first, second = two_sources(tmp_path)
    prepare_meshes(first, tmp_path / "data", SMALL)
    shutil.rmtree(tmp_path / "data" / "train")
    first.parent.rename(tmp_path / "moved")
    before = content(tmp_path / "data")
    for elsewhere in (tmp_path / "moved" / "meshes", second):
        with pytest.raises(DatasetError, match="was interrupted, and nothing is there any more; put its meshes back"):
            prepare_meshes(elsewhere, tmp_path / "data", SMALL)
    assert content(tmp_path / "data") == before


def test_other_options_do_not_mix_into_a_dataset(tmp_path: Path) -> None:
    folder_of_boxes(tmp_path / "meshes", 3)
    prepare_meshes(tmp_path / "meshes", tmp_path / "data", SMALL)
    with pytest.raises(DatasetError, match="other options"):
        prepare_meshes(tmp_path / "meshes", tmp_path / "data", replace(SMALL, seed=1))
    with pytest.raises(DatasetError, match="is not empty"):
        prepare_meshes(tmp_path / "meshes", tmp_path / "meshes", SMALL)
    assert not (tmp_path / "meshes" / ".lock").exists()
    for plan in (tmp_path / "data").glob("plan-*"):
        plan.unlink()
    with pytest.raises(DatasetError, match="earlier version"):
        prepare_meshes(tmp_path / "meshes", tmp_path / "data", SMALL)


def test_verify_finds_every_kind_of_damage(tmp_path: Path) -> None:
    folder_of_boxes(tmp_path / "meshes", 9)
    prepare_meshes(tmp_path / "meshes", tmp_path / "whole", SMALL)
    generator = random.Random(0)
    files = [path for path in content(tmp_path / "whole") if "shard" in path and not path.endswith("checksums.json")]
    for number, name in enumerate(generator.sample(files, 8)):
        hurt = tmp_path / f"hurt{number}"
        shutil.copytree(tmp_path / "whole", hurt)
        data = bytearray((hurt / name).read_bytes())
        data[generator.randrange(len(data))] ^= 1 << generator.randrange(8)
        (hurt / name).write_bytes(data)
        assert any(name in problem and "damaged" in problem for problem in verify(hurt)), name
    extra = tmp_path / "whole" / "train" / "shard-00000" / "notes.txt"
    extra.write_text("mine")
    assert "not part of the dataset" in verify(tmp_path / "whole")[0]
    extra.unlink()
    (extra.parent / "near.npy").unlink()
    assert any("near.npy is missing" in problem for problem in verify(tmp_path / "whole"))


def test_synthetic_shapes_become_a_dataset_with_true_labels(tmp_path: Path) -> None:
    done = prepare_synthetic(6, tmp_path / "data", replace(SMALL, voxels=(16,)))
    assert done.shapes == 6
    train = ShardedSplit(tmp_path / "data", "train")
    generator = np.random.default_rng(0)
    for shape in range(len(train)):
        surface, normals = train.surface(shape, 512, generator)
        uniform, inside = train.labelled(shape, "uniform", 4096, generator)
        assert np.abs(np.linalg.norm(normals, axis=1) - 1).max() < 1e-5
        assert np.ptp(surface, axis=0).max() == pytest.approx(1.0, abs=0.08)
        voxels = train.voxels(shape, 16)
        assert voxels.mean() == pytest.approx(inside.mean() * 1.1**3, abs=0.05)
        seed, number = (int(part) for part in train.names[shape].split("/")[1:])
        same = sample_shapes(1, seed=seed, first=number)
        centers = torch.from_numpy(voxel_centers(16).astype(np.float32))
        assert (same.occupancy(centers[None])[0].numpy() == voxels.ravel()).mean() > 0.999
        assert (same.occupancy(torch.from_numpy(uniform)[None])[0].numpy() == inside).mean() > 0.999
    assert train.names == sorted(train.names, key=lambda name: int(name.split("/")[-1]))


def test_no_mesh_at_all_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "meshes").mkdir()
    (tmp_path / "meshes" / "bad.ply").write_text("not a mesh")
    with pytest.raises(DatasetError, match="None of the 1 meshes"):
        prepare_meshes(tmp_path / "meshes", tmp_path / "data", SMALL)


def test_a_dry_run_counts_and_leaves_nothing(tmp_path: Path) -> None:
    names = folder_of_boxes(tmp_path / "meshes", 9)
    options = replace(SMALL, voxels=(16,), scans=1, dry_run=True)
    found = estimate_meshes(tmp_path / "meshes", options)
    assert sum(found.shapes.values()) == len(names) + 1
    assert "10 (" in dry_run(tmp_path / "meshes", None, options)
    prepare_meshes(tmp_path / "meshes", tmp_path / "data", options)
    stored = sum(len(data) for name, data in content(tmp_path / "data").items() if name.endswith(".npy"))
    assert stored == pytest.approx(found.bytes * 0.9, rel=0.05)  # one in ten is rejected; the files have headers


def test_the_end_names_the_rejected(tmp_path: Path) -> None:
    done = prepare.Prepared(3, 1, tuple((f"{number}.obj", "it has no faces") for number in range(12)))
    text = report(done, tmp_path)
    assert "3 shapes" in text
    assert "12 of 15 meshes (80.0%) were rejected" in text
    assert "9.obj: it has no faces" in text
    assert "2 more" in text
    assert done.rejected_share == 0.8


def test_the_end_tells_of_a_split_without_shapes_and_info_of_shapes_that_wait(tmp_path: Path) -> None:
    done = prepare.Prepared(3, 0, ())
    (tmp_path / "train" / "shard-00000").mkdir(parents=True)
    assert "None is in the validation split" in report(done, tmp_path)
    (tmp_path / "validation" / "shard-00000").mkdir(parents=True)
    assert "None is" not in report(done, tmp_path)
    folder_of_boxes(tmp_path / "meshes")
    prepare_meshes(tmp_path / "meshes", tmp_path / "whole", SMALL)
    shutil.rmtree(sorted((tmp_path / "whole" / "train").iterdir())[0])
    (tmp_path / "whole" / "unfinished" / "train-shard-00000").mkdir(parents=True)
    (tmp_path / "whole" / "unfinished" / "train-shard-00000" / "00000.npz").touch()
    assert ", 1 of them are made but" in describe(tmp_path / "whole")


@pytest.mark.parametrize(
    "problem",
    [OSError(errno.ENOSPC, "No space left on device"), OSError("4096 requested and 512 written")],
    ids=["os", "numpy"],
)
def test_a_full_disk_is_a_clear_error_and_what_is_finished_stays(
    problem: OSError, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder_of_boxes(tmp_path / "meshes", 9)
    prepare_meshes(tmp_path / "meshes", tmp_path / "whole", SMALL)
    room, through = [7], np.savez

    def save(*args: object, **kwargs: object) -> None:
        room[0] -= 1
        if room[0] < 0:
            raise problem
        through(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(np, "savez", save)
    with pytest.raises(DatasetError, match="is full"):
        prepare_meshes(tmp_path / "meshes", tmp_path / "data", SMALL)
    assert len(ShardedSplit(tmp_path / "data", "train")) == 4
    monkeypatch.undo()
    prepare_meshes(tmp_path / "meshes", tmp_path / "data", SMALL)
    assert content(tmp_path / "data") == content(tmp_path / "whole")


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="kills processes by POSIX signals")
def test_killed_at_any_moment_it_goes_on_to_the_same_bytes(tmp_path: Path) -> None:
    folder_of_boxes(tmp_path / "meshes", 40)
    prepare_meshes(tmp_path / "meshes", tmp_path / "whole", SMALL)
    generator = random.Random(1)
    script = (
        "from pathlib import Path; from occnet.pipeline.prepare.prepare import *;"
        "print('ready', flush=True);"
        f"prepare_meshes(Path({str(tmp_path / 'meshes')!r}), Path({str(tmp_path / 'data')!r}), PrepareOptions("
        "uniform_points=4096, near_points=1024, surface_points=512, shapes_per_shard=4, workers=1))"
    )
    killed = 0
    for _ in range(12):
        process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        time.sleep(generator.uniform(0.0, 0.5))
        process.send_signal(signal.SIGKILL)
        killed += process.wait() == -signal.SIGKILL
        if killed == 4:
            break
    assert killed >= 2
    prepare_meshes(tmp_path / "meshes", tmp_path / "data", SMALL)
    assert content(tmp_path / "data") == content(tmp_path / "whole")


@pytest.mark.usefixtures("cluster")
def test_a_ray_cluster_makes_the_same_bytes(tmp_path: Path) -> None:
    folder_of_boxes(tmp_path / "meshes", 9)
    prepare_meshes(tmp_path / "meshes", tmp_path / "whole", SMALL)
    prepare_meshes(tmp_path / "meshes", tmp_path / "ray", replace(SMALL, workers=2, engine="ray"))
    assert content(tmp_path / "ray") == content(tmp_path / "whole")


def test_families_take_turns_and_a_name_tells_the_shape(tmp_path: Path) -> None:
    """A car is the same car in a dataset of cars, in one of two families, and after the dataset has grown."""
    prepare_synthetic(2, tmp_path / "cars", replace(SMALL, families=("car",)))
    mixed = replace(SMALL, families=("car", "table"))
    prepare_synthetic(2, tmp_path / "mixed", mixed)
    prepare_synthetic(4, tmp_path / "mixed", mixed)
    cars, both = samples_by_name(tmp_path / "cars"), samples_by_name(tmp_path / "mixed")
    assert set(cars) == {"car/0/0", "car/0/1"}
    assert set(both) == {"car/0/0", "car/0/1", "table/0/0", "table/0/1"}
    assert all(np.array_equal(cars[name], both[name]) for name in cars)
    samples = sample_synthetic("table/0/1", SMALL).samples
    assert samples is not None
    places = torch.from_numpy(from_fixed(samples.uniform))[None].float()
    inside = sample_shapes(1, seed=0, first=1, family="table").occupancy(places)[0].numpy()
    assert np.array_equal(samples.uniform_inside, inside)
    assert inside.any()
    with pytest.raises(DatasetError, match="no family 'cars' of procedural shapes; the families are: airplane, animal, "):
        prepare_synthetic(2, tmp_path / "wrong", replace(SMALL, families=("cars",)))
    assert not (tmp_path / "wrong").exists()


def samples_by_name(dataset: Path) -> dict[str, np.ndarray]:
    """The uniform points stored of each shape of a dataset, as they are on disk."""
    found = {}
    for names in dataset.glob("*/shard-*/names.json"):
        stored = np.load(names.parent / "uniform.npy")
        found |= dict(zip(json.loads(names.read_text()), stored, strict=True))
    return found


def test_meshes_are_chosen_by_their_names(tmp_path: Path) -> None:
    folder_of_boxes(tmp_path / "meshes")
    chosen = replace(SMALL, only=("BOX0*",), leave_out=("*3.ply", "*4.ply"))
    assert prepare_meshes(tmp_path / "meshes", tmp_path / "data", chosen) == Prepared(8, 0, ())
    assert set(samples_by_name(tmp_path / "data")) == {f"box{number:02d}.ply" for number in (0, 1, 2, 5, 6, 7, 8, 9)}
    assert sum(estimate_meshes(tmp_path / "meshes", chosen).shapes.values()) == 8
    others = replace(SMALL, only=("box1*",))  # the patterns are no part of what the dataset is: it may grow by others
    assert prepare_meshes(tmp_path / "meshes", tmp_path / "data", others).shapes == 18
    with pytest.raises(DatasetError, match="--only PATTERN"):
        prepare_meshes(tmp_path / "meshes", tmp_path / "wrong", replace(SMALL, families=("car",)))
    with pytest.raises(DatasetError, match="--families FAMILY"):
        prepare_synthetic(1, tmp_path / "wrong", chosen)


def test_two_runs_at_once_are_told_apart(tmp_path: Path) -> None:
    fcntl = pytest.importorskip("fcntl")
    (tmp_path / "data").mkdir()
    with (tmp_path / "data" / ".lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(DatasetError, match="another process"):
            prepare_synthetic(1, tmp_path / "data", SMALL)


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ({"voxels": (0,)}, "voxel resolutions"),
        ({"near_deviations": ()}, "near_deviations"),
        ({"views": 3, "image_sizes": ()}, "image sizes"),
        ({"workers": 0}, "workers"),
        ({"sharp_share": 1.5}, "sharp_share"),
        ({"surface_points": 0}, "surface_points"),
        ({"scans": -1}, "scans"),
    ],
)
def test_wrong_options_are_refused(wrong: dict, expected: str) -> None:
    with pytest.raises(DatasetError, match=expected):
        replace(SMALL, **wrong)


def test_labels_do_not_depend_on_the_order_of_the_shapes() -> None:
    mesh = box((1.0, 0.5, 0.3))
    one, two = samples_of(mesh, SMALL), samples_of(mesh, SMALL)
    assert np.array_equal(one.near, two.near)
    other = sample_mesh("another name", mesh, SMALL).samples
    assert other is not None
    assert not np.array_equal(one.near, other.near)
    assert np.abs(sample_volume(10, np.random.default_rng(0))).max() <= 0.55
