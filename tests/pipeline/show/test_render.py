"""What people look at: each kind of file is drawn, side by side or in a turn, upright and at one scale where asked for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import trimesh
from PIL import Image

from occnet.errors import FileError, OccnetError
from occnet.files.clouds import Cloud, write_cloud
from occnet.files.meshes import write_mesh
from occnet.geometry.render.camera import View
from occnet.mesh import Mesh
from occnet.pipeline.show.render import drawn, read_to_see, render_files
from occnet.pipeline.show.render_options import RenderOptions

SIZE = 48


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("seen")
    box = trimesh.creation.box((1.0, 0.4, 0.2))
    made = {name: folder / name for name in ("box.ply", "scan.ply", "grid.npy", "photo.png")}
    write_mesh(made["box.ply"], Mesh(np.asarray(box.vertices), np.asarray(box.faces)))
    points = np.random.default_rng(0).uniform(-0.5, 0.5, (400, 3)) * [1.0, 0.4, 0.2]
    write_cloud(made["scan.ply"], Cloud(points))
    grid = np.zeros((8, 8, 8), dtype=bool)
    grid[2:6, 1:7, 3:5] = True
    np.save(made["grid.npy"], grid)
    Image.new("RGB", (60, 30), (200, 20, 20)).save(made["photo.png"])
    return made


def ink(picture: np.ndarray) -> np.ndarray:
    """Where a picture is not nearly white."""
    return picture.min(axis=2) < 200


def test_each_kind_of_file_is_seen_as_what_it_is(files: dict[str, Path]) -> None:
    assert isinstance(read_to_see(files["box.ply"]), Mesh)
    assert isinstance(read_to_see(files["scan.ply"]), Cloud)
    voxels = read_to_see(files["grid.npy"])
    assert isinstance(voxels, Mesh)
    assert trimesh.Trimesh(voxels.vertices, voxels.faces).volume == pytest.approx(4 * 6 * 2)  # voxels of edge 1
    photo = read_to_see(files["photo.png"])
    assert isinstance(photo, np.ndarray)
    assert photo.shape == (30, 60, 3)


def test_several_files_stand_side_by_side(files: dict[str, Path], tmp_path: Path) -> None:
    render_files(list(files.values()), tmp_path / "all.png", RenderOptions(size=SIZE, captions=False))
    picture = np.asarray(Image.open(tmp_path / "all.png"))
    assert picture.shape == (SIZE, 4 * SIZE, 3)
    for column in range(4):
        assert ink(picture[:, column * SIZE : (column + 1) * SIZE]).mean() > 0.02
    render_files(list(files.values()), tmp_path / "rows.webp", RenderOptions(size=SIZE, columns=2))
    width, height = Image.open(tmp_path / "rows.webp").size
    assert width == 2 * SIZE
    assert height > 2 * SIZE  # with a line of text below each


def test_one_frame_keeps_scale_and_place(files: dict[str, Path]) -> None:
    view = View(azimuth=0.0, elevation=0.0, field_of_view=0.0)
    box = read_to_see(files["box.ply"])
    assert isinstance(box, Mesh)
    half = Mesh(0.5 * box.vertices + [0.25, 0.0, 0.0], box.faces)
    own = drawn([box, half], view, RenderOptions(size=SIZE))
    shared = drawn([box, half], view, RenderOptions(size=SIZE, same_frame=True))
    wide = [int(ink(picture[:, SIZE:])[SIZE // 2].sum()) for picture in (own, shared)]
    assert wide[1] == pytest.approx(0.5 * wide[0], abs=2)
    columns = np.flatnonzero(ink(shared[:, SIZE:])[SIZE // 2])
    assert columns.min() >= SIZE // 2 - 1  # the right half, where it lies


def test_z_up_is_turned_upright(files: dict[str, Path], tmp_path: Path) -> None:
    tall = trimesh.creation.box((0.2, 0.2, 1.0))
    write_mesh(tmp_path / "tall.ply", Mesh(np.asarray(tall.vertices), np.asarray(tall.faces)))
    sizes = {}
    for up in ("y", "z"):
        render_files([tmp_path / "tall.ply"], tmp_path / "p.png", RenderOptions(size=SIZE, up=up, azimuth=0.0, elevation=1.0))
        drawing = ink(np.asarray(Image.open(tmp_path / "p.png")))
        sizes[up] = np.array([np.ptp(np.flatnonzero(drawing.any(axis=axis))) for axis in (1, 0)])  # height, width
    assert sizes["y"][0] < 1.5 * sizes["y"][1]  # seen from its end
    assert sizes["z"][0] > 3 * sizes["z"][1]


def test_a_turn_has_its_frames(files: dict[str, Path], tmp_path: Path) -> None:
    render_files([files["box.ply"]], tmp_path / "turn.gif", RenderOptions(size=SIZE, frames=5))
    with Image.open(tmp_path / "turn.gif") as film:
        assert getattr(film, "n_frames", 1) == 5
        frames = []
        for number in range(5):
            film.seek(number)
            frames.append(np.asarray(film.convert("RGB")))
    assert all((frames[0] != frame).mean() > 0.01 for frame in frames[1:])


def test_a_film_is_written_of_odd_sizes_too(files: dict[str, Path], tmp_path: Path) -> None:
    imageio = pytest.importorskip("imageio.v2")
    pytest.importorskip("imageio_ffmpeg")
    render_files([files["box.ply"]], tmp_path / "turn.mp4", RenderOptions(size=33, frames=3))
    frames = list(imageio.get_reader(tmp_path / "turn.mp4").iter_data())
    assert len(frames) == 3
    assert frames[0].shape == (34, 34, 3)


def test_what_cannot_be_drawn_is_said(files: dict[str, Path], tmp_path: Path) -> None:
    with pytest.raises(FileError, match="is to be a picture"):
        render_files([files["box.ply"]], tmp_path / "box.xyz")
    with pytest.raises(FileError, match="no file"):
        render_files([tmp_path / "missing.ply"], tmp_path / "box.png")
    with pytest.raises(FileError, match=r"photo\.png is an input, which would be lost"):
        render_files([files["box.ply"], files["photo.png"]], files["photo.png"])
    with pytest.raises(OccnetError, match="up is y or z"):
        RenderOptions(up="x")
    with pytest.raises(OccnetError, match="elevation"):
        RenderOptions(elevation=90.0)
