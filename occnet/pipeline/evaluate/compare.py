"""Tables of scores: one row for each method, and cloud size where clouds are read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from occnet.baselines.baseline import baselines_for
from occnet.data.samples import Reader
from occnet.data.splits import ALL, SPLITS
from occnet.errors import MissingLibrary, ModelError, OccnetError
from occnet.field import logit_of
from occnet.inference.threshold import adapted_threshold
from occnet.mesh import Mesh
from occnet.networks.checkpoint import load_model
from occnet.networks.devices import device_of
from occnet.networks.occupancy_network import OccupancyNetwork
from occnet.networks.surface_network import SurfaceNetwork
from occnet.observations.interface import Observation
from occnet.observations.kinds import kind_named
from occnet.pipeline.evaluate.cases import Protocol, dataset_cases, is_dataset, mesh_cases
from occnet.pipeline.evaluate.compare_options import CompareOptions
from occnet.pipeline.evaluate.score_table import COLUMNS, failure_rule, markdown, shown
from occnet.pipeline.evaluate.scores import Method, as_published, evaluate, mean_scores, write_scores
from occnet.pipeline.reconstruct.observed_mesh import field_of, mesh_of
from occnet.pipeline.reconstruct.reconstruct_options import ReconstructOptions

_CLOUDS = Reader("points")


@dataclass(frozen=True)
class Row:
    """Mean scores of one method at one cloud size."""

    points: int  # 0 where no clouds are read
    method: str
    shapes: int
    scores: dict[str, float]
    not_run: str = ""  # why it was not, where a library is missing


@dataclass(frozen=True, eq=False)
class NetworkMethod:
    """The reconstruction by a model, which never looks at the normals."""

    network: OccupancyNetwork
    settings: ReconstructOptions

    @property
    def encloses(self) -> bool:
        """Whether what it makes has an inside."""
        return not isinstance(self.network, SurfaceNetwork) or self.network.encloses

    def __call__(self, observation: np.ndarray, normals: np.ndarray) -> Mesh:
        return mesh_of(self._seen(observation), self.network, self.network.reads, self.settings)

    def inside(self, observation: np.ndarray, points: np.ndarray) -> np.ndarray:
        """Whether points (N, 3) lie inside by the network's field. Raises ModelError where it has none, or reads in parts."""
        seen = self._seen(observation)
        if seen.things or seen.tiles > 1:
            raise ModelError("This cloud is read in parts, which have no single field; leave out --fast.")
        field = field_of(seen, self.network, self.settings.cloud)
        threshold = adapted_threshold(field) if self.network.adaptive else self.network.threshold
        placed = torch.from_numpy(seen.frame.to_unit(points)).float()
        return (field(placed) > logit_of(threshold)).cpu().numpy()

    def _seen(self, observation: np.ndarray) -> Observation:
        return kind_named(self.network.reads).observed(observation, self.network.reader, self.settings)


def network_method(model: str | OccupancyNetwork, options: CompareOptions) -> Method:
    """The reconstruction by a model. Raises ModelError when there is no such model."""
    network = load_model(model, device_of(options.device)) if isinstance(model, str) else model
    return NetworkMethod(network, ReconstructOptions(resolution=options.resolution))


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
        title = f"Scoring {len(methods)} methods, {seen}"
        for name, scores in evaluate(methods, cases, title, options.fast).items():
            if isinstance(scores, MissingLibrary):
                rows.append(Row(count, name, 0, {}, str(scores)))
                continue
            if options.protocol == "published":
                scores = [as_published(score) for score in scores]
            rows.append(Row(count, name, len(scores), mean_scores(scores)))
            if options.output:
                options.output.mkdir(parents=True, exist_ok=True)
                write_scores(options.output / scores_file(name, count), scores)
    return rows


def evaluate_model(model: str, source: Path, options: CompareOptions, *, baselines: bool = False) -> list[Row]:
    """The scores of one model, and of the baselines for what it reads (see `baselines_for`); see `compare`."""
    network = load_model(model, device_of(options.device))
    methods = {model: network_method(network, options), **(baselines_for(network, source) if baselines else {})}
    return compare(methods, source, options, network.reader)


_SHOWN = ("iou", "chamfer_l1", "normal_consistency", "f_score", "closed", "failed")


def as_markdown(rows: list[Row], protocol: str = "unit") -> str:
    """The rows as a Markdown table; below it how failures count, if there are any, and what could not be run."""
    head = ["points", "method", *(COLUMNS[key][0] for key in _SHOWN), "shapes"]
    body = [[f"{row.points:,}", row.method, *_cells(row), str(row.shapes)] for row in rows]
    if not any(row.points for row in rows):
        head, body = head[1:], [line[1:] for line in body]
    note = ["", failure_rule(protocol)] if any(row.scores.get("failed") for row in rows) else []
    missing = {row.method: row.not_run for row in rows if row.not_run}
    note += [line for method, why in missing.items() for line in ("", f"{method} was not run: {why}")]
    return "\n".join([markdown(head, body), *note])


def _cells(row: Row) -> list[str]:
    if row.not_run:
        return ["not run", *["-"] * (len(_SHOWN) - 1)]
    return [shown(row.scores[key], COLUMNS[key][1]) for key in _SHOWN]


def scores_file(method: str, points: int) -> str:
    """The name of the file that keeps a method's scores of each shape, from so many points; 0: it reads none."""
    words = "".join(letter if letter.isalnum() else " " for letter in method).split()
    return "-".join([*words, str(points)] if points else words) + ".csv"
