"""Each of the four conditionings, from its own recipe: prepared, trained for a few hundred steps, and reconstructed from files.

Procedural shapes and a few meshes go through `occnet prepare`, `train` and `reconstruct` or `generate`
as a user's would. Recipes keep their networks and losses; what is changed makes them short: data, steps, batch, queries, rate.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from occnet.cli import main
from occnet.data.datasets import open_prepared
from occnet.data.split_protocol import PreparedSplit
from occnet.data.splits import split_of
from occnet.errors import EmptySurface
from occnet.field import Box, Sphere, Union
from occnet.files import read_mesh, write_mesh
from occnet.files.formats.binvox import VoxelGrid, write_binvox
from occnet.geometry.cleaning import is_closed
from occnet.geometry.inside import is_inside
from occnet.mesh import Frame, Mesh
from occnet.meshing.extract import extract_mesh
from occnet.metrics import volume_iou
from occnet.networks.checkpoint import load_model, save_model
from occnet.networks.occupancy_network import OccupancyNetwork
from occnet.networks.registry import build_network
from occnet.pipeline.reconstruct.reconstruct import reconstruct_file
from occnet.pipeline.reconstruct.reconstruct_options import ReconstructOptions
from occnet.recipe import read_recipe, to_toml

pytestmark = pytest.mark.slow

RECIPES = Path(__file__).parents[3] / "occnet" / "recipes"
SEED = 21  # by its name one of the shapes is for validation
BULKY = ("balloon", "bolt", "cabinet", "car", "fruit", "island", "planter", "tower", "mug", "temple")  # easily seen
PIXELS, VIEWS = 96, 4
CELLS = 48  # of the meshes that are made
THRESHOLD = 0.35  # the one shape for validation tells nothing of the best one
SCORED = 4096  # points that an IoU is taken on
UNIT = Frame(np.zeros(3), 1.0)


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dozen shapes, prepared by the command that users run."""
    pytest.importorskip("embreex", reason="Embree, which draws the pictures, is not available on this platform")
    folder = tmp_path_factory.mktemp("prepared")
    options = ["--uniform-points", "16384", "--near-points", "64", "--surface-points", "2048", "--voxels", "32"]
    options += ["--views", str(VIEWS), "--image-sizes", str(PIXELS), "--seed", str(SEED), "--workers", "1"]
    assert main(["prepare", "--synthetic", str(len(BULKY)), "--families", *BULKY, "-o", str(folder / "data"), *options]) == 0
    (folder / "meshes").mkdir()
    for number, mesh in enumerate(bulky_meshes()):
        name = next(name for name in (f"{number}{ending}.ply" for ending in ("", *"abcdef")) if split_of(name) == "train")
        write_mesh(folder / "meshes" / name, mesh)
    assert main(["prepare", str(folder / "meshes"), "-o", str(folder / "data"), *options]) == 0
    return folder / "data"


def bulky_meshes() -> list[Mesh]:
    """Three meshes that fill a tenth to three tenths of their cube: a dumbbell, a ball beside a slab, an upright capsule."""
    dumbbell = Union((Sphere(0.2, (-0.28, 0.0, 0.0)), Sphere(0.2, (0.28, 0.0, 0.0)), Box((0.6, 0.12, 0.12))))
    beside = Union((Sphere(0.25, (0.0, 0.2, 0.0)), Box((0.8, 0.16, 0.8))))
    capsule = Union(tuple(Sphere(0.25, (0.0, height, 0.0)) for height in (-0.2, -0.1, 0.0, 0.1, 0.2)))
    return [extract_mesh(solid, resolution=32) for solid in (dumbbell, beside, capsule)]


@dataclass(frozen=True)
class Short:
    """How long a recipe is trained here."""

    steps: int
    batch_size: int
    learning_rate: float
    encoder: dict[str, int] = field(default_factory=dict)


