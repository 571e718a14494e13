"""How good the shapes of a generative model are: solids, new, and spread as the shapes that it has not seen.

    python benchmarks/generation.py DATASET [--model generate] [--most 48] [--rounds 5]

DATASET is what the model was trained on, as `occnet prepare` made it. What is held out (its validation and test splits) is
compared with as many samples of the model, and with as many of its training shapes drawn at random: true shapes of the same
source, and the best that a model can do which only remembers. How near the samples come to training shapes is told beside how
near the held-out shapes do: copies would be nearer.

Coverage and minimum matching distance: Achlioptas et al., Learning Representations and Generative Models for 3D Point Clouds,
2018, sec. 2. Accuracy of the nearest neighbour, 50 % where two sets cannot be told apart: Yang et al., PointFlow, 2019, sec. 5.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import torch
import tyro
from numpy.typing import NDArray
from scipy.spatial import KDTree

from occnet.baselines.retrieval import stored_mesh
from occnet.data.datasets import open_prepared
from occnet.data.split_protocol import PreparedSplit
from occnet.errors import EmptySurface
from occnet.geometry.inside import is_inside
from occnet.geometry.sampling import sample_surface
from occnet.geometry.soundness.certificate import certify
from occnet.mesh import Mesh
from occnet.meshing.extract import extract_mesh
from occnet.metrics import volume_iou
from occnet.networks.checkpoint import load_model

POINTS = 512  # of each surface
LABELLED = 8192  # points that an IoU is taken on

Cloud = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Drawn:
    """What a model drew."""

    meshes: list[Mesh]
    empty: int  # draws without anything solid
    unsound: int  # meshes that do not bound a solid
    broken: int  # meshes of several bodies
    seconds: float  # of the processor, for all of them


def main(
    dataset: tyro.conf.Positional[Path],
    model: str = "generate",
    most: int = 48,
    rounds: int = 5,
    resolution: int = 64,
    seed: int = 0,
) -> None:
    """Print the tables of one model.

    most: held-out shapes, and samples, at most. rounds: draws of training shapes that the baseline is the mean of.
    """
    training = open_prepared(dataset, "train")
    splits = [open_prepared(dataset, name) for name in ("validation", "test")]
    held_out = [(split, number) for split in splits for number in range(len(split))]
    if len(held_out) > most:
        held_out = [held_out[rank * len(held_out) // most] for rank in range(most)]
    drawn = draw(model, len(held_out), resolution, seed)
    count = len(drawn.meshes) + drawn.empty
    print(f"{datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, {torch.get_num_threads()} threads, torch {torch.__version__}")
    print(
        f"{model}: {count} samples at {resolution} cells, {drawn.seconds / count:.2f} CPU s each: {drawn.empty} empty, ", end=""
    )
    print(f"{drawn.unsound} no closed solids, {drawn.broken} in several parts\n")

    generator = np.random.default_rng(seed)
    samples = [sample_surface(mesh, POINTS, generator)[0] for mesh in drawn.meshes]
    unseen = [stored_cloud(*shape, generator) for shape in held_out]
    known = [stored_cloud(training, number, generator) for number in range(len(training))]

    print(heading("beside held-out shapes", "coverage", "minimum matching distance", "accuracy of the nearest neighbour"))
    print(row(f"{len(samples)} samples", beside(samples, unseen)))
    picks = [generator.choice(len(known), len(samples), replace=False) for _ in range(rounds)]
    print(row("training shapes, drawn", np.mean([beside([known[i] for i in pick], unseen) for pick in picks], axis=0)))

    columns = ("Chamfer-L1: least", "median", "greatest", "IoU: greatest", "median", "least")
    print("\n" + heading("the nearest training shape", *columns))
    print(nearest_row("of the samples", drawn.meshes, samples, training, known))
    meshes = [stored_mesh(*shape) for shape in held_out]
    print(nearest_row("of the held-out shapes", meshes, unseen, training, known))


def draw(model: str, count: int, resolution: int, seed: int) -> Drawn:
    """The shapes of as many seeds."""
    network = load_model(model)
    begin = time.process_time()
    meshes: list[Mesh] = []
    for number in range(seed, seed + count):
        try:
            meshes.append(extract_mesh(network.sample_field(number), resolution=resolution, threshold=network.threshold))
        except EmptySurface:
            continue
    seconds = time.process_time() - begin
    certificates = [certify(mesh) for mesh in meshes]
    unsound = sum(not certificate.ok for certificate in certificates)
    return Drawn(meshes, count - len(meshes), unsound, sum(found.components > 1 for found in certificates), seconds)


def stored_cloud(split: PreparedSplit, shape: int, generator: np.random.Generator) -> Cloud:
    """Points on the surface of a shape of a dataset."""
    return split.surface(shape, POINTS, generator)[0].astype(np.float64)


def chamfer(first: Sequence[Cloud], second: Sequence[Cloud]) -> NDArray[np.float64]:
    """Chamfer-L1 between all clouds of two lists: (first, second)."""
    trees = [[KDTree(cloud) for cloud in clouds] for clouds in (first, second)]
    return np.array(
        [
            [0.5 * (tree_b.query(a)[0].mean() + tree_a.query(b)[0].mean()) for b, tree_b in zip(second, trees[1], strict=True)]
            for a, tree_a in zip(first, trees[0], strict=True)
        ]
    )


def beside(samples: Sequence[Cloud], unseen: Sequence[Cloud]) -> tuple[float, float, float]:
    """Coverage, minimum matching distance, and accuracy of the nearest neighbour of samples beside unseen shapes."""
    across, own, others = chamfer(samples, unseen), chamfer(samples, samples), chamfer(unseen, unseen)
    coverage = len(np.unique(across.argmin(axis=1))) / len(unseen)
    for square in (own, others):
        np.fill_diagonal(square, np.inf)
    right = (own.min(axis=1) < across.min(axis=1)).sum() + (others.min(axis=1) < across.min(axis=0)).sum()
    return coverage, float(across.min(axis=0).mean()), float(right / (len(samples) + len(unseen)))


def heading(*columns: str) -> str:
    """The first two lines of a table."""
    return f"| {' | '.join(columns)} |\n|{'---|' * len(columns)}"


def row(name: str, scores: Sequence[float] | NDArray[np.float64]) -> str:
    """A line of the first table."""
    return f"| {name} | {scores[0]:.1%} | {scores[1]:.4f} | {scores[2]:.1%} |"


def nearest_row(
    name: str, meshes: Sequence[Mesh], clouds: Sequence[Cloud], training: PreparedSplit, known: Sequence[Cloud]
) -> str:
    """A line of the second table: how far the nearest training shape of each mesh is, and how much of it they share."""
    distances = chamfer(clouds, known)
    ious = []
    for mesh, shape in zip(meshes, distances.argmin(axis=1), strict=True):
        points, inside = training.labelled(int(shape), "uniform", LABELLED, np.random.default_rng(0))
        ious.append(volume_iou(is_inside(mesh, points), inside))
    cells = [f"{value:.4f}" for value in np.quantile(distances.min(axis=1), [0.0, 0.5, 1.0])]
    cells += [f"{value:.3f}" for value in np.quantile(ious, [1.0, 0.5, 0.0])]
    return f"| {name} | {' | '.join(cells)} |"


if __name__ == "__main__":
    tyro.cli(main, description=__doc__)
