"""Solids from both kinds of voxel grids, on the closed meshes of a test split: full by the centre, and full where touched.

    python benchmarks/voxel_grids.py MESHES [--models voxels runs/mine/best] [--resolution 32] [--most 20]

Most programs fill a voxel whose centre is inside; the published ShapeNet grids, and others, fill every voxel that the surface
touches, too. The IoU is that of fields, at random points of the padded cube; a grid that is empty counts as 0.
"""

from __future__ import annotations

import platform
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import torch
import tyro

from occnet.geometry.cleaning import unit_mesh
from occnet.geometry.inside import InsideTest
from occnet.geometry.sampling import sample_surface, sample_volume
from occnet.geometry.voxelising import voxelize, voxels_with_points
from occnet.metrics import volume_iou
from occnet.networks.checkpoint import load_model
from occnet.networks.occupancy_network import OccupancyNetwork
from occnet.pipeline.evaluate.cases import closed_meshes

QUERIES = 50_000
ON_SURFACE = 400_000  # points that tell which voxels a surface touches


def main(
    meshes: tyro.conf.Positional[Path],
    models: tuple[str, ...] = ("voxels",),
    resolution: int = 32,
    split: str = "test",
    most: int | None = None,
) -> None:
    """Print a table: a row for each model, one for the voxels as they are, and columns for both kinds of grids."""
    source, numbers = closed_meshes(meshes, split, most)
    networks = {name: load_model(name) for name in models}
    scores: dict[str, list[list[float]]] = {"the voxels as they are": [], **{name: [] for name in models}}
    for rank, number in enumerate(numbers):
        generator = np.random.default_rng(rank)
        test = InsideTest(unit_mesh(source.read(number))[0])
        queries = sample_volume(QUERIES, generator)
        inside = test.inside(queries)
        by_centre = voxelize(test, resolution)
        surface = sample_surface(test.mesh, ON_SURFACE, generator)[0]
        grids = [by_centre, by_centre | voxels_with_points(surface, resolution)]
        cells = np.floor((queries + 0.5) * resolution).astype(int)
        within = ((cells >= 0) & (cells < resolution)).all(axis=1)
        said = [within & grid[tuple(cells.clip(0, resolution - 1).T)] for grid in grids]
        scores["the voxels as they are"].append([volume_iou(guess, inside) for guess in said])
        for name, network in networks.items():
            scores[name].append([_iou(network, grid, queries, inside) if grid.any() else 0.0 for grid in grids])
    print(f"{datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, torch {torch.__version__}, {len(numbers)} meshes\n")
    print(f"| {resolution}^3 | full by the centre | median | full where touched, too | median |\n|---|---|---|---|---|")
    for name, rows in scores.items():
        cells = [f"{value:.3f}" for pair in zip(np.mean(rows, axis=0), np.median(rows, axis=0), strict=True) for value in pair]
        print(f"| {name} | {' | '.join(cells)} |")


def _iou(network: OccupancyNetwork, grid: np.ndarray, queries: np.ndarray, inside: np.ndarray) -> float:
    points = torch.from_numpy(queries).float()
    said = torch.sigmoid(network.field(torch.from_numpy(grid).float())(points)) > network.threshold
    return volume_iou(said.numpy(), inside)


if __name__ == "__main__":
    tyro.cli(main, description=__doc__)
