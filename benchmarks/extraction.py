"""The extraction engine by the figures: accuracy, topology, cost, and what it makes of fields that try to break it.

    python benchmarks/extraction.py
    python benchmarks/extraction.py --parts cost --fields "model points" --resolutions 64 128 256

Prints Markdown tables. The cost of networks takes most of the time: an hour on two cores for all of it.
"""

from __future__ import annotations

import json
import math
import platform
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import torch
import tyro
from extraction_fields import EXACT, FIELDS

from occnet.errors import EmptySurface
from occnet.field import Field, Sphere
from occnet.geometry.soundness.certificate import Certificate, certify
from occnet.meshing import ExtractionOptions, extract, extract_mesh
from occnet.shapes import sample_shapes

PUBLISHED_EVALUATIONS = 283_082  # of the published octree at 256^3 with the published point-cloud network
GRID_KINDS = ["noise", "ties", "saturated", "not finite", "checkerboard", "touching the box", "all inside", "all outside"]

Part = Literal["accuracy", "topology", "cost", "grids", "shapes"]


@dataclass(frozen=True)
class Choices:
    """What to measure, and how much of it."""

    parts: tuple[Part, ...] = ("accuracy", "topology", "cost", "grids", "shapes")
    """which tables"""
    fields: tuple[str, ...] = tuple(name for name in FIELDS if name == "sphere" or name not in EXACT)
    """names in extraction_fields.py, whose cost is measured"""
    resolutions: tuple[int, ...] = (64, 128, 256, 512, 1024)
    """at which it is measured"""
    dense_up_to: int = 128
    """highest resolution of the dense grid"""
    octree_up_to: int = 256
    """highest resolution of the plain octree"""
    grids: int = 1000
    """adversarial grids"""
    shapes: int = 1000
    """procedural shapes, each at two resolutions"""


def main(choices: Choices) -> None:
    """Print the tables asked for."""
    print(f"{datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, {torch.get_num_threads()} threads, torch {torch.__version__}")
    if "accuracy" in choices.parts:
        section(
            "Accuracy on a sphere", ["resolution", "interpolated", "order", "root finding", "evaluations a vertex"], accuracy()
        )
    if "topology" in choices.parts:
        section("Topology", ["solid", "resolution", "components", "Euler number", "genus", "certificate"], topology())
    for field in choices.fields if "cost" in choices.parts else ():
        cost(field, choices)
    outcomes = ["sound", "manifold", "EmptySurface", "defective"]
    if "grids" in choices.parts:
        section(f"{choices.grids:,} adversarial grids", ["kind", "method", *outcomes], adversarial(choices.grids))
    if "shapes" in choices.parts:
        section(f"{choices.shapes:,} procedural shapes", ["resolution", *outcomes], procedural(choices.shapes))


def section(title: str, head: list[str], rows: list[list[str]]) -> None:
    """Print a heading and a Markdown table."""
    widths = [max(len(line[i]) for line in [head, *rows]) for i in range(len(head))]
    print(f"\n### {title}\n")
    for line in [head, ["-" * width for width in widths], *rows]:
        print("| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |", flush=True)


def accuracy() -> list[list[str]]:
    """RMS and largest distance of vertices from a sphere; the interpolated ones halve twice when the cells halve."""
    field, rows, last = Sphere(0.4, (0.013, 0.007, 0.002)), [], math.nan
    for resolution in (32, 64, 128, 256):
        linear = extract_mesh(field, resolution=resolution, options=ExtractionOptions(vertex_steps=0))
        found = extract(field, resolution=resolution)
        rms = float(field(torch.tensor(linear.vertices)).square().mean().sqrt())
        largest = float(field(torch.tensor(found.mesh.vertices)).abs().max())
        each = found.evaluations["vertices"] / len(found.mesh.vertices)
        order = math.log2(last / rms) if rows else math.nan
        rows.append([str(resolution), f"{rms:.1e} rms", f"{order:.2f}", f"{largest:.1e} largest", f"{each:.2f}"])
        last = rms
    return rows