SHORT = {
    "onet_unconditional_chairs": Short(2000, 12, 2e-3),
    "onet_image": Short(140, 8, 1e-3, {"image_size": PIXELS}),
    "onet_points": Short(200, 8, 1e-3),
    "onet_voxels": Short(170, 8, 1e-3),
}
"""The longest first: two are trained at a time."""


@dataclass(frozen=True)
class Trained:
    """What a recipe came to."""

    run: Path
    training: PreparedSplit

    @property
    def model(self) -> str:
        return str(self.run / "model")


@pytest.fixture(scope="module")
def trainings(dataset: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Trained]]:
    """Waits for the run of a recipe; all are trained as soon as one is asked for, on one core each."""
    folder = tmp_path_factory.mktemp("runs")
    with ThreadPoolExecutor(2) as pool:
        futures = {recipe: pool.submit(trained, recipe, short, dataset, folder / recipe) for recipe, short in SHORT.items()}
        yield lambda recipe: futures[recipe].result()


def trained(recipe: str, short: Short, dataset: Path, folder: Path) -> Trained:
    """Train a recipe of the house with its own network on the small dataset, by the command that users run."""
    tables = read_recipe(RECIPES / f"{recipe}.toml")
    tables["data"] = {"datasets": [str(dataset)], "shares": [1.0], "validation": str(dataset)}
    tables["encoder"] |= short.encoder
    tables["samples"]["uniform_queries"] = 256
    tables["training"].pop("image_weights", None)
    tables["training"] |= {"steps": short.steps, "batch_size": short.batch_size, "learning_rate": short.learning_rate}
    tables["training"] |= {"decay_share": 0.5, "pictures": 0, "checkpoint_every": 10_000, "validate_every": 10_000}
    folder.mkdir(parents=True)
    (folder / "recipe.toml").write_text(to_toml(tables))
    command = [
        sys.executable,
        "-m",
        "occnet",
        "train",
        str(folder / "recipe.toml"),
        "-o",
        str(folder / "run"),
        "--device",
        "cpu",
    ]
    done = subprocess.run(command, env={**os.environ, "OMP_NUM_THREADS": "1"}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    return Trained(folder / "run", open_prepared(dataset, "train"))


def mean_iou(meshes: Sequence[Mesh | None], split: PreparedSplit) -> float:
    """Of one mesh a shape, in the shape's own unit cube; None is an empty one."""
    return float(np.mean([iou_of(mesh, split, shape) for shape, mesh in enumerate(meshes)]))


def iou_of(mesh: Mesh | None, split: PreparedSplit, shape: int) -> float:
    points, inside = split.labelled(shape, "uniform", SCORED, np.random.default_rng(shape))
    found = np.zeros(SCORED, dtype=bool) if mesh is None else is_inside(mesh, points)
    return float(volume_iou(found, inside))


def constant_iou(split: PreparedSplit) -> float:
    """What the best answer that is the same for all shapes reaches: the cells that enough of the shapes fill."""
    labels = np.stack([split.voxels(shape, 32) for shape in range(len(split))])
    share = labels.mean(axis=0)
    levels = [share >= least for least in np.unique(share)[1:]]
    return max(float(np.mean([volume_iou(level, inside) for inside in labels])) for level in levels)


def reconstructed(trained: Trained, write: Callable[[Path, int], Path], folder: Path, count: int) -> list[Mesh | None]:
    """The mesh from the file of each of the first training shapes, None where nothing solid is seen in it."""
    meshes: list[Mesh | None] = []
    options = ReconstructOptions(model=trained.model, resolution=CELLS, threshold=THRESHOLD, device="cpu")
    for shape in range(count):
        try:
            meshes.append(reconstruct_file(write(folder, shape), folder / f"{shape}.off", options).mesh)
        except EmptySurface:
            meshes.append(None)
    return meshes


def untrained(trained: Trained, folder: Path) -> Trained:
    """The same network as it was before training."""
    shutil.rmtree(folder, ignore_errors=True)
    network = build_network(read_recipe(Path(trained.model) / "recipe.toml"))
    save_model(folder / "model", network)
    return Trained(folder, trained.training)


def check(trained: Trained, write: Callable[[Path, int], Path], folder: Path, floor: float, frame: Frame = UNIT) -> None:
    """The floor is reached, and neither an untrained network nor any constant answer comes near it.

    frame: where the written observations lie, and with them the meshes.
    """

    def score(network: Trained, count: int) -> float:
        meshes = reconstructed(network, write, folder, count)
        return mean_iou([None if mesh is None else frame.mesh_to_unit(mesh) for mesh in meshes], trained.training)

    reached, before = score(trained, len(trained.training)), score(untrained(trained, folder / "untrained"), 4)
    constant = constant_iou(trained.training)
    print(f"IoU {reached:.3f}; untrained {before:.3f}, constant {constant:.3f}")
    assert before < 0.1
    assert constant < floor - 0.05
    assert reached > floor


def test_image(trainings: Callable[[str], Trained], tmp_path: Path) -> None:
    made = trainings("onet_image")

    def photo(folder: Path, shape: int) -> Path:
        Image.fromarray(made.training.image(shape, shape % VIEWS)).save(folder / "photo.png")
        return folder / "photo.png"

    check(made, photo, tmp_path, floor=0.43)


def test_points(trainings: Callable[[str], Trained], tmp_path: Path) -> None:
    made = trainings("onet_points")
    frame = Frame(np.full(3, 3.0), 7.0)  # of the unit cube in the scan's own coordinates

    def cloud(folder: Path, shape: int) -> Path:
        generator = np.random.default_rng(shape)
        points, _ = made.training.surface(shape, 300, generator)
        np.savetxt(folder / "scan.xyz", frame.to_original(points + 0.005 * generator.standard_normal(points.shape)))
        return folder / "scan.xyz"

    check(made, cloud, tmp_path, floor=0.4, frame=frame)


def test_voxels(trainings: Callable[[str], Trained], tmp_path: Path) -> None:
    made = trainings("onet_voxels")

    def binvox(folder: Path, shape: int) -> Path:
        write_binvox(folder / "grid.binvox", VoxelGrid(made.training.voxels(shape, 32), np.full(3, -0.5), 1.0))
        return folder / "grid.binvox"

    check(made, binvox, tmp_path, floor=0.4)


def test_unconditional(trainings: Callable[[str], Trained], tmp_path: Path) -> None:
    made = trainings("onet_unconditional_chairs")
    known = [inferred(load_model(made.model), made.training, shape) for shape in range(len(made.training))]
    blank = untrained(made, tmp_path / "untrained")
    before = [inferred(load_model(blank.model), made.training, shape) for shape in range(len(made.training))]
    reached, start, constant = mean_iou(known, made.training), mean_iou(before, made.training), constant_iou(made.training)
    print(f"IoU {reached:.3f}; untrained {start:.3f}, constant {constant:.3f}")
    assert start < 0.15  # the whole cube, filled, scores 0.12
    assert constant < 0.4 - 0.05
    assert reached > 0.4
    assert main(["generate", made.model, "-o", str(tmp_path / "new.ply"), "--count", "8", "--resolution", str(CELLS)]) in (0, 1)
    drawn = [read_mesh(path) for path in sorted(tmp_path.glob("new-*.ply"))]
    assert drawn
    assert all(is_closed(mesh) for mesh in drawn)


def inferred(model: OccupancyNetwork, split: PreparedSplit, shape: int) -> Mesh | None:
    """The mesh of the latent code that a shape's labelled points are given."""
    points, inside = split.labelled(shape, "uniform", SCORED, np.random.default_rng(1000 + shape))
    code = model.posterior_code(torch.from_numpy(points), torch.from_numpy(inside))
    try:
        return extract_mesh(model.field_of_code(code), resolution=CELLS, threshold=THRESHOLD)
    except EmptySurface:
        return None
