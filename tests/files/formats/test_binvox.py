"""Voxel files: every voxel comes back, in its place; other people's byte order is met; damage is one sentence."""

from __future__ import annotations

import contextlib
from pathlib import Path

import numpy as np
import pytest

from occnet.errors import FileError
from occnet.files.formats.binvox import VoxelGrid, read_binvox, write_binvox
from occnet.files.voxel_grids import holds_grid, read_voxels
from occnet.observations.kinds import kind_of


def grid(resolution: int = 7, seed: int = 0, share: float = 0.3) -> VoxelGrid:
    generator = np.random.default_rng(seed)
    return VoxelGrid(generator.random((resolution,) * 3) < share, np.array([-0.5, 1.25, 3.1e-7]), 2.7)


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 1.0])
def test_voxels_come_back_bit_for_bit(tmp_path: Path, share: float):
    for resolution in (1, 2, 32):
        written = grid(resolution, share=share)
        write_binvox(tmp_path / "a.binvox", written)
        back = read_binvox(tmp_path / "a.binvox")
        assert np.array_equal(back.occupied, written.occupied)
        assert np.array_equal(back.translate, written.translate)
        assert back.scale == written.scale


def test_the_order_is_that_of_the_format(tmp_path: Path):
    """A file made by hand: x slowest, then z, then y; a run of two voxels along y."""
    body = bytes([0, 4 + 2, 1, 2])  # x = 0: 4 voxels, x = 1: z = 0 has 2, z = 1 has 2
    (tmp_path / "a.binvox").write_bytes(b"#binvox 1\ndim 2 2 2\ntranslate -1 -2 -3\nscale 4\ndata\n" + body)
    found = read_binvox(tmp_path / "a.binvox")
    assert np.argwhere(found.occupied).tolist() == [[1, 0, 1], [1, 1, 1]]
    assert found.frame.to_original([[-0.5, -0.5, -0.5]]).tolist() == [[-1, -2, -3]]
    assert found.frame.to_original([[0.5, 0.5, 0.5]]).tolist() == [[3, 2, 1]]


def test_damaged_files_are_named(tmp_path: Path):
    path = tmp_path / "a.binvox"
    write_binvox(path, grid())
    whole = path.read_bytes()
    damages = {
        b"": "empty",
        b"ply\n" + whole: "no binvox",
        whole[:-2]: "promises 343",
        whole.replace(b"dim 7 7 7", b"dim 7 7 9"): "cube",
        whole.replace(b"dim 7 7 7", b"dim 7 7"): "no grid",
        whole.replace(b"dim 7 7 7", b"dim seven"): "header",
        whole.replace(b"dim 7 7 7", b"dim 9999 9999 9999"): "1024",
        whole.replace(b"scale 2.7", b"scale nan"): "no grid",
        whole.replace(b"scale 2.7", b"scale"): "header",
    }
    for data, reason in damages.items():
        path.write_bytes(data)
        with pytest.raises(FileError, match=reason) as caught:
            read_binvox(path)
        assert "a.binvox" in str(caught.value)


def test_random_bytes_are_refused_or_read(tmp_path: Path):
    write_binvox(tmp_path / "a.binvox", grid())
    whole = np.frombuffer((tmp_path / "a.binvox").read_bytes(), dtype=np.uint8)
    generator = np.random.default_rng(1)
    for _ in range(200):
        changed = whole.copy()
        changed[generator.integers(len(changed), size=3)] = generator.integers(256, size=3)
        (tmp_path / "b.binvox").write_bytes(changed.tobytes())
        with contextlib.suppress(FileError):
            assert read_binvox(tmp_path / "b.binvox").occupied.ndim == 3


def test_arrays_are_voxels_too(tmp_path: Path):
    occupied = grid().occupied
    np.save(tmp_path / "a.npy", occupied.astype(np.float32))
    found = read_voxels(tmp_path / "a.npy")
    assert np.array_equal(found.occupied, occupied)
    assert found.frame.to_original([[-0.5, 0.0, 0.5]]).tolist() == [[0, 3.5, 7]]
    np.save(tmp_path / "b.npy", np.zeros((3, 4, 5)))
    with pytest.raises(FileError, match=r"\(R, R, R\)"):
        read_voxels(tmp_path / "b.npy")
    (tmp_path / "c.npy").write_bytes(b"nothing of that kind")
    with pytest.raises(FileError, match=r"c\.npy"):
        read_voxels(tmp_path / "c.npy")
    with pytest.raises(FileError, match=r"\.binvox, \.npy"):
        read_voxels(_named(tmp_path / "d.vox"))


def _named(path: Path) -> Path:
    path.write_bytes(b"something")
    return path


def test_voxels_are_read_from_archives_by_their_name_or_their_dimensions(tmp_path: Path):
    occupied = grid(8).occupied
    for number, arrays in enumerate(
        (
            {"voxels": occupied, "other": np.zeros((2, 2, 2))},
            {"scan": occupied.astype(np.uint8), "label": np.array(3)},
            {"grid": 1.0 * occupied},
        )
    ):
        path = tmp_path / f"{number}.npz"
        np.savez_compressed(path, allow_pickle=False, **arrays)
        assert holds_grid(path)
        assert kind_of(path).shipped_model == "voxels"
        np.testing.assert_array_equal(read_voxels(path).occupied, occupied)
    np.savez(tmp_path / "cloud.npz", points=np.zeros((40, 3)), voxels=occupied)
    assert not holds_grid(tmp_path / "cloud.npz")
    np.testing.assert_array_equal(read_voxels(tmp_path / "cloud.npz").occupied, occupied)
    np.savez(tmp_path / "none.npz", a=occupied, b=occupied, c=np.zeros(3))
    with pytest.raises(FileError, match=r"the arrays a \(3-D\), b \(3-D\), c \(1-D\), but no voxels"):
        read_voxels(tmp_path / "none.npz")
    np.savez(tmp_path / "flat.npz", voxels=occupied[:4])
    with pytest.raises(FileError, match=r"shape \(4, 8, 8\), but voxels have shape \(R, R, R\)"):
        read_voxels(tmp_path / "flat.npz")


def test_a_picture_of_points_is_no_voxel_grid(tmp_path: Path):
    np.save(tmp_path / "a.npy", np.zeros((20, 30, 3)))
    assert not holds_grid(tmp_path / "a.npy")
    np.save(tmp_path / "a.npy", np.zeros((3, 3, 3)))
    assert holds_grid(tmp_path / "a.npy")
