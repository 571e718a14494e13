"""What refining a scan gains, by how precise it is: closed validation meshes, by the protocol of reconstruction.py.

    python benchmarks/refining.py MESHES [--steps 0 30 100] [--noises 0.0005 0.002 0.005]

MESHES is a folder of meshes or a bundle (.npz).
"""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path

import numpy as np
import tyro

from occnet.mesh import Mesh
from occnet.networks.checkpoint import load_model
from occnet.networks.devices import device_of
from occnet.networks.occupancy_network import OccupancyNetwork
from occnet.observations.reading_options import CloudReading
from occnet.pipeline.allocator import keep_freed_memory
from occnet.pipeline.evaluate.compare import as_markdown, compare
from occnet.pipeline.evaluate.compare_options import CompareOptions
from occnet.pipeline.reconstruct.reconstruct import reconstruct
from occnet.pipeline.reconstruct.reconstruct_options import ReconstructOptions


def main(
    meshes: tyro.conf.Positional[Path],
    model: str = "points",
    steps: tuple[int, ...] = (0, 30, 100),
    points: tuple[int, ...] = (1000, 3000),
    noises: tuple[float, ...] = (0.0005, 0.002, 0.005),
    split: str = "validation",
    most: int = 12,
    resolution: int = 128,
) -> None:
    """Print a table for each noise, in longest edges, with a row for each number of steps, and the CPU seconds of a mesh."""
    keep_freed_memory()
    network = load_model(model, device_of("auto"))
    for noise in noises:
        methods = {f"{count} steps": Refined(network, count, resolution) for count in steps}
        options = CompareOptions(points=points, noise=noise, split=split, most=most, resolution=resolution)
        print(f"\nnoise {noise}\n")
        print(as_markdown(compare(methods, meshes, options)))
        print("\n" + "; ".join(f"{name}: {np.mean(method.seconds):.1f} CPU s" for name, method in methods.items()), flush=True)


class Refined:
    """The reconstruction of a cloud after so many steps; keeps the CPU seconds of each."""

    def __init__(self, network: OccupancyNetwork, steps: int, resolution: int) -> None:
        self.answer = partial(
            reconstruct, options=ReconstructOptions(CloudReading(tiles=1, tune=steps), resolution=resolution), model=network
        )
        self.seconds: list[float] = []

    def __call__(self, points: np.ndarray, _: np.ndarray) -> Mesh:
        start = time.process_time()
        mesh = self.answer(points).mesh
        self.seconds.append(time.process_time() - start)
        return mesh


if __name__ == "__main__":
    tyro.cli(main, description=__doc__)
