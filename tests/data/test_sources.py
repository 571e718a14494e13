"""Meshes come the same from files, folders, archives and bundles, under names that keep their category."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest
import trimesh
from trimesh.exchange.gltf import export_gltf

from occnet.data.sources import open_meshes
from occnet.errors import FileError, OccnetError
from occnet.files import write_mesh
from occnet.files.formats.binvox import VoxelGrid, write_binvox
from occnet.geometry.cleaning import is_closed
from occnet.geometry.voxelising import voxel_surface
from occnet.mesh import Mesh


def box(length: float) -> Mesh:
    made = trimesh.creation.box((length, 1.0, 1.0))
    return Mesh(made.vertices, made.faces)


def bundle(path: Path, meshes: dict[str, Mesh]) -> None:
    np.savez(
        path,
        vertices=np.concatenate([mesh.vertices for mesh in meshes.values()]),
        faces=np.concatenate([mesh.faces for mesh in meshes.values()]),
        vertex_offsets=np.cumsum([0, *(len(mesh.vertices) for mesh in meshes.values())]),
        face_offsets=np.cumsum([0, *(len(mesh.faces) for mesh in meshes.values())]),
        names=np.array(list(meshes)),
    )


@pytest.fixture
def collection(tmp_path: Path) -> tuple[Path, dict[str, float]]:
    """A folder with meshes of all kinds, and the length of the box under each name."""
    root = tmp_path / "meshes"
    (root / "chairs" / "old").mkdir(parents=True)
    (root / ".hidden").mkdir()
    lengths: dict[str, float] = {}

    def add(name: str) -> Mesh:
        lengths[name] = 2.0 + len(lengths)
        return box(lengths[name])

    for name in ("a.ply", "chairs/b.OBJ", "chairs/old/c.stl", "chairs/d.off", "e.glb"):
        mesh = add(name)
        write_mesh(root / name.replace("OBJ", "obj"), mesh)
    (root / "chairs" / "b.obj").rename(root / "chairs" / "b.OBJ")
    write_mesh(root / ".hidden" / "x.ply", box(1.0))
    (root / "chairs" / "readme.txt").write_text("no mesh")
    np.savez(root / "points.npz", points=np.zeros((3, 3)))
    one = add("single.npz")
    np.savez(root / "single.npz", vertices=one.vertices, faces=one.faces)
    bundle(root / "chairs" / "many.npz", {name: add(f"chairs/many.npz/{name}") for name in ("x/1", "2")})
    with zipfile.ZipFile(root / "pack.zip", "w") as archive:
        for name in ("tables/f.ply", "g.off"):
            write_mesh(tmp_path / Path(name).name, add(f"pack.zip/{name}"))
            archive.write(tmp_path / Path(name).name, name)
        scene = trimesh.Scene(trimesh.creation.box((0.5 + len(lengths), 1.0, 1.0)))
        lengths["pack.zip/tables/h.gltf"] = 0.5 + len(lengths)
        for name, data in export_gltf(scene).items():
            archive.writestr(f"tables/{name.replace('model.gltf', 'h.gltf')}", data)
        archive.writestr("__MACOSX/tables/f.ply", b"junk")
        archive.writestr("notes.txt", "no mesh")
    return root, lengths


def test_every_mesh_comes_under_its_name(collection: tuple[Path, dict[str, float]]) -> None:
    root, lengths = collection
    source = open_meshes(root)
    assert source.names == sorted(lengths)
    for index, name in enumerate(source.names):
        mesh = source.read(index)
        assert np.ptp(mesh.vertices, axis=0) == pytest.approx([lengths[name], 1.0, 1.0], rel=1e-6), name
        assert mesh.volume == pytest.approx(lengths[name], rel=1e-5)
        assert np.array_equal(open_meshes(root).read_named(name).faces, mesh.faces)


def test_archives_bundles_and_files_stand_alone(collection: tuple[Path, dict[str, float]]) -> None:
    root, lengths = collection
    archive = open_meshes(root / "pack.zip")
    assert archive.names == ["g.off", "tables/f.ply", "tables/h.gltf"]
    assert np.ptp(archive.read(1).vertices, axis=0)[0] == pytest.approx(lengths["pack.zip/tables/f.ply"])
    assert open_meshes(root / "chairs" / "many.npz").names == ["x/1", "2"]
    for name in ("a.ply", "single.npz"):
        alone = open_meshes(root / name)
        assert alone.names == [name]
        assert alone.read(0).volume == pytest.approx(lengths[name])


def test_binvox_gives_the_surface_of_its_voxels(tmp_path: Path) -> None:
    occupied = np.zeros((8, 8, 8), dtype=bool)
    occupied[1:7, 2:5, 3:4] = True
    write_binvox(tmp_path / "grid.binvox", VoxelGrid(occupied, np.array([10.0, 20.0, 30.0]), 4.0))
    mesh = open_meshes(tmp_path).read(0)
    assert is_closed(mesh)
    assert mesh.volume == pytest.approx(occupied.sum() * 0.5**3)
    assert mesh.bounds == pytest.approx(np.array([[10.5, 21.0, 31.5], [13.5, 22.5, 32.0]]))


@pytest.mark.parametrize("shape", [(5, 5, 5), (6, 4, 3)])
def test_the_surface_of_any_voxels_is_closed_and_holds_their_volume(shape: tuple[int, int, int]) -> None:
    occupied = np.random.default_rng(0).random(shape) < 0.4
    mesh = voxel_surface(occupied)
    assert is_closed(mesh)
    assert mesh.volume == pytest.approx(occupied.sum() / max(shape) ** 3)
    with pytest.raises(OccnetError, match="No voxel"):
        voxel_surface(np.zeros(shape, dtype=bool))


def test_what_cannot_be_read_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="does not exist"):
        open_meshes(tmp_path / "missing")
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileError, match="holds no meshes"):
        _ = open_meshes(tmp_path / "empty").names
    (tmp_path / "bad.zip").write_bytes(b"PK no archive")
    with pytest.raises(FileError, match=r"The zip archive .*bad\.zip is damaged"):
        _ = open_meshes(tmp_path / "bad.zip").names
    (tmp_path / "bad.npz").write_bytes(b"PK no archive")
    with pytest.raises(FileError, match="or is damaged"):
        _ = open_meshes(tmp_path / "bad.npz").names
    np.savez(tmp_path / "odd.npz", points=np.zeros(3))
    with pytest.raises(FileError, match="lacks the arrays"):
        _ = open_meshes(tmp_path / "odd.npz").names
    np.savez(tmp_path / "wrong.npz", vertices=np.zeros((3, 3)), faces=np.array([[0, 1, 7]]))
    with pytest.raises(FileError, match="no valid mesh"):
        open_meshes(tmp_path / "wrong.npz").read(0)


def test_archives_and_bundles_in_archives_go_on_below_their_names(tmp_path: Path) -> None:
    root = tmp_path / "meshes"
    root.mkdir()
    write_mesh(tmp_path / "a.ply", box(3.0))
    bundle(tmp_path / "many.npz", {"x/1": box(4.0), "2": box(5.0)})
    with zipfile.ZipFile(tmp_path / "inner.zip", "w") as archive:
        archive.write(tmp_path / "a.ply", "chairs/a.ply")
        archive.write(tmp_path / "many.npz", "many.npz")
    with zipfile.ZipFile(root / "outer.zip", "w") as archive:
        archive.write(tmp_path / "inner.zip", "packs/inner.zip")
        archive.write(tmp_path / "a.ply", "folder.zip/a.ply")  # a folder, whatever its name
    source = open_meshes(root)
    lengths = {name: np.ptp(source.read_named(name).vertices[:, 0]) for name in source.names}
    below = "outer.zip/packs/inner.zip"
    assert lengths == {
        "outer.zip/folder.zip/a.ply": 3.0,
        f"{below}/chairs/a.ply": 3.0,
        f"{below}/many.npz/x/1": 4.0,
        f"{below}/many.npz/2": 5.0,
    }


def test_archives_without_end_are_refused(tmp_path: Path) -> None:
    write_mesh(tmp_path / "a.ply", box(3.0))
    last = tmp_path / "a.ply"
    for depth in range(6):
        with zipfile.ZipFile(tmp_path / f"{depth}.zip", "w") as archive:
            archive.write(last, last.name)
        last = tmp_path / f"{depth}.zip"
    assert open_meshes(tmp_path / "3.zip").names == ["2.zip/1.zip/0.zip/a.ply"]
    deepest = open_meshes(tmp_path / "5.zip")
    assert deepest.names == ["4.zip/3.zip/2.zip/1.zip"]
    with pytest.raises(FileError, match=r"5\.zip.*one in the other; unpack the outer ones"):
        deepest.read(0)


def test_a_hostile_archive_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = io.BytesIO()
    with zipfile.ZipFile(text, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../../out.ply", b"ply")
        archive.writestr("bomb.ply", bytes(1 << 20))
    (tmp_path / "hostile.zip").write_bytes(text.getvalue())
    monkeypatch.setattr("occnet.data.mesh_files.archives.LARGEST_MEMBER", 1 << 16)
    source = open_meshes(tmp_path / "hostile.zip")
    for name in source.names:
        with pytest.raises(FileError, match=r"leads out of the archive|is larger than 0 GiB"):
            source.read_named(name)
    assert not (tmp_path.parent / "out.ply").exists()


def test_a_damaged_bundle_among_others_is_one_mesh_that_cannot_be_read(tmp_path: Path) -> None:
    write_mesh(tmp_path / "good.ply", box(1.0))
    np.savez_compressed(tmp_path / "bad.npz", vertices=np.random.default_rng(0).random((300, 3)), faces=np.zeros((9, 3), int))
    data = bytearray((tmp_path / "bad.npz").read_bytes())
    data[60:68] = b"\xff" * 8
    (tmp_path / "bad.npz").write_bytes(data)
    meshes = open_meshes(tmp_path)
    assert meshes.names == ["bad.npz", "good.ply"]
    with pytest.raises(FileError, match=r"bad\.npz is no valid NumPy archive"):
        meshes.read(0)
    (tmp_path / "cut.npz").write_bytes(data[:200])  # without its list of arrays nobody knows what it was
    assert open_meshes(tmp_path).names == ["bad.npz", "cut.npz", "good.ply"]
    assert meshes.read(1).volume == pytest.approx(box(1.0).volume)
    with pytest.raises(FileError, match=r"bad\.npz is no valid NumPy archive"):
        _ = open_meshes(tmp_path / "bad.npz").names


def test_a_damaged_archive_among_others_is_one_mesh_that_cannot_be_read(tmp_path: Path) -> None:
    write_mesh(tmp_path / "good.ply", box(1.0))
    with zipfile.ZipFile(tmp_path / "whole.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(tmp_path / "good.ply", "a.ply")
    data = bytearray((tmp_path / "whole.zip").read_bytes())
    (tmp_path / "cut.zip").write_bytes(data[:60])
    data[45:60] = b"\xff" * 15  # of what is compressed
    (tmp_path / "whole.zip").write_bytes(data)
    meshes = open_meshes(tmp_path)
    assert meshes.names == ["cut.zip", "good.ply", "whole.zip/a.ply"]
    for index, message in ((0, r"The zip archive .*cut\.zip is damaged"), (2, r"'a.ply' in .*whole\.zip is damaged")):
        with pytest.raises(FileError, match=message):
            meshes.read(index)
    assert meshes.read(1).volume == pytest.approx(1.0)


def test_a_file_that_is_twice_in_an_archive_is_not_read_as_one_of_them(tmp_path: Path) -> None:
    for name, length in (("a", 1.0), ("b", 2.0)):
        write_mesh(tmp_path / f"{name}.ply", box(length))
    with zipfile.ZipFile(tmp_path / "twice.zip", "w") as archive:
        archive.write(tmp_path / "b.ply", "b.ply")
        archive.write(tmp_path / "a.ply", "a.ply")
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.write(tmp_path / "b.ply", "a.ply")
    meshes = open_meshes(tmp_path / "twice.zip")
    assert meshes.names == ["a.ply", "b.ply"]
    with pytest.raises(FileError, match=r"holds 2 files 'a\.ply', and nothing tells which is meant"):
        meshes.read(0)
    assert np.ptp(meshes.read(1).vertices[:, 0]) == 2.0


def test_an_archive_that_has_changed_is_read_anew(tmp_path: Path) -> None:
    for length in (1.0, 2.0):
        write_mesh(tmp_path / "a.ply", box(length))
        with zipfile.ZipFile(tmp_path / "pack.zip", "w") as archive:
            archive.write(tmp_path / "a.ply", "a.ply")
            if length == 2.0:
                archive.writestr("readme.txt", "changed")
        assert np.ptp(open_meshes(tmp_path / "pack.zip").read(0).vertices[:, 0]) == length


@pytest.mark.parametrize("problem", [MemoryError(), RecursionError(), zlib.error("odd"), KeyError("x")])
def test_whatever_a_library_raises_over_one_mesh_is_that_mesh_s_failure(
    problem: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> Mesh:
        raise problem

    write_mesh(tmp_path / "a.ply", box(1.0))
    monkeypatch.setattr("occnet.data.sources.read_mesh", fail)
    with pytest.raises(FileError, match=r"'a\.ply' of .* (is|takes) "):
        open_meshes(tmp_path).read(0)


def test_errors_of_what_lies_in_an_archive_name_the_archive(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "inner.zip", "w") as archive:
        archive.writestr("chairs/a.ply", "no mesh")
    with zipfile.ZipFile(tmp_path / "outer.zip", "w") as archive:
        archive.write(tmp_path / "inner.zip", "packs/inner.zip")
    name = re.escape(str(tmp_path / "outer.zip" / "packs" / "inner.zip" / "chairs" / "a.ply"))
    with pytest.raises(FileError, match=f"^{name} does not begin with the word 'ply'"):
        open_meshes(tmp_path / "outer.zip").read(0)


def test_a_name_that_is_too_long_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"cannot be opened .*too long"):
        open_meshes(tmp_path / ("x" * 300))