def topology() -> list[list[str]]:
    """Euler numbers of exact solids at two resolutions."""
    rows = []
    for name, field in EXACT.items():
        for resolution in (64, 128):
            found = certify(extract_mesh(field, resolution=resolution), examined_faces=2000)
            numbers = [found.components, found.euler_number, found.genus]
            rows.append([name, str(resolution), *map(str, numbers), outcome(found)])
    return rows


def outcome(found: Certificate) -> str:
    """sound: nothing is wrong. manifold: closed and manifold, but it cuts itself. defective: neither."""
    if found.ok:
        return "sound"
    return "defective" if set(found.problems) - {"intersecting pairs", "inward components"} else "manifold"


def cost(field: str, choices: Choices) -> None:
    """Print time, evaluations and memory by resolution, each measured in a process of its own, and by phase."""
    rows, phases, runs = [], [], {}
    for resolution in choices.resolutions:
        for engine, highest in (("occnet", 1 << 30), ("octree", choices.octree_up_to), ("dense", choices.dense_up_to)):
            if resolution > highest:
                rows.append([str(resolution), engine, "not run", *[""] * 8])
                continue
            run = runs[engine, resolution] = measure(field, engine, resolution)
            rows.append([str(resolution), engine, *cost_columns(run)])
            if engine == "occnet":
                phases += [[str(resolution), *line] for line in phase_rows(run)]
    head = [
        "resolution",
        "engine",
        "seconds",
        "CPU seconds",
        "evaluations",
        "ratio",
        "vertices",
        "peak MiB",
        "faces",
        "sound",
        "proof, CPU seconds",
    ]
    section(f"Cost: {field}", head, rows)
    section(f"By phase: {field}", ["resolution", "phase", "seconds", "evaluations", "peak MiB so far"], phases)
    engine_runs = {resolution: run for (engine, resolution), run in runs.items() if engine == "occnet"}
    section(f"Growth: {field}", ["resolutions", "exponent of CPU seconds", "of memory"], exponents(engine_runs))
    if 256 in engine_runs:
        loop = measure(field, "loop", 256)
        share = PUBLISHED_EVALUATIONS / loop["evaluations"]
        for name in ("seconds", "processor"):
            gain = share * loop[name] / engine_runs[256][name]
            taken = f"{share * loop[name]:.2f} s, {gain:.1f} times occnet's"
            print(f"\n{PUBLISHED_EVALUATIONS:,} evaluations in one loop, {name}: {taken}")


def cost_columns(run: dict) -> list[str]:
    """The columns of one run, after its resolution and engine; sound: by the certificate, with all pairs of faces examined."""
    columns = [f"{run['seconds']:.2f}", f"{run['processor']:.2f}", f"{run['evaluations']:,}"]
    peak = f"{run['bytes'] / 2**20:,.0f}"
    if "faces" not in run:
        return [*columns, "", "", peak, "", "", ""]
    sound = "yes" if run["sound"] else "NO"
    ratio = f"{run['evaluations'] / run['minimum']:.2f}"
    return [*columns, ratio, f"{run['vertex_evaluations']:,}", peak, f"{run['faces']:,}", sound, f"{run['proof']:.2f}"]


def phase_rows(run: dict) -> list[list[str]]:
    """Seconds, evaluations, and the largest memory up to the end of each phase."""
    names = [name for name in run["peaks"] if name != "done"]
    ends = [run["peaks"][name] for name in [*names[1:], "done"]]  # a phase is told at its begin
    counts = run["by_phase"]
    return [
        [
            name,
            f"{run['phases'].get(name, 0.0):.2f}",
            f"{counts.get(name, 0):,}",
            f"{end / 2**20:,.0f}",
        ]
        for name, end in zip(names, ends, strict=True)
    ]


