"""The analytic fields: right signs, exact distances, known volumes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch

from occnet.field import Box, Complement, Field, Gyroid, Intersection, Mean, Sphere, Torus, Union, logit_of
from occnet.inference.augmentation import SymmetricField, Symmetry, TurnedField
from occnet.meshing import NumpyField
from occnet.shapes.batch import sample_shapes

CUBE = 1.1


def points(count: int = 200_000, seed: int = 0) -> torch.Tensor:
    return (torch.rand(count, 3, generator=torch.Generator().manual_seed(seed)) - 0.5) * CUBE


def volume(field: Field) -> float:
    return float((field(points()) > 0).double().mean()) * CUBE**3


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        (Sphere(0.4), 4 / 3 * math.pi * 0.4**3),
        (Box((0.8, 0.6, 0.4)), 0.8 * 0.6 * 0.4),
        (Torus(0.3, 0.1), 2 * math.pi**2 * 0.3 * 0.1**2),
        (Union((Sphere(0.2, (-0.3, 0, 0)), Sphere(0.2, (0.3, 0, 0)))), 2 * 4 / 3 * math.pi * 0.2**3),
        (Intersection((Sphere(0.4), Complement(Sphere(0.3)))), 4 / 3 * math.pi * (0.4**3 - 0.3**3)),
    ],
)
def test_volumes(field: Field, expected: float) -> None:
    assert volume(field) == pytest.approx(expected, rel=0.02)


@pytest.mark.parametrize("field", [Sphere(0.4, (0.05, 0, 0)), Box((0.8, 0.6, 0.4)), Torus(0.3, 0.1)])
def test_values_are_distances(field: Field) -> None:
    """The gradient of a distance has length one, and one step along it by the distance reaches the surface."""
    where = points(2000).double().requires_grad_()
    value = field(where)
    (gradient,) = torch.autograd.grad(value.sum(), where)
    assert (gradient.norm(dim=1) - 1).abs().quantile(0.99) < 1e-6
    outside = value < 0  # inside, the nearest face may change along the way
    landed = field(where - value.unsqueeze(1) * gradient)[outside]
    assert landed.abs().quantile(0.99) < 1e-6


def test_a_gyroid_lies_in_its_ball_and_is_neither_empty_nor_full() -> None:
    field = Gyroid()
    where = points()
    inside = field(where) > 0
    assert where[inside].norm(dim=1).max() <= 0.45
    assert 0.2 < volume(field) / (4 / 3 * math.pi * 0.45**3) < 0.8


def test_a_threshold_becomes_its_logit() -> None:
    assert logit_of(0.5) == 0.0
    assert torch.sigmoid(torch.tensor(logit_of(0.2))).item() == pytest.approx(0.2)
    for wrong in (0.0, 1.0, -0.5, float("nan")):
        with pytest.raises(ValueError, match="between 0 and 1"):
            logit_of(wrong)


def test_the_mean_of_concentric_spheres_is_the_sphere_between() -> None:
    torch.testing.assert_close(Mean((Sphere(0.2), Sphere(0.4)))(points(1000)), Sphere(0.3)(points(1000)), atol=1e-6, rtol=0)
    assert Mean((Sphere(0.2),)).device == torch.device("cpu")


FIELDS: dict[str, Any] = {
    "sphere": Sphere(),
    "box": Box(),
    "torus": Torus(),
    "gyroid": Gyroid(),
    "union": Union((Sphere(), lambda places: places[:, 0].clamp(max=0.1))),  # parts that know tensors alone
    "intersection": Intersection((Sphere(), lambda places: places[:, 0].clamp(max=0.1))),
    "mean": Mean((lambda places: places[:, 0].clamp(max=0.1), Sphere())),
    "complement": Complement(lambda places: places[:, 0].clamp(max=0.1)),
    "numpy": NumpyField(lambda places: 0.4 - np.linalg.norm(places, axis=1)),
    "turned": TurnedField(Box(), Symmetry.of(5)),
    "symmetric": SymmetricField((lambda places: places[:, 0].clamp(max=0.1), Sphere(), Box())),
    "shape": sample_shapes(1, seed=0).field(0),
}


@pytest.mark.parametrize("name", FIELDS)
def test_a_field_takes_lists_arrays_and_tensors(name: str) -> None:
    where = points(6)
    expected = FIELDS[name](where)
    array = where.numpy()
    frozen = array.copy()
    frozen.setflags(write=False)
    for given in (array, frozen, where.tolist(), array.astype(np.float64), array[::-1][::-1], [tuple(row) for row in array]):
        found = FIELDS[name](given)
        assert isinstance(found, torch.Tensor)
        torch.testing.assert_close(found, expected, atol=1e-6, rtol=0)
    assert torch.equal(FIELDS[name](torch.zeros(2, 3, dtype=torch.int64)), FIELDS[name](torch.zeros(2, 3)))
