"""The doors through which files come in: what is done with one that is opened, as the commands do it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from occnet.data.datasets import open_prepared
from occnet.data.sources import open_meshes
from occnet.files import Intrinsics, read_cloud, read_depth, read_intrinsics, read_mesh
from occnet.files.images import read_image
from occnet.files.settings import read_settings
from occnet.files.voxel_grids import read_voxels
from occnet.networks.checkpoint import load_model
from occnet.networks.weight_files import read_torch_file
from occnet.pipeline.importing import settings_of
from occnet.pipeline.prepare.dataset_info import describe, verify
from occnet.pipeline.train.config import loss_of, training_recipe

CAMERA = Intrinsics(9.0, 9.0, 8.0, 6.0)


def _mesh(path: Path) -> None:
    for paint in (False, True):
        read_mesh(path, paint)


def _meshes(path: Path) -> None:
    meshes = open_meshes(path, paint=True)
    for name in meshes.names:
        meshes.read_named(name)


def _dataset(path: Path) -> None:
    generator = np.random.default_rng(0)
    split = open_prepared(path, "train")
    split.labelled(0, "uniform", 8, generator)
    split.surface(0, 8, generator)


def _verified(path: Path) -> None:
    describe(path)
    verify(path)


def _recipe(path: Path) -> None:
    loss_of(training_recipe(path))


DOORS: dict[str, Callable[[Path], object]] = {
    "cloud": read_cloud,
    "mesh": _mesh,
    "meshes": _meshes,
    "picture": read_image,
    "depth": lambda path: read_depth(path, CAMERA),
    "camera": read_intrinsics,
    "voxels": read_voxels,
    "settings": lambda path: settings_of(read_settings(path), path),
    "recipe": _recipe,
    "model": load_model,
    "checkpoint": read_torch_file,
    "dataset": _dataset,
    "verified": _verified,
}
