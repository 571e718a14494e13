"""Fields: callables from points to logits, positive inside. The analytic ones are exact and serve as oracles.

What is called with points takes lists, numpy arrays and tensors, and answers with a tensor; `points_of` makes them one.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

Field = Callable[[Tensor], Tensor]
"""points (N, 3) float32 in the unit cube -> logits (N,); a logit > 0 means inside (probability > 0.5)."""

Numbers = ArrayLike | Tensor
"""What points, observations and labels may come as: lists, numpy arrays and tensors."""


def tensor_of(values: Numbers) -> Tensor:
    """Numbers as a tensor: a tensor as it is, where it is and with its gradients; lists and arrays as a copy, of their type.

    Raises ValueError when they are not numbers in rows of one length.
    """
    if isinstance(values, Tensor):
        return values
    try:
        return torch.from_numpy(np.array(values, order="C"))  # a copy: torch cannot share arrays that are frozen or reversed
    except (TypeError, ValueError) as problem:
        raise ValueError(f"These are not numbers in rows of one length, as a list, an array or a tensor: {problem}") from None


def points_of(points: Numbers) -> Tensor:
    """Points as a field computes with them: floating tensors as they are; all else, lists and arrays too, in float32.

    Raises ValueError when they are not numbers in rows of one length.
    """
    tensor = tensor_of(points)
    return tensor if tensor is points and tensor.is_floating_point() else tensor.to(torch.float32)


def array_of(values: Numbers) -> NDArray:
    """Numbers as a numpy array, out of a tensor on any device, with gradients or without, too."""
    return values.detach().cpu().numpy() if isinstance(values, Tensor) else np.asarray(values)


def logit_of(probability: float) -> float:
    """The logit of a probability in (0, 1): the one place where a threshold becomes a level. Raises ValueError outside."""
    if not 0.0 < probability < 1.0:
        raise ValueError(f"A threshold is a probability between 0 and 1 (exclusive), but {probability} was given.")
    return math.log(probability) - math.log1p(-probability)


@dataclass(frozen=True)
class Sphere:
    """Signed distance to a sphere, positive inside."""

    radius: float = 0.4
    center: tuple[float, float, float] = (0.0, 0.0, 0.0)

    def __call__(self, points: Numbers) -> Tensor:
        points = points_of(points)
        return self.radius - (points - points.new_tensor(self.center)).norm(dim=-1)


@dataclass(frozen=True)
class Box:
    """Signed distance to an axis-aligned box of the given full edge lengths, positive inside."""

    edges: tuple[float, float, float] = (0.8, 0.6, 0.4)
    center: tuple[float, float, float] = (0.0, 0.0, 0.0)

    def __call__(self, points: Numbers) -> Tensor:
        points = points_of(points)
        gap = (points - points.new_tensor(self.center)).abs() - 0.5 * points.new_tensor(self.edges)
        return -(gap.clamp(min=0.0).norm(dim=-1) + gap.amax(dim=-1).clamp(max=0.0))


@dataclass(frozen=True)
class Torus:
    """Signed distance to a torus around the z axis, positive inside; volume 2 pi^2 major minor^2."""

    major: float = 0.3
    minor: float = 0.1
    center: tuple[float, float, float] = (0.0, 0.0, 0.0)

    def __call__(self, points: Numbers) -> Tensor:
        points = points_of(points)
        x, y, z = (points - points.new_tensor(self.center)).unbind(dim=-1)
        return self.minor - torch.hypot(torch.hypot(x, y) - self.major, z)


@dataclass(frozen=True)
class Gyroid:
    """A gyroid sheet cut to a sphere: a solid of high genus, positive inside. Not a distance, but Lipschitz-like."""

    period: float = 0.4
    thickness: float = 0.5
    radius: float = 0.45

    def __call__(self, points: Numbers) -> Tensor:
        points = points_of(points)
        angle = points * (2.0 * math.pi / self.period)
        sine, cosine = angle.sin(), angle.cos()
        wave = (sine * cosine.roll(-1, dims=-1)).sum(dim=-1)
        sheet = (self.thickness - wave.abs()) * (self.period / (2.0 * math.pi))
        return torch.minimum(sheet, self.radius - points.norm(dim=-1))


@dataclass(frozen=True)
class Union:
    """The union of fields: inside where any of them is."""

    parts: tuple[Field, ...]

    def __call__(self, points: Numbers) -> Tensor:
        points = points_of(points)
        return torch.stack([part(points) for part in self.parts]).amax(dim=0)


@dataclass(frozen=True)
class Intersection:
    """The intersection of fields: inside where all of them are."""

    parts: tuple[Field, ...]

    def __call__(self, points: Numbers) -> Tensor:
        points = points_of(points)
        return torch.stack([part(points) for part in self.parts]).amin(dim=0)


@dataclass(frozen=True)
class Mean:
    """The mean of fields: the common answer of several that saw parts of the same observation."""

    parts: tuple[Field, ...]

    @property
    def device(self) -> torch.device:
        """Where the first of them is evaluated."""
        return getattr(self.parts[0], "device", None) or torch.device("cpu")

    def __call__(self, points: Numbers) -> Tensor:
        points = points_of(points)
        total = self.parts[0](points)
        for part in self.parts[1:]:  # one at a time: no more memory than one field takes
            total = total + part(points)
        return total / len(self.parts)


@dataclass(frozen=True)
class Complement:
    """Inside and outside exchanged; with Intersection it makes the difference of two solids."""

    part: Field

    def __call__(self, points: Numbers) -> Tensor:
        points = points_of(points)
        return -self.part(points)