def exponents(runs: dict[int, dict]) -> list[list[str]]:
    """How time and memory, without what the process took before, grow with the resolution from 256 up."""
    rows = []
    for first, last in ((256, 512), (512, 1024), (256, 1024)):
        if first in runs and last in runs:
            found = [math.log(runs[last][key] / runs[first][key], last / first) for key in ("processor", "grown")]
            rows.append([f"{first}-{last}", *(f"{exponent:.2f}" for exponent in found)])
    return rows


def measure(field: str, engine: str, resolution: int) -> dict:
    """What extraction_run.py prints."""
    command = [sys.executable, str(Path(__file__).with_name("extraction_run.py")), "--field", field, "--engine", engine]
    command += ["--resolution", str(resolution)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    result = done.stdout.splitlines()[-1]
    print(field, engine, resolution, result, file=sys.stderr, flush=True)  # a full run takes long: show that it goes on
    return json.loads(result)


def grid_field(kind: str, size: int, generator: torch.Generator) -> Field:
    """A field given by values at size^3 corners, and constant around each."""
    values = torch.randn(size, size, size, generator=generator)
    chance = torch.rand(size, size, size, generator=generator)
    if kind == "ties":
        values = values.round()
    elif kind == "saturated":
        values = values.sign() * torch.inf
    elif kind == "not finite":
        values = torch.where(chance < 0.2, torch.nan, torch.where(chance > 0.7, values * torch.inf, values))
    elif kind == "checkerboard":
        x, y, z = torch.meshgrid(*[torch.arange(size)] * 3, indexing="ij")
        values = (1.0 - 2.0 * ((x + y + z) % 2)) * (chance + 0.1)
    elif kind == "touching the box":
        values = values.abs() - 0.2
    elif kind == "all inside":
        values = values.abs() + 0.1
    elif kind == "all outside":
        values = -values.abs()

    def field(points: torch.Tensor) -> torch.Tensor:
        x, y, z = ((points + 0.5) * (size - 1)).round().long().unbind(dim=1)
        return values[x, y, z]

    return field


def attempt(field: Field, *, examined_faces: int = 0, **arguments) -> str:
    """The outcome of an extraction; an exception other than EmptySurface is a crash and ends the benchmark."""
    try:
        return outcome(certify(extract_mesh(field, **arguments), examined_faces=examined_faces))
    except EmptySurface:
        return "EmptySurface"


def counted(counts: Counter) -> list[str]:
    """The columns of a histogram of outcomes."""
    return [str(counts[name]) for name in ("sound", "manifold", "EmptySurface", "defective")]


def adversarial(grids: int) -> list[list[str]]:
    """Outcomes of both methods on grids of values that try to break them; intersections are examined, too."""
    bounds = ((-0.5, -0.5, -0.5), (0.5, 0.5, 0.5))
    rows = []
    for method in ("marching_cubes", "dual_contouring"):
        options = ExtractionOptions(method=method, vertex_steps=3)
        total = Counter()
        for number, kind in enumerate(GRID_KINDS):
            counts = Counter()
            for seed in range(number, grids, len(GRID_KINDS)):
                generator = torch.Generator().manual_seed(seed)
                size = 3 + seed % 9
                arguments = {"resolution": size - 1, "bounds": bounds, "options": options}
                counts[attempt(grid_field(kind, size, generator), examined_faces=10**9, **arguments)] += 1
            rows.append([kind, method, *counted(counts)])
            total += counts
        rows.append(["all", method, *counted(total)])
    return rows


def procedural(shapes: int) -> list[list[str]]:
    """Outcomes on procedural shapes at two resolutions."""
    rows = []
    for resolution in (48, 96):
        counts = Counter()
        for first in range(0, shapes, 50):
            batch = sample_shapes(min(50, shapes - first), seed=0, first=first)
            for index in range(len(batch)):
                counts[attempt(batch.field(index), resolution=resolution)] += 1
        rows.append([str(resolution), *counted(counts)])
    return rows


if __name__ == "__main__":
    main(tyro.cli(Choices, description=__doc__))
