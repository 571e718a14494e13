"""What this machine can do at best, and the share of it that each phase of a reconstruction reaches: one thread, CPU seconds.

    OMP_NUM_THREADS=1 python benchmarks/limits.py

Limits: products of matrices as large as those of the shipped decoder, in float32 and in bfloat16; bytes copied; nearest
neighbours found. Phases: the encoder, the decoder (all evaluations of the field), what the extraction does beside it, all else;
for each, the floating-point operations of its products and convolutions, and their share of what the limit in float32 allows in
that time. A small share says that products are not what holds a phase up: it sorts, gathers, and asks for neighbours.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
import tyro
from scipy.spatial import KDTree
from torch.utils.flop_counter import FlopCounterMode

import occnet
from occnet.networks.network_field import NetworkField
from occnet.networks.occupancy_network import OccupancyNetwork
from occnet.pipeline.phases import listening

SCAN = Path(__file__).parents[1] / "examples" / "data" / "chair_scan.ply"
ROWS, CHANNELS = 2048, 256  # queries that are worked on at once, and numbers of each
COPIED = 1 << 27  # bytes
POINTS, NEIGHBOURS = 4000, 16


@dataclass(frozen=True)
class Choices:
    """What is measured."""

    scan: Path = SCAN
    """what is reconstructed"""
    times: int = 3
    """how often, of which the least counts"""


@dataclass
class Phases:
    """CPU seconds and floating-point operations by phase."""

    seconds: dict[str, float] = field(default_factory=dict)
    operations: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def of(self, phase: str, counting: bool) -> Iterator[None]:
        """Within, what is done is of this phase: counted, or timed, for counting takes time."""
        counter = FlopCounterMode(display=False, custom_mapping=_ONEDNN)
        with counter if counting else nullcontext():
            began = time.process_time()
            yield
            self.seconds[phase] = self.seconds.get(phase, 0.0) + time.process_time() - began
        if counting:
            self.operations[phase] = self.operations.get(phase, 0.0) + counter.get_total_flops()


def _product(rows: Any, weight: Any, *_: Any, **__: Any) -> int:
    return 2 * int(np.prod(rows)) * int(weight[0])


_ONEDNN: dict[Any, Any] = (
    {torch.ops.mkldnn._linear_pointwise: _product} if hasattr(torch.ops.mkldnn, "_linear_pointwise") else {}
)


def main(choices: Choices) -> None:
    """Print two Markdown tables."""
    torch.set_num_threads(1)
    limits = {"float32": products(torch.float32), "bfloat16": products(torch.bfloat16)}
    print("| limit of one thread | |\n| --- | --- |")
    for name, limit in limits.items():
        print(f"| products in {name} | {limit / 1e9:.0f} GFLOP/s |")
    print(f"| bytes copied | {copied() / 1e9:.1f} GB/s |")
    print(f"| {NEIGHBOURS} neighbours among {POINTS:,} | {neighbours() / 1e3:.0f} thousand/s |\n")
    network = occnet.load_model("points")
    runs = [reconstructed(choices.scan, network, counting=False) for _ in range(choices.times)]
    operations = reconstructed(choices.scan, network, counting=True).operations
    least = {phase: min(run.seconds[phase] for run in runs) for phase in runs[0].seconds}
    print("| phase | CPU seconds | share | GFLOP | of the limit in float32 |\n| --- | --- | --- | --- | --- |")
    for phase, seconds in least.items():
        counted = operations.get(phase, 0.0)
        reached = f"{counted / seconds / limits['float32']:.0%}" if counted else ""
        print(f"| {phase} | {seconds:.2f} | {seconds / sum(least.values()):.0%} | {counted / 1e9:.1f} | {reached} |")


def reconstructed(scan: Path, network: OccupancyNetwork, counting: bool) -> Phases:
    """The phases of one reconstruction."""
    phases = Phases()
    code, call = network.code, NetworkField.__call__
    stamps: list[tuple[str, float]] = []

    def measured(phase: str, work: Callable[..., Any]) -> Callable[..., Any]:
        def inner(*given: Any, **named: Any) -> Any:
            with phases.of(phase, counting):
                return work(*given, **named)

        return inner

    network.code = measured("encoder", code)  # type: ignore[method-assign]
    NetworkField.__call__ = measured("decoder", call)  # type: ignore[method-assign]
    try:
        with listening(lambda phase: stamps.append((phase, time.process_time()))):
            occnet.reconstruct(scan, model=network)
    finally:
        network.code, NetworkField.__call__ = code, call  # type: ignore[method-assign]
    stamps.append(("end", time.process_time()))
    for (phase, began), (_, ended) in pairwise(stamps):
        inside = phases.seconds["encoder"] + phases.seconds["decoder"] if phase == "reconstruct" else 0.0
        name = "extraction beside the decoder" if phase == "reconstruct" else phase
        phases.seconds[name] = phases.seconds.get(name, 0.0) + ended - began - inside
    return phases


def rate(work: Callable[[], object], amount: float) -> float:
    """How much of an amount a second, of the fastest of several rounds."""
    least = float("inf")
    for _ in range(20):
        began = time.process_time()
        for _ in range(5):
            work()
        least = min(least, (time.process_time() - began) / 5)
    return amount / least


def products(dtype: torch.dtype) -> float:
    """Floating-point operations a second of products of matrices."""
    rows, weights = torch.randn(ROWS, CHANNELS).to(dtype), torch.randn(CHANNELS, CHANNELS).to(dtype)
    with torch.no_grad():
        return rate(lambda: torch.nn.functional.linear(rows, weights), 2.0 * ROWS * CHANNELS**2)


def copied() -> float:
    """Bytes a second that are read and written again."""
    source, target = np.ones(COPIED, np.uint8), np.empty(COPIED, np.uint8)
    return rate(lambda: np.copyto(target, source), COPIED)


def neighbours() -> float:
    """Points a second whose nearest neighbours are found."""
    points = np.random.default_rng(0).normal(size=(POINTS, 3))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    tree = KDTree(points)
    return rate(lambda: tree.query(points, k=NEIGHBOURS), POINTS)


if __name__ == "__main__":
    main(tyro.cli(Choices))
