"""What dense scans gain by averaged samples and by tiles, on procedural shapes and scenes that no training has seen.

    python benchmarks/dense_scans.py [--model points] [--kind scenes] [--points 80000 300000] [--tiles 1 2 3] [--normals]

IoU of uniform points in the box, and of points within 0.008 of the surface, where detail is decided; both need no mesh.
`--meshes` extracts one, too: F-score at 0.5 % of the longest edge, and the seconds of the whole reconstruction.
"""

from __future__ import annotations

import time
from typing import Literal

import numpy as np
import torch
import tyro
from scenes import Solid, scene, single_shape

from occnet.errors import OccnetError
from occnet.field import logit_of
from occnet.files import Cloud
from occnet.geometry.sampling import sample_surface
from occnet.metrics import surface_scores, volume_iou
from occnet.networks.checkpoint import load_model
from occnet.networks.occupancy_network import OccupancyNetwork
from occnet.observations.points import observed_cloud
from occnet.observations.reading_options import CloudReading
from occnet.pipeline.reconstruct.observed_mesh import field_of
from occnet.pipeline.reconstruct.reconstruct import reconstruct
from occnet.pipeline.reconstruct.reconstruct_options import ReconstructOptions

QUERIES, NEAR, TOLERANCE, SURFACE = 40_000, 0.008, 0.005, 100_000


def main(
    model: str = "points",
    kind: Literal["shapes", "scenes"] = "shapes",
    number: int = 8,
    points: tuple[int, ...] = (80_000,),
    tiles: tuple[int, ...] = (1, 2, 3),
    samples: tuple[int, ...] = (1, 4),
    noise: float = 0.002,
    normals: bool = False,
    meshes: bool = False,
    resolution: int = 128,
) -> None:
    """Print one row for each number of points, tiles along the longest edge, and samples of 10,000 in each tile."""
    network = load_model(model)
    print(f"{number} {kind}, noise {noise}, {'true' if normals else 'no'} normals\n")
    print("| points | tiles | samples | IoU | IoU near the surface | CPU seconds | F-score | CPU seconds to the mesh |")
    print("|---|---|---|---|---|---|---|---|")
    for count in points:
        solids = [single_shape(index, count) if kind == "shapes" else scene(index, count) for index in range(number)]
        for tile in tiles:
            for sample in samples:
                reading = CloudReading(tiles=tile, subsamples=sample)
                rows = [scores(network, solid, noise, normals, reading) for solid in solids]
                found = [scores_of_mesh(network, solid, noise, normals, reading, resolution) for solid in solids if meshes]
                columns = [*np.mean(rows, axis=0).tolist(), *(np.mean(found, axis=0).tolist() if found else (np.nan, np.nan))]
                print(f"| {count:,} | {tile} | {sample} | {' | '.join(f'{value:.4f}' for value in columns)} |", flush=True)


def scan(solid: Solid, noise: float, normals: bool) -> Cloud:
    """A noisy cloud of a solid."""
    points = solid.points + noise * torch.randn(solid.points.shape, generator=torch.Generator().manual_seed(0))
    return Cloud(points.numpy(), solid.normals.numpy() if normals else None)


def scores(
    network: OccupancyNetwork, solid: Solid, noise: float, normals: bool, reading: CloudReading
) -> tuple[float, float, float]:
    """IoU, IoU near the surface, and CPU seconds, without a mesh."""
    generator = torch.Generator().manual_seed(1)
    low, high = solid.points.amin(dim=0) - 0.03, solid.points.amax(dim=0) + 0.03
    chosen = torch.randint(len(solid.points), (QUERIES,), generator=generator)
    uniform = low + torch.rand(QUERIES, 3, generator=generator) * (high - low)
    near = solid.points[chosen] + NEAR * torch.randn(QUERIES, 3, generator=generator)
    cloud, start = scan(solid, noise, normals), time.process_time()
    seen = observed_cloud(cloud, network.reader, reading)
    field, level = field_of(seen, network, reading), logit_of(network.threshold)
    answers = [field(torch.from_numpy(seen.frame.to_unit(places.numpy())).float()) > level for places in (uniform, near)]
    seconds = time.process_time() - start
    ious = [
        float(volume_iou(answer.numpy(), solid.occupancy(places).numpy()))
        for answer, places in zip(answers, (uniform, near), strict=True)
    ]
    return ious[0], ious[1], seconds


def scores_of_mesh(
    network: OccupancyNetwork, solid: Solid, noise: float, normals: bool, reading: CloudReading, resolution: int
) -> tuple[float, float]:
    """F-score of the mesh, 0 where none is found, and CPU seconds."""
    cloud, start = scan(solid, noise, normals), time.process_time()
    try:
        mesh = reconstruct(cloud, ReconstructOptions(reading, resolution=resolution), model=network).mesh
    except OccnetError as problem:
        print(f"no mesh: {problem}")
        return 0.0, time.process_time() - start
    seconds = time.process_time() - start
    points, directions, _ = sample_surface(mesh, SURFACE, np.random.default_rng(0))
    truth, true_directions = solid.points[:SURFACE].double().numpy(), solid.normals[:SURFACE].double().numpy()
    return surface_scores(points, directions, truth, true_directions, TOLERANCE).f_score, seconds


if __name__ == "__main__":
    tyro.cli(main, description=__doc__)
