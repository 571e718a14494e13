"""Evaluating a field: in chunks that fit the cache, counted by phase, with a rule for every value a field may return."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from occnet.field import Field, Numbers, points_of
from occnet.meshing.extraction_options import ExtractionOptions
from occnet.meshing.extraction_progress import ProgressReport

CPU_CHUNK = 8192  # points a call: a chunk's activations stay in the cache; five times faster than 100,000 points a call
DEVICE_CHUNK = 1 << 18  # enough to fill an accelerator


@dataclass(frozen=True)
class NumpyField:
    """A field made of a function of numpy arrays: points (N, 3) float32 -> logits (N,).

    Needed only for functions that call methods which tensors do not have; functions that begin with numpy functions
    (`np.linalg.norm(points, axis=1)`) are fields as they are, for a field may return an array.
    """

    function: Callable[[np.ndarray], np.ndarray]

    def __call__(self, points: Numbers) -> Tensor:
        points = points_of(points)
        return torch.as_tensor(np.asarray(self.function(points.detach().cpu().numpy()))).to(points.device)


class Evaluation:
    """A field as the extraction sees it: signed values, positive inside, with counts and seconds by phase.

    field: points (N, 3) float32 on device -> logits (N,).
    level: the logit of the surface.
    """

    def __init__(
        self,
        field: Field,
        level: float,
        device: torch.device,
        options: ExtractionOptions,
        report: ProgressReport,
    ) -> None:
        self.field = field
        self.level = level
        self.device = device
        self.keys_device = device if device.type == "cuda" else torch.device("cpu")  # float64 and int64 sorts, not on MPS
        self.chunk = options.chunk or (CPU_CHUNK if device.type == "cpu" else DEVICE_CHUNK)
        self.differentiable = options.differentiable  # until the field returns an array
        self.report = report
        self.counts: dict[str, int] = defaultdict(int)
        self.seconds: dict[str, float] = defaultdict(float)
        self.phase = "start"

    @contextmanager
    def timed(self, phase: str) -> Iterator[None]:
        """Book evaluations and seconds under a phase."""
        outer, self.phase = self.phase, phase
        begin = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[phase] += time.perf_counter() - begin
            self.phase = outer

    def values(self, positions: Tensor) -> Tensor:
        """Signed values at positions (N, 3) float64, (N,) float32: > 0 inside, NaN is outside (-inf)."""
        self.counts[self.phase] += len(positions)
        result = torch.empty(len(positions), dtype=torch.float32, device=positions.device)
        with torch.no_grad():
            for begin in range(0, len(positions), self.chunk):
                part = positions[begin : begin + self.chunk]
                result[begin : begin + self.chunk] = self._call(part)
                self.report.advance(len(part))
        return result

    def gradients(self, positions: Tensor) -> Tensor | None:
        """Gradients at a chunk of positions, (N, 3) float64, by automatic differentiation; None where the field has none."""
        if not self.differentiable:
            return None
        points = self._points(positions).requires_grad_()
        with torch.enable_grad():
            logits = self.field(points)
            if not logits.requires_grad:
                return None
            (gradient,) = torch.autograd.grad(logits.sum(), points)
        self.counts[self.phase] += len(positions)
        self.report.advance(len(positions))
        return gradient.to(positions.device).double()

    def _call(self, positions: Tensor) -> Tensor:
        points = self._points(positions)
        logits = self.field(points)
        if not isinstance(logits, Tensor):
            self.differentiable = False
            logits = torch.as_tensor(logits)
        if logits.shape != points.shape[:1]:
            raise ValueError(f"A field returns one logit for each point, ({len(points)},), but returned {tuple(logits.shape)}.")
        signed = logits.detach().to(positions.device).double() - self.level
        return signed.nan_to_num(nan=-torch.inf, posinf=torch.inf, neginf=-torch.inf).to(torch.float32)

    def _points(self, positions: Tensor) -> Tensor:
        return positions.float().to(self.device)  # one after the other: MPS has no float64
