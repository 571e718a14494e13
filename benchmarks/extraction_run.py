"""One extraction in a process of its own, for its time and memory; prints one line of JSON. Called by extraction.py."""

from __future__ import annotations

import json
import resource
import sys
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import tyro
from extraction_baselines import CALL, dense_grid, evaluate, plain_octree
from extraction_fields import FIELDS

from occnet.field import logit_of
from occnet.meshing import Extraction, ExtractionOptions, certify, extract


@dataclass(frozen=True)
class Run:
    """What to measure."""

    field: str = "sphere"
    engine: str = "occnet"  # occnet, dense, octree, or throughput (the published code's loop alone)
    resolution: int = 256
    vertex_tolerance: float = ExtractionOptions.vertex_tolerance


def peak_bytes() -> int:
    """Largest resident memory of this process so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def main(run: Run) -> None:
    """Warm up at a low resolution, then measure."""
    measured = FIELDS[run.field]()
    options = ExtractionOptions(vertex_tolerance=run.vertex_tolerance)
    arguments: dict[str, Any] = {"threshold": measured.threshold, "seeds": measured.seeds, "options": options}
    extract(measured.field, resolution=48, **arguments)
    places = np.random.default_rng(0).integers(0, run.resolution + 1, (3 * CALL, 3))
    before, begin = peak_bytes(), time.perf_counter()
    extraction, evaluations = None, 0
    if run.engine == "dense":
        evaluations = dense_grid(measured.field, run.resolution)
    elif run.engine == "octree":
        evaluations = plain_octree(measured.field, run.resolution, logit_of(measured.threshold))
    elif run.engine == "throughput":
        evaluations = len(evaluate(measured.field, places, run.resolution))
    else:
        extraction = extract(measured.field, resolution=run.resolution, **arguments)
    seconds, size = time.perf_counter() - begin, peak_bytes() - before
    result = {"evaluations": evaluations} if extraction is None else report(extraction)
    print(json.dumps(result | {"seconds": seconds, "bytes": size}))


def report(extraction: Extraction) -> dict[str, Any]:
    """What an extraction cost, and whether its mesh is sound."""
    found = certify(extraction.mesh, examined_faces=0)
    return {
        "evaluations": extraction.grid_evaluations,
        "vertex_evaluations": sum(extraction.evaluations.values()) - extraction.grid_evaluations,
        "minimum": extraction.minimum_evaluations,
        "phases": extraction.seconds,
        "faces": found.faces,
        "sound": found.ok,
    }


if __name__ == "__main__":
    main(tyro.cli(Run))
