"""The fields that the extraction is measured on: exact solids, the shipped models, and published networks bound to inputs."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from occnet import load_model, shipped_models
from occnet.field import Box, Complement, Field, Gyroid, Intersection, Sphere, Torus, Union
from occnet.files import read_cloud
from occnet.mesh import Frame
from occnet.meshing import ExtractionOptions
from occnet.networks.occupancy_network import OccupancyNetwork
from occnet.networks.published import network_from_published
from occnet.pipeline.reconstruct.observed_mesh import NETWORK_EXTRACTION

REPOSITORY = Path(__file__).parents[1]
SCAN = REPOSITORY / "examples/data/chair_scan.ply"
REFERENCE = REPOSITORY.parent / "shared/reference/onet"  # keys and shapes of the published networks, where it is at hand


@dataclass(frozen=True)
class MeasuredField:
    """A field, where its surface is, and points on that surface if there is an input to take them from.

    plain: the same without what makes it fast here: the decoder as it is trained, all points of a call at once.
    """

    field: Field
    plain: Field
    threshold: float = 0.5
    seeds: Tensor | None = None
    options: ExtractionOptions | None = None


def exact(solid: Field) -> MeasuredField:
    """A solid given by a formula."""
    return MeasuredField(solid, solid)


def bound(network: OccupancyNetwork, cloud: Tensor, threshold: float, seeds: Tensor | None) -> MeasuredField:
    """A network bound to a cloud in the unit cube, and its decoder with the same code as the plain field."""
    code = network.code(cloud)

    @torch.no_grad()
    def plain(points: Tensor) -> Tensor:
        return network.decoder(points.unsqueeze(0), code).squeeze(0)

    return MeasuredField(network.field_of_code(code), plain, threshold, seeds, NETWORK_EXTRACTION)


def shipped(name: str) -> MeasuredField:
    """A shipped model bound to the example scan of 3,000 points, which gives the seeds."""
    points = read_cloud(SCAN).points
    cloud = torch.from_numpy(Frame.of(points).to_unit(points)).float()
    network = load_model(name)
    return bound(network, cloud, network.threshold, cloud)


def published() -> MeasuredField:
    """The point-cloud network of 2019, untrained: weights by the rule of the reference; the level is the points' median."""
    keys = json.loads((REFERENCE / "pointcloud.json").read_text())["state_dict"]
    state = {key: torch.from_numpy(reference_weight(key, *form)) for key, form in dict(keys).items()}
    answers = np.load(REFERENCE / "pointcloud.npz")
    network = network_from_published(state, {}, "pointcloud.json").network
    level = float(np.median(answers["logits"]))
    return bound(network, torch.from_numpy(answers["inputs"])[0], 1.0 / (1.0 + np.exp(-level)), None)


def reference_weight(key: str, shape: list[int], kind: str) -> NDArray:
    """The weight that the reference's rule gives to a key."""
    if kind == "int64":
        return np.zeros(shape, dtype=np.int64)
    x = np.random.Generator(np.random.PCG64(zlib.crc32(key.encode()))).standard_normal(shape).astype("float32")
    if key.endswith("running_var"):
        return 0.5 + np.abs(x)
    if key.endswith("running_mean"):
        return np.float32(0.1) * x
    if len(shape) <= 1:
        around_one = key.endswith("weight") or "conv_gamma.bias" in key
        return (np.float32(1.0) if around_one else np.float32(0.0)) + np.float32(0.1) * x
    return x / np.sqrt(np.float32(np.prod(shape[1:])))


DOUBLE_TORUS = Union((Torus(0.2, 0.07, (-0.2, 0.0, 0.0)), Torus(0.2, 0.07, (0.2, 0.0, 0.0))))
NESTED_SHELLS = Union(
    (Intersection((Sphere(0.45), Complement(Sphere(0.35)))), Intersection((Sphere(0.25), Complement(Sphere(0.15)))))
)

EXACT: dict[str, Field] = {
    "sphere": Sphere(),
    "torus": Torus(),
    "double torus": DOUBLE_TORUS,
    "nested shells": NESTED_SHELLS,
    "gyroid": Intersection((Gyroid(0.5, 0.5, 9.0), Box((1.0, 1.0, 1.0)))),
}

# A further learned field is one more entry here; it is then measured like the rest.
FIELDS: dict[str, Callable[[], MeasuredField]] = {
    **{name: lambda solid=solid: exact(solid) for name, solid in EXACT.items()},
    **{f"model {name}": lambda name=name: shipped(name) for name in shipped_models()},
    **({"published point cloud": published} if REFERENCE.is_dir() else {}),
}
