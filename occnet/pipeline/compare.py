"""Tables of scores: one row for each method and cloud size."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from occnet.mesh import Mesh
from occnet.networks.checkpoint import load_model
from occnet.pipeline.evaluate import Method, Protocol, evaluate, mean_scores, write_scores
from occnet.pipeline.memory import keep_freed_memory
from occnet.pipeline.reconstruct import device_of, reconstruct


@dataclass(frozen=True)
class CompareOptions:
    """What to score, and on what. Lengths are in units of each mesh's longest edge."""

    points: tuple[int, ...] = (300, 1000, 3000)
    """sizes of the clouds"""
    noise: float = 0.005
    """standard deviation of the noise of the clouds"""
    outliers: float = 0.0
    """share of the points that are outliers"""
    split: str = "test"
    """which split of the meshes: test, validation or train; it follows from their names"""
    most: int | None = None
    """take only so many meshes, spread evenly over the split"""
    resolution: int = 256
    """cells along the longest edge of the padded bounding box"""
    device: str = "auto"
    """where to compute: auto, cpu, cuda or mps"""
    output: Path | None = None
    """a folder for the scores of each mesh: one CSV file for each method and cloud size"""


@dataclass(frozen=True)
class Row:
    """Mean scores of one method at one cloud size."""

    points: int
    method: str
    meshes: int
    scores: dict[str, float]


def network_method(model: str, options: CompareOptions) -> Method:
    """The reconstruction by a model, which never looks at the normals. Raises ModelError when there is no such model."""
    network = load_model(model, device_of(options.device))

    def run(points: np.ndarray, _: np.ndarray) -> Mesh:
        return reconstruct(points, model=network, resolution=options.resolution)

    return run


def compare(methods: Mapping[str, Method], meshes: Path, options: CompareOptions) -> list[Row]:
    """Score the methods on the closed meshes at a path, at each cloud size, all on the same clouds.

    Raises FileError or MeshError when there are no such meshes.
    """
    keep_freed_memory()
    rows: list[Row] = []
    for count in options.points:
        protocol = replace(Protocol(noise=options.noise, outliers=options.outliers), points=count)
        found = evaluate(methods, meshes, protocol, split=options.split, most=options.most)
        for name, scores in found.items():
            rows.append(Row(count, name, len(scores), mean_scores(scores)))
            if options.output:
                options.output.mkdir(parents=True, exist_ok=True)
                file = "-".join("".join(letter if letter.isalnum() else " " for letter in name).split())
                write_scores(options.output / f"{file}-{count}.csv", scores)
    return rows


def evaluate_model(model: str, meshes: Path, options: CompareOptions) -> list[Row]:
    """The scores of one model; see `compare`."""
    return compare({model: network_method(model, options)}, meshes, options)


def as_markdown(rows: list[Row]) -> str:
    """The rows as a Markdown table, best read in a fixed-width font, too."""
    head = ["points", "method", "IoU", "Chamfer-L1", "normals", "F-score", "closed", "failed", "meshes"]
    body = [
        [
            f"{row.points:,}",
            row.method,
            f"{row.scores['iou']:.3f}",
            f"{row.scores['chamfer_l1']:.4f}",
            f"{row.scores['normal_consistency']:.3f}",
            f"{row.scores['f_score']:.3f}",
            f"{row.scores['closed']:.0%}",
            f"{row.scores['failed']:.0%}",
            str(row.meshes),
        ]
        for row in rows
    ]
    widths = [max(len(line[column]) for line in [head, *body]) for column in range(len(head))]
    lines = [head, ["-" * width for width in widths], *body]
    padded = [[cell.ljust(width) for cell, width in zip(line, widths, strict=True)] for line in lines]
    return "\n".join("| " + " | ".join(line) + " |" for line in padded)
