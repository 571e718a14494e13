"""The voxel model on grids of other sizes than it was trained on: IoU of the voxels and of its field, on procedural shapes.

python benchmarks/voxel_sizes.py [--model voxels] [--count 24] [--sizes 32 64 128]
"""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import torch
import tyro

from occnet.geometry.voxelising import voxel_centers
from occnet.metrics import volume_iou
from occnet.networks.checkpoint import load_model
from occnet.shapes import sample_shapes

SEED = 77  # of shapes that no model was trained on
QUERIES = 8192  # a shape


def main(model: str = "voxels", count: int = 24, sizes: tuple[int, ...] = (32, 64, 128)) -> None:
    """Print a table: one row a size."""
    network, shapes = load_model(model), sample_shapes(count, seed=SEED)
    print(f"{datetime.now(UTC):%Y-%m-%d}, {count} procedural shapes of seed {SEED}\n")
    print("| voxels | IoU of the voxels | of the model |\n|---|---|---|")
    for size in sizes:
        centers = torch.from_numpy(voxel_centers(size)).float().reshape(-1, 3)
        scores = []
        for number in range(count):
            field = shapes.field(number)
            points = torch.rand(QUERIES, 3, generator=torch.Generator().manual_seed(number)) - 0.5
            inside = (field(points) > 0).numpy()
            voxels = (field(centers) > 0).reshape(size, size, size)
            x, y, z = ((points + 0.5) * size).long().clamp(0, size - 1).T
            said = torch.sigmoid(network.field(voxels.float())(points)) > network.threshold
            scores.append([volume_iou(guess.numpy(), inside) for guess in (voxels[x, y, z], said)])
        own, ours = np.mean(scores, axis=0)
        print(f"| {size}^3 | {own:.3f} | {ours:.3f} |", flush=True)


if __name__ == "__main__":
    tyro.cli(main, description=__doc__)
