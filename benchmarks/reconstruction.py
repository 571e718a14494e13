"""Reconstruction from noisy point clouds beside Screened Poisson on the same clouds, by the paper's protocol.

    python benchmarks/reconstruction.py MESHES [--models points ...] [--points 300 1000 3000] [--most 100] [--output out/scores]

MESHES is a folder of meshes or a bundle (.npz); the closed ones of its test split are used. Poisson needs Open3D
(`pip install .[open3d]`); `--no-poisson` leaves it out.
"""

from __future__ import annotations

import platform
from datetime import UTC, datetime
from pathlib import Path

import torch
import tyro

from occnet.baselines.poisson import poisson_mesh
from occnet.pipeline.compare import CompareOptions, as_markdown, compare, network_method
from occnet.pipeline.evaluate import Method


def main(
    meshes: tyro.conf.Positional[Path],
    models: tuple[str, ...] = ("points",),
    poisson: bool = True,
    options: tyro.conf.OmitArgPrefixes[CompareOptions] = CompareOptions(),  # noqa: B008 (frozen)
) -> None:
    """Print one table, a row for each method and cloud size."""
    methods: dict[str, Method] = {f"occnet {name}": network_method(name, options) for name in models}
    if poisson:
        methods["Poisson, true normals"] = lambda points, normals: poisson_mesh(points, normals)
        methods["Poisson, estimated normals"] = lambda points, _: poisson_mesh(points)
    rows = compare(methods, meshes, options)
    print(f"\n{datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, {torch.get_num_threads()} threads, torch {torch.__version__}")
    print(f"noise {options.noise}, outliers {options.outliers:.0%}, split {options.split}\n")
    print(as_markdown(rows))


if __name__ == "__main__":
    tyro.cli(main, description=__doc__)
