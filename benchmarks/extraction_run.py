"""One extraction in a process of its own, for its time and memory; prints one line of JSON. Called by extraction.py."""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

import numpy as np
import torch
import tyro
from extraction_baselines import CALL, dense_grid, evaluate, plain_octree
from extraction_fields import FIELDS, MeasuredField

from occnet.field import logit_of
from occnet.geometry.soundness.certificate import certify
from occnet.meshing import extract
from occnet.pipeline.allocator import keep_freed_memory

T = TypeVar("T")


@dataclass(frozen=True)
class Run:
    """What to measure."""

    field: str = "sphere"
    engine: Literal["occnet", "octree", "dense", "loop"] = "occnet"
    """loop: nothing but 300,000 points through the plain field, 100,000 a call"""
    resolution: int = 256


class Phases:
    """The largest memory at the end of each phase, told by the extraction's progress."""

    def __init__(self) -> None:
        self.peaks: dict[str, int] = {}

    def __call__(self, share: float, phase: str) -> None:
        self.peaks[phase] = peak_bytes()


def peak_bytes() -> int:
    """Largest resident memory of this process so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def main(run: Run) -> None:
    """Warm up at a low resolution, then measure."""
    if run.engine == "occnet":
        keep_freed_memory()  # as `occnet reconstruct` does
    measured = FIELDS[run.field]()
    extract(measured.field, resolution=48, threshold=measured.threshold, seeds=measured.seeds, options=measured.options)
    evaluate(measured.plain, np.zeros((64, 3), dtype=np.int64), 48)
    before = peak_bytes()
    result = engine_run(measured, run)
    print(json.dumps(result | {"grown": result["bytes"] - before, "threads": torch.get_num_threads()}))


def engine_run(measured: MeasuredField, run: Run) -> dict[str, Any]:
    """What a run of one engine counts and takes."""
    level = logit_of(measured.threshold)
    if run.engine == "dense":
        evaluations, cost = timed(lambda: dense_grid(measured.plain, run.resolution, level))
        return cost | {"evaluations": evaluations}
    if run.engine == "octree":
        evaluations, cost = timed(lambda: plain_octree(measured.plain, run.resolution, level))
        return cost | {"evaluations": evaluations}
    if run.engine == "loop":
        places = np.random.default_rng(0).integers(0, run.resolution + 1, (3 * CALL, 3))
        logits, cost = timed(lambda: evaluate(measured.plain, places, run.resolution))
        return cost | {"evaluations": len(logits)}
    peaks = Phases()
    about: dict[str, Any] = {"threshold": measured.threshold, "seeds": measured.seeds, "options": measured.options}
    extraction, cost = timed(lambda: extract(measured.field, resolution=run.resolution, progress=peaks, **about))
    found, proof = timed(lambda: certify(extraction.mesh, examined_faces=len(extraction.mesh.faces)))
    return cost | {
        "evaluations": extraction.grid_evaluations,
        "vertex_evaluations": sum(extraction.evaluations.values()) - extraction.grid_evaluations,
        "minimum": extraction.minimum_evaluations,
        "by_phase": extraction.evaluations,
        "phases": extraction.seconds,
        "peaks": peaks.peaks,
        "faces": len(extraction.mesh.faces),
        "sound": found.ok,
        "proof": proof["processor"],
    }


def timed(work: Callable[[], T]) -> tuple[T, dict[str, float]]:
    """What some work gives; its seconds, the seconds of all processors, and the largest memory until its end."""
    wall, processor = time.perf_counter(), time.process_time()
    result = work()
    cost = {"seconds": time.perf_counter() - wall, "processor": time.process_time() - processor, "bytes": peak_bytes()}
    return result, cost


if __name__ == "__main__":
    main(tyro.cli(Run))
