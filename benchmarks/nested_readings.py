"""Noisy scans read once, in parts of one size, and as a whole with its parts: IoU of the fields of closed validation meshes.

    python benchmarks/nested_readings.py MESHES [--points 300 1000 3000 10000] [--noise 0.005] [--seeds 1 2] [--most 70]

Parts of one size are what scans of 5,000 points or more were read in before; sparser ones are too few for them. The fields are
compared on the same clouds and places, without meshing; the error is that of the mean of the differences to the first column.
"""

from __future__ import annotations

import math
import platform
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import torch
import tyro

from occnet.files.clouds import Cloud
from occnet.inference.ensemble import MOST_POINTS
from occnet.metrics import volume_iou
from occnet.networks.checkpoint import load_model
from occnet.networks.devices import device_of
from occnet.networks.occupancy_network import OccupancyNetwork
from occnet.pipeline.evaluate.cases import Case, Protocol, mesh_cases
from occnet.pipeline.observing import CloudReading, observed_cloud
from occnet.pipeline.reconstruct import field_of

READINGS = {
    "once": CloudReading(blocks=1, subsamples=1),
    "in parts of one size": CloudReading(blocks=1, nested_from=MOST_POINTS + 1),
    "whole and parts": CloudReading(blocks=1, nested_from=64),
}


def main(
    meshes: tyro.conf.Positional[Path],
    points: tuple[int, ...] = (300, 1000, 3000, 10_000),
    noise: float = 0.005,
    seeds: tuple[int, ...] = (1, 2),
    most: int | None = None,
    split: str = "validation",
    model: str = "points",
) -> None:
    """Print mean and median IoU of each reading, and what it gains over reading the scan once."""
    network = load_model(model, device_of("auto"))
    print(f"{datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, {torch.get_num_threads()} threads, torch {torch.__version__}")
    print("| points | reading | mean IoU | median | gain | better | scans |\n|---|---|---|---|---|---|---|")
    for count in points:
        protocols = [
            Protocol(points=count, noise=noise, volume_samples=50_000, surface_samples=1000, seed=seed) for seed in seeds
        ]
        cases = [make() for protocol in protocols for make in mesh_cases(meshes, protocol, split, most)]
        once = np.zeros(0)
        for name, reading in READINGS.items():
            found = np.array([field_iou(case, network, reading) for case in cases])
            once = once if len(once) else found
            gain, error = (found - once).mean(), (found - once).std() / math.sqrt(len(found))
            print(
                f"| {count:,} | {name} | {found.mean():.3f} | {np.median(found):.3f} | {gain:+.4f} +- {error:.4f} "
                f"| {(found > once).mean():.0%} | {len(found)} |",
                flush=True,
            )


def field_iou(case: Case, network: OccupancyNetwork, reading: CloudReading) -> float:
    """Of the field of a case's cloud, read in this way, on the case's places."""
    seen = observed_cloud(Cloud(np.asarray(case.observation)), network, reading)
    places = torch.as_tensor(seen.frame.to_unit(case.queries)).float()
    level = math.log(network.threshold / (1.0 - network.threshold))
    with torch.no_grad():
        inside = (field_of(seen, network, reading)(places) > level).cpu().numpy()
    return float(volume_iou(inside, case.inside))


if __name__ == "__main__":
    tyro.cli(main, description=__doc__)
