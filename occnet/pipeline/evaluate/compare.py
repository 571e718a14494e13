"""Tables of scores: one row for each method, and cloud size where clouds are read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from occnet.baselines.baseline import baselines_for
from occnet.data.samples import Reader
from occnet.data.splits import ALL, SPLITS
from occnet.errors import ModelError, OccnetError
from occnet.mesh import Mesh
from occnet.metrics import FAILED_DISTANCE
from occnet.networks.checkpoint import load_model
from occnet.networks.devices import device_of
from occnet.networks.occupancy_network import OccupancyNetwork
from occnet.observations.kinds import kind_named
from occnet.pipeline.evaluate.cases import Protocol, dataset_cases, is_dataset, mesh_cases
from occnet.pipeline.evaluate.compare_options import CompareOptions
from occnet.pipeline.evaluate.scores import Method, evaluate, mean_scores, write_scores
from occnet.pipeline.reconstruct.observed_mesh import mesh_of
from occnet.pipeline.reconstruct.reconstruct_options import ReconstructOptions

_CLOUDS = Reader("points")
_FAILED = (
    "A shape of which a method gives no mesh counts in every mean: with IoU, normals and F-score of 0, and a distance of\n"
    f"{FAILED_DISTANCE:.4f}, half the diagonal of the unit cube."
)


@dataclass(frozen=True)
class Row:
    """Mean scores of one method at one cloud size."""

    points: int  # 0 where no clouds are read
    method: str
    shapes: int
    scores: dict[str, float]


def network_method(model: str | OccupancyNetwork, options: CompareOptions) -> Method:
    """The reconstruction by a model, which never looks at the normals. Raises ModelError when there is no such model."""
    network = load_model(model, device_of(options.device)) if isinstance(model, str) else model

    kind, settings = kind_named(network.reads), ReconstructOptions(resolution=options.resolution)

    def run(observation: np.ndarray, _: np.ndarray) -> Mesh:
        return mesh_of(kind.observed(observation, network.reader, settings), network, kind.name, settings)

    return run


def compare(methods: Mapping[str, Method], source: Path, options: CompareOptions, reader: Reader = _CLOUDS) -> list[Row]:
    """Score the methods on the shapes at a path, at each cloud size, all on the same observations.

    source: meshes, of which the closed ones are taken and clouds are made; or a dataset, by `occnet prepare` or in the
    published layout. reader: what the methods read. Raises FileError, MeshError or DatasetError when there is nothing to read.
    """
    kind = kind_named(reader.kind)
    if not kind.sized and not is_dataset(source):
        raise ModelError(
            f"The model reads {kind.name}, which {source} does not hold; name a dataset that does: "
            "`occnet prepare MESHES -o DATASET --views 24 --voxels 32`."
        )
    if options.split == ALL and is_dataset(source):
        raise OccnetError(f"{source} is a dataset, of which one split is scored: {', '.join(SPLITS)}; {ALL} is for meshes.")
    rows: list[Row] = []
    for count in options.points if kind.sized else (0,):
        protocol = Protocol(points=count, noise=options.noise, outliers=options.outliers)
        if is_dataset(source):
            cases = dataset_cases(source, reader, protocol, options.split, options.most)
        else:
            cases = mesh_cases(source, protocol, options.split, options.most)
        seen = f"{count:,} points" if count else kind.name
        for name, scores in evaluate(methods, cases, f"Scoring {len(methods)} methods, {seen}").items():
            rows.append(Row(count, name, len(scores), mean_scores(scores)))
            if options.output:
                options.output.mkdir(parents=True, exist_ok=True)
                write_scores(options.output / f"{_file_name(name, count)}.csv", scores)
    return rows


def evaluate_model(model: str, source: Path, options: CompareOptions, *, baselines: bool = False) -> list[Row]:
    """The scores of one model, and of the baselines for what it reads (see `baselines_for`); see `compare`."""
    network = load_model(model, device_of(options.device))
    methods = {model: network_method(network, options), **(baselines_for(network, source) if baselines else {})}
    return compare(methods, source, options, network.reader)


def as_markdown(rows: list[Row]) -> str:
    """The rows as a Markdown table, best read in a fixed-width font, too; below it how failures count, if there are any."""
    head = ["points", "method", "IoU", "Chamfer-L1", "normals", "F-score", "closed", "failed", "shapes"]
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
            str(row.shapes),
        ]
        for row in rows
    ]
    table = [head, *body] if any(row.points for row in rows) else [line[1:] for line in (head, *body)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    lines = [table[0], ["-" * width for width in widths], *table[1:]]
    padded = [[cell.ljust(width) for cell, width in zip(line, widths, strict=True)] for line in lines]
    note = ["", _FAILED] if any(row.scores["failed"] for row in rows) else []
    return "\n".join([*("| " + " | ".join(line) + " |" for line in padded), *note])


def _file_name(method: str, points: int) -> str:
    words = "".join(letter if letter.isalnum() else " " for letter in method).split()
    return "-".join([*words, str(points)] if points else words)
