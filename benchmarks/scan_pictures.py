"""Make the scans that docs/scans.md is about, and with the commands of that page its meshes and pictures.

    python benchmarks/scan_pictures.py FOLDER [--scans-only] [--share 1.0]

All scans are simulated: of procedural things that no model was trained on, of a hilly piece of land and of a room. They are
written into the folder under the names of the page, then its commands are run there; the pictures are those in docs/images.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Callable
from pathlib import Path

import numpy as np
import tyro
from numpy.typing import NDArray
from scipy.spatial import Delaunay

from occnet import cli
from occnet.files import Cloud, read_mesh, write_cloud
from occnet.geometry.render.occlusion import RayScene
from occnet.geometry.sampling import sample_surface
from occnet.mesh import Frame, Mesh
from occnet.meshing import extract_mesh
from occnet.shapes import sample_shapes

PAGE = Path(__file__).parents[1] / "docs" / "scans.md"
ON_TABLE = (("lamp", 1, -0.25, 0.5), ("mug", 3, 0.35, 0.22))  # family and number of a shape, its x and height in metres
CAMERAS = 2.0 * np.array([[1.4, 1.1, 1.9], [-1.5, 1.3, 1.6], [-1.2, 1.0, -1.9], [1.7, 1.2, -1.4]])
FIELD_OF_VIEW = 22.0  # degrees, of the depth cameras
ROOM = np.array([5.0, 4.0, 2.6])  # metres, z up
CUT = 2.3  # of its height, above which the scan of the room is cut off, so that one can look in
SCANNER = np.array([3.3, 1.6, 1.5])

Points = NDArray[np.float64]


def main(folder: tyro.conf.Positional[Path], scans_only: bool = False, share: float = 1.0) -> None:
    """Write the scans, share of their points, and unless scans_only run what the page says."""
    folder.mkdir(parents=True, exist_ok=True)
    write_scans(folder, share)
    if scans_only:
        return
    os.chdir(folder)
    for command in commands():
        print("$", command, flush=True)
        code = cli.main(shlex.split(command)[1:])
        assert code == 0, f"exit code {code}"


def commands(page: Path = PAGE) -> list[str]:
    """The commands of the page, in their order: the lines of its blocks of code that begin with occnet."""
    blocks = re.findall(r"^```\w*\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return [line.split("  #")[0].strip() for block in blocks for line in block.splitlines() if line.startswith("occnet ")]


def write_scans(folder: Path, share: float = 1.0) -> None:
    """Write all scans of the page, with that share of their points."""
    for name, write in SCANS.items():
        write(folder / name, share)


def _view(number: int) -> Callable[[Path, float], None]:
    """What writes the depth picture of the chair by that camera, from 1 on."""

    def write(path: Path, share: float) -> None:
        camera = CAMERAS[number - 1]
        write_cloud(path, Cloud(_depth_picture(_chair(), camera, share, number), sensors=camera[None]))

    return write


def _dense(path: Path, share: float) -> None:
    write_cloud(path, Cloud(sample_surface(_chair(), round(40_000 * share), np.random.default_rng(0))[0]))


def _table(path: Path, share: float) -> None:
    write_cloud(path, Cloud(_on_a_table(round(40_000 * share))))


def _land(path: Path, share: float) -> None:
    write_cloud(path, Cloud(_hills(round(60_000 * share))))


def _room(path: Path, share: float) -> None:
    write_cloud(path, Cloud(_seen_of_room(round(120_000 * share)), sensors=SCANNER[None]))


SCANS = {
    "dense.ply": _dense,
    "one_view.pcd": _view(1),
    **{f"view_{number}.pcd": _view(number) for number in (1, 2, 3, 4)},
    "table.ply": _table,
    "land.xyz": _land,
    "room.pcd": _room,
}


def _chair() -> Mesh:
    """The chair of the examples, y up, in the unit cube."""
    chair = read_mesh(PAGE.parents[1] / "examples" / "data" / "chair_truth.ply")
    return Frame.of(chair.vertices).mesh_to_unit(chair)


def _thing(family: str, number: int) -> Mesh:
    """The mesh of a procedural shape, y up, in the unit cube."""
    shape = sample_shapes(1, seed=7, first=number, family=family)
    return extract_mesh(lambda places: shape.occupancy(places[None])[0].float() - 0.5, resolution=192)


def _depth_picture(thing: Mesh, camera: Points, share: float, seed: int) -> Points:
    """What a depth camera at a place (3,) sees of a thing at the origin, (N, 3); share: of 240 x 240 pixels."""
    pixels = round(240 * np.sqrt(share))
    back = camera / np.linalg.norm(camera)
    right = np.cross([0.0, 1.0, 0.0], back)
    right /= np.linalg.norm(right)
    ticks = np.tan(np.radians(FIELD_OF_VIEW / 2.0)) * np.linspace(-1.0, 1.0, pixels)
    across, up = (part.reshape(-1, 1) for part in np.meshgrid(ticks, ticks))
    return _seen(thing, camera, across * right + up * np.cross(back, right) - back, 0.001, seed)


def _seen(scene: Mesh, place: Points, directions: Points, noise: float, seed: int) -> Points:
    """Where rays from a place (3,) first hit a scene, (N, 3), with noise along the rays, in its unit."""
    directions = directions / np.linalg.norm(directions, axis=1, keepdims=True)
    hits = RayScene(scene).first_hits(np.broadcast_to(place, directions.shape), directions)
    hit = np.isfinite(hits.distance) & (hits.face >= 0)
    distance = hits.distance[hit] + noise * np.random.default_rng(seed).standard_normal(int(hit.sum()))
    return place + distance[:, None] * directions[hit]


def _on_a_table(count: int) -> Points:
    """A lamp and a mug on a table of 1.4 x 0.9 m, scanned all around; y up. Nothing is seen of their undersides."""
    generator, table = np.random.default_rng(0), 0.72
    top = generator.uniform([-0.7, table, -0.45], [0.7, table, 0.45], (count // 2, 3))
    clouds = []
    for family, number, x, height in ON_TABLE:
        thing = _thing(family, number)
        size = height / np.ptp(thing.vertices[:, 1])
        moved = (thing.vertices - [0.0, thing.vertices[:, 1].min(), 0.0]) * size + [x, table, 0.0]
        cloud = sample_surface(Mesh(moved, thing.faces), count // 4, generator)[0]
        below = cloud[:, 1] < table + 0.004
        top = top[~_within(top[:, [0, 2]], cloud[below][:, [0, 2]])]
        clouds.append(cloud[~below])
    points = np.concatenate([top, *clouds])
    return points + 0.001 * generator.standard_normal(points.shape)


def _within(places: Points, corners: Points) -> NDArray[np.bool_]:
    """Whether places (N, 2) lie within the convex hull of corners (M, 2)."""
    return Delaunay(corners).find_simplex(places) >= 0


def _hills(count: int) -> Points:
    """Hills of 300 x 240 m, in the coordinates of a map; z up."""
    generator = np.random.default_rng(0)
    x, y = generator.uniform(0.0, 300.0, count), generator.uniform(0.0, 240.0, count)
    height = 14.0 * np.sin(x / 47.0) * np.cos(y / 61.0) + 5.0 * np.sin((x + 2 * y) / 31.0)
    height = height + 1.2 * np.sin(x / 7.0) * np.sin(y / 9.0) + 0.05 * generator.standard_normal(count)
    return np.stack([351_000.0 + x, 5_802_000.0 + y, 87.0 + height], axis=1)


def _seen_of_room(count: int) -> Points:
    """What a scanner in a room sees of it and of the chairs in it, below CUT; z up."""
    chair = _chair()
    upright = chair.vertices[:, [2, 0, 1]]
    upright = upright - [0.0, 0.0, upright[:, 2].min()]
    parts = [_box(np.zeros(3), ROOM), _box(np.array([2.0, 3.0, 0.0]), np.array([3.4, 3.7, 0.75]))]
    for x, y, angle in ((2.3, 2.3, 1.3), (1.0, 2.5, -0.6)):
        turn = np.array([[np.cos(angle), -np.sin(angle), 0.0], [np.sin(angle), np.cos(angle), 0.0], [0.0, 0.0, 1.0]])
        parts.append(Mesh(0.9 * upright @ turn.T + [x, y, 0.0], chair.faces))
    starts = np.cumsum([0, *(len(part.vertices) for part in parts)])
    faces = [part.faces + start for part, start in zip(parts, starts, strict=False)]
    scene = Mesh(np.concatenate([part.vertices for part in parts]), np.concatenate(faces))
    points = _seen(scene, SCANNER, np.random.default_rng(0).standard_normal((count, 3)), 0.003, seed=1)
    return points[points[:, 2] < CUT]


def _box(low: Points, high: Points) -> Mesh:
    corners = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)])
    quads = np.array([[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]])
    return Mesh(low + corners * (high - low), np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]]))


if __name__ == "__main__":
    tyro.cli(main, description=__doc__)
