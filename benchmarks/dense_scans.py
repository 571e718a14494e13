"""What averaging several samples of a dense scan gains: mean IoU over procedural shapes that no training has seen.

python benchmarks/dense_scans.py [--model points] [--shapes 16] [--points 80000] [--noise 0.004]
"""

from __future__ import annotations

import time

import numpy as np
import torch
import tyro

from occnet.field import Mean, logit_of
from occnet.metrics import volume_iou
from occnet.networks.checkpoint import load_model
from occnet.pipeline.observing import observed_cloud
from occnet.shapes import sample_shapes

FIRST = 1_000_000  # of the endless series; the shipped models were trained on shapes below it


def main(model: str = "points", shapes: int = 16, points: int = 80_000, noise: float = 0.004) -> None:
    """Print one row for each number of samples."""
    network = load_model(model)
    level = logit_of(network.threshold)
    scores: dict[int, list[float]] = {count: [] for count in (1, 2, 4, 8)}
    seconds = dict.fromkeys(scores, 0.0)
    for number in range(shapes):
        batch = sample_shapes(1, seed=0, first=FIRST + number)
        generator = torch.Generator().manual_seed(number)
        queries = (torch.rand(1, 50_000, 3, generator=generator) - 0.5) * 1.1
        truth = batch.occupancy(queries)[0].numpy()
        surface, _ = batch.surface(points, seed=number)
        cloud = (surface[0] + noise * torch.randn(points, 3, generator=generator)).double().numpy()
        for count, found in scores.items():
            start = time.process_time()
            seen = observed_cloud(cloud, subsamples=count)
            field = Mean(tuple(network.field(sample) for sample in seen.samples))
            framed = torch.from_numpy(seen.frame.to_unit(queries[0].double().numpy())).float()
            found.append(volume_iou(field(framed).numpy() > level, truth))
            seconds[count] += time.process_time() - start
    print(f"{shapes} shapes, {points:,} points each, noise {noise}\n")
    print("| samples of 10,000 | mean IoU | median IoU | CPU seconds a shape |\n|---|---|---|---|")
    for count, found in scores.items():
        print(f"| {count} | {np.mean(found):.4f} | {np.median(found):.4f} | {seconds[count] / shapes:.2f} |")


if __name__ == "__main__":
    tyro.cli(main, description=__doc__)
