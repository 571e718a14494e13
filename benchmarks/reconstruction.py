"""Reconstruction from noisy point clouds beside Screened Poisson on the same clouds, by the paper's protocol.

    python benchmarks/reconstruction.py MESHES [--models points runs/mine/best] [--settings 300 noisy] [--output out/scores]

MESHES is a folder of meshes or a bundle (.npz); the closed ones of its test split are used, or of all splits with
`--split all`. A model that reads normals is
scored twice, without and with the true ones (`--normals without` or `with`: once). Poisson needs Open3D
(`pip install .[open3d]`); `--no-poisson` leaves it out. `--output` keeps the scores of each mesh, those of the settings other
than clean ones in folders of their own. Below each table is that of the meshes with thin walls alone, whose mean wall, twice
the volume by the area, is below 0.02 longest edges.
"""

from __future__ import annotations

import platform
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import numpy as np
import torch
import tyro

from occnet.baselines.poisson import poisson_mesh
from occnet.files.clouds import Cloud
from occnet.geometry.cleaning import unit_mesh
from occnet.mesh import Mesh
from occnet.networks.checkpoint import load_model
from occnet.networks.devices import device_of
from occnet.networks.occupancy_network import OccupancyNetwork
from occnet.pipeline.allocator import keep_freed_memory
from occnet.pipeline.evaluate.cases import closed_meshes
from occnet.pipeline.evaluate.compare import Row, as_markdown, compare, scores_file
from occnet.pipeline.evaluate.compare_options import CompareOptions
from occnet.pipeline.evaluate.scores import Method, mean_scores
from occnet.pipeline.experiment.experiment_scores import read_shape_scores
from occnet.pipeline.reconstruct.reconstruct import reconstruct
from occnet.pipeline.reconstruct.reconstruct_options import ReconstructOptions

TRUE = "true normals"
THIN = 0.02  # longest edges
Name = Literal["300", "1000", "3000", "10000", "noisy", "outliers"]


@dataclass(frozen=True)
class Setting:
    """How the clouds of one table are made; lengths in longest edges."""

    points: int
    noise: float = 0.005
    outliers: float = 0.0  # share of the points, uniform in the padded cube instead


SETTINGS: dict[Name, Setting] = {
    "300": Setting(300),
    "1000": Setting(1000),
    "3000": Setting(3000),
    "10000": Setting(10_000),
    "noisy": Setting(3000, noise=0.015),
    "outliers": Setting(3000, outliers=0.1),
}


def main(
    meshes: tyro.conf.Positional[Path],
    models: tuple[str, ...] = ("points",),
    settings: tuple[Name, ...] = tuple(SETTINGS),
    poisson: bool = True,
    normals: Literal["without", "with", "both"] = "both",
    split: str = "test",
    most: int | None = None,
    resolution: int = 256,
    device: str = "auto",
    output: Path | None = None,
) -> None:
    """Print a table for each setting, a row for each method."""
    keep_freed_memory()
    methods: dict[str, Method] = {}
    for name in models:
        found = network_methods(name, load_model(name, device_of(device)), resolution)
        methods |= {key: value for key, value in found.items() if normals in ("both", "with" if TRUE in key else "without")}
    if poisson:
        methods[f"Poisson, {TRUE}"] = lambda points, normals: poisson_mesh(points, normals)
        methods["Poisson, estimated normals"] = lambda points, _: poisson_mesh(points)
    thin = names_of_thin(meshes, split, most)
    print(f"{datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, {torch.get_num_threads()} threads, torch {torch.__version__}")
    for name in settings:
        setting = SETTINGS[name]
        clean = setting == Setting(setting.points)
        options = CompareOptions(
            points=(setting.points,),
            noise=setting.noise,
            outliers=setting.outliers,
            split=split,
            most=most,
            resolution=resolution,
            device=device,
            output=output if output is None or clean else output / name,
        )
        print(f"\n{setting.points:,} points, noise {setting.noise}, outliers {setting.outliers:.0%}, split {split}\n")
        with TemporaryDirectory() as folder:
            kept = Path(folder) if options.output is None else options.output
            rows = compare(methods, meshes, replace(options, output=kept))
            print(as_markdown(rows), flush=True)
            if thin:
                few = [thin_only(row, kept, thin) for row in rows if not row.not_run]
                print(f"\nof which {len(thin)} have walls thinner than {THIN}\n\n{as_markdown(few)}", flush=True)


def names_of_thin(meshes: Path, split: str, most: int | None) -> set[str]:
    """The closed meshes whose mean wall is thin."""
    source, chosen = closed_meshes(meshes, split, most)
    truths = {source.names[index]: unit_mesh(source.read(index))[0] for index in chosen}
    return {name for name, truth in truths.items() if 2.0 * abs(truth.volume) < THIN * truth.area}


def thin_only(row: Row, folder: Path, thin: set[str]) -> Row:
    """The row of a table for those meshes alone, from the scores that were kept of each."""
    scores = [score for score in read_shape_scores(folder / scores_file(row.method, row.points)) if score.name in thin]
    return replace(row, shapes=len(scores), scores=mean_scores(scores))


def network_methods(name: str, network: OccupancyNetwork, resolution: int) -> dict[str, Method]:
    """The reconstruction by a model that is not shown the normals, and, where it reads them, by one that is."""

    options = ReconstructOptions(resolution=resolution)

    def plain(points: np.ndarray, _: np.ndarray) -> Mesh:
        return reconstruct(points, options, model=network).mesh

    def shown(points: np.ndarray, normals: np.ndarray) -> Mesh:
        return reconstruct(Cloud(points, normals), options, model=network).mesh

    called = f"occnet {name}"  # the folders of two runs have the same last part
    methods: dict[str, Method] = {called: plain}
    if network.encoder.reads_normals:
        methods[f"{called}, {TRUE}"] = shown
    return methods


if __name__ == "__main__":
    tyro.cli(main, description=__doc__)
