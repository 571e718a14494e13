"""Reconstruction from noisy point clouds, scored by the paper's protocol, beside Screened Poisson on the same clouds.

    python benchmarks/reconstruction.py MESHES [--model points] [--points 300 1000 3000] [--most 100] [--output out/scores]

MESHES is a folder of meshes or a bundle (.npz); the closed ones of its test split are used. Poisson needs Open3D
(`pip install .[open3d]`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import tyro
from rich.console import Console
from rich.table import Table

from occnet.baselines.poisson import poisson_mesh
from occnet.mesh import Mesh
from occnet.networks.checkpoint import load_model
from occnet.pipeline.evaluate import Method, Protocol, evaluate, mean_scores, write_scores
from occnet.pipeline.memory import keep_freed_memory
from occnet.pipeline.reconstruct import reconstruct


@dataclass(frozen=True)
class Options:
    """What to score."""

    meshes: tyro.conf.Positional[Path]
    """a folder of meshes or a bundle (.npz)"""
    model: Annotated[tuple[str, ...], tyro.conf.arg(aliases=["-m"])] = ("points",)
    """shipped models or model folders"""
    points: tuple[int, ...] = (300, 1000, 3000)
    """sizes of the clouds"""
    noise: float = 0.005
    """standard deviation of the noise, in longest edges"""
    outliers: float = 0.0
    """share of outliers"""
    split: str = "test"
    """which split of the meshes"""
    most: int | None = None
    """only the first so many meshes"""
    resolution: int = 256
    """cells along the longest edge for the networks"""
    poisson: bool = True
    """score Screened Poisson, too"""
    output: Path | None = None
    """folder for one CSV file a method and setting"""


def methods(options: Options) -> dict[str, Method]:
    """The methods to compare, by name."""
    found: dict[str, Method] = {}
    for name in options.model:
        network = load_model(name)

        def run(points: np.ndarray, _: np.ndarray, network: torch.nn.Module = network) -> Mesh:
            return reconstruct(points, model=network, resolution=options.resolution)  # type: ignore[arg-type]

        found[f"occnet {name}"] = run
    if options.poisson:
        found["Poisson, true normals"] = lambda points, normals: poisson_mesh(points, normals)
        found["Poisson, estimated normals"] = lambda points, _: poisson_mesh(points)
    return found


def main(options: Options) -> None:
    """Print one table, a row for each method and cloud size."""
    keep_freed_memory()
    table = Table("points", "method", "IoU", "Chamfer-L1", "normals", "F-score", "closed", "failed", "meshes")
    chosen = methods(options)
    protocol = Protocol(noise=options.noise, outliers=options.outliers)
    for count in options.points:
        scores = evaluate(chosen, options.meshes, replace(protocol, points=count), split=options.split, most=options.most)
        for name, rows in scores.items():
            mean = mean_scores(rows)
            table.add_row(
                f"{count:,}",
                name,
                f"{mean['iou']:.3f}",
                f"{mean['chamfer_l1']:.4f}",
                f"{mean['normal_consistency']:.3f}",
                f"{mean['f_score']:.3f}",
                f"{mean['closed']:.0%}",
                f"{mean['failed']:.0%}",
                str(len(rows)),
            )
            if options.output:
                options.output.mkdir(parents=True, exist_ok=True)
                write_scores(options.output / f"{name.replace(' ', '-').replace('/', '-')}-{count}.csv", rows)
    Console(width=120).print(table)


if __name__ == "__main__":
    main(tyro.cli(Options, description=__doc__))
