"""The fields that the extraction is measured on: exact solids, and the shipped models bound to a cloud."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from occnet import load_model, shipped_models
from occnet.field import Box, Complement, Field, Gyroid, Intersection, Sphere, Torus, Union
from occnet.shapes import sample_shapes

CLOUD_SEED, CLOUD_POINTS, CLOUD_NOISE = 5, 3000, 0.005


@dataclass(frozen=True)
class MeasuredField:
    """A field, where its surface is, and points on that surface if there is an input to take them from."""

    field: Field
    threshold: float = 0.5
    seeds: Tensor | None = None


def shipped(name: str) -> MeasuredField:
    """A shipped model bound to a noisy cloud of a procedural shape; the cloud gives the seeds."""
    points = sample_shapes(1, seed=CLOUD_SEED).surface(CLOUD_POINTS, seed=0)[0][0]
    cloud = points + CLOUD_NOISE * torch.randn(points.shape, generator=torch.Generator().manual_seed(0))
    return MeasuredField(load_model(name).field(cloud), seeds=cloud)


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
    **{name: lambda field=field: MeasuredField(field) for name, field in EXACT.items()},
    **{f"model {name}": lambda name=name: shipped(name) for name in shipped_models()},
}
