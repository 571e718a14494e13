"""Networks, losses and optimisers at equal compute: the same data, scans and protocol, the same CPU time for each.

    OMP_NUM_THREADS=1 python benchmarks/networks.py points -o runs/networks --minutes 20 [--only NAME ...]

Each variant is the recipe with some of its tables replaced. A short trial tells what a step costs; the number of steps is the
budget divided by that, so that the rate falls to zero where the budget ends. Times are those of the processor, which other
work on the machine changes little. Runs go on where they were stopped; finished ones are only read.
"""

from __future__ import annotations

import csv
import resource
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import tyro

from occnet.networks.registry import build_network
from occnet.pipeline.train.config import NETWORK_TABLES
from occnet.recipe import read_recipe, to_toml

NEAREST = {"name": "nearest_points"}
CONDITIONAL = {"name": "conditional_batch_norm"}
LOCAL = {"name": "local_features"}
COARSE = {"name": "neighbourhood_grid", "resolution": 32, "sparse_channels": [48], "sparse_blocks": [1]}
VARIANTS: dict[str, dict[str, dict[str, Any]]] = {
    "default": {},
    "default, AdamW": {"training": {"optimizer": "adamw"}},
    "default, more weight near the surface": {"loss": {"name": "near_surface"}},
    "default, with a distance term": {"loss": {"name": "signed_distance"}},
    "default, only uniform points": {"scans": {"uniform_queries": 2048, "near_queries": 0}},
    "default, only near points": {"scans": {"uniform_queries": 0, "near_queries": 2048}},
    "default, without the attention": {"decoder": {"name": "grid_features"}},
    "default, one sparse block, finest cells 32": {"encoder": COARSE},
    "default, one sparse block, 8 neighbours": {
        "encoder": {"name": "neighbourhood_grid", "neighbours": 8},
        "decoder": {**NEAREST, "neighbours": 6},
    },
    "default, one sparse block": {"encoder": {"name": "neighbourhood_grid", "sparse_blocks": [1, 1]}},
    "2019: PointNet, conditional batch norm": {
        "encoder": {"name": "residual_pointnet"},
        "decoder": CONDITIONAL,
        "training": {"learning_rate": 3e-4, "optimizer": "adamw"},
    },
    "2020: three planes": {"encoder": {"name": "local_pointnet"}, "decoder": LOCAL, "training": {"optimizer": "adamw"}},
    "2020: grid of 32": {
        "encoder": {"name": "local_pointnet", "features": ["grid"]},
        "decoder": LOCAL,
        "training": {"optimizer": "adamw"},
    },
}
"""Each replaces keys of [scans] and [training], and whole tables [encoder], [decoder] and [loss]."""


@dataclass
class Options:
    """What to compare."""

    recipe: Annotated[Path, tyro.conf.Positional]
    """the recipe that the variants change; its datasets must exist"""
    output: Annotated[Path, tyro.conf.arg(aliases=["-o"])]
    """the folder of the runs"""
    minutes: float = 20.0
    """processor time of each"""
    only: tuple[str, ...] = ()
    """some of the variants, by name"""


def main(options: Options) -> None:
    """Train what is missing, and print the table of all that is there."""
    options.output.mkdir(parents=True, exist_ok=True)
    rows, sizes = [], ""
    for name in options.only or VARIANTS:
        folder = options.output / name.replace(":", "").replace(",", "").replace(" ", "-")
        folder.mkdir(exist_ok=True)
        tables = changed(read_recipe(options.recipe), VARIANTS[name])
        steps = planned_steps(folder, tables, 60.0 * options.minutes)
        train(folder / "recipe.toml", folder / "run", tables, steps)
        rows.append(row(name, tables, folder / "run", steps))
        sizes = " | ".join(f"IoU at {size}" for size in tables["training"]["validation_points"])
        print(rows[-1], flush=True)
    print(f"\n| network | parameters | steps | samples | loss | {sizes} |\n| --- {'| --- ' * (4 + sizes.count('IoU'))}|")
    print("\n".join(rows))


def changed(tables: dict[str, Any], changes: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The recipe's tables with those of a variant; a new encoder or decoder keeps nothing of the old one."""
    whole = {key: changes[key] for key in ("encoder", "decoder", "loss") if key in changes}
    parts = {key: {**tables.get(key, {}), **changes.get(key, {})} for key in ("scans", "training")}
    if changes.get("encoder", {}).get("name", "neighbourhood_grid") != "neighbourhood_grid":
        parts["scans"]["normals_share"] = 0.0  # it reads none
    elif "encoder" in changes:
        whole["encoder"] = {**changes["encoder"], "normals": tables["encoder"].get("normals", False)}
    parts["training"] |= {
        "pictures": 0,
        "warmup_steps": 50,
        "checkpoint_every": 100,
        "validate_every": 1_000_000,
        "validation_points": [300, 1000, 3000],
    }
    return {**tables, **parts, **whole}


def planned_steps(folder: Path, tables: dict[str, Any], seconds: float) -> int:
    """The steps that the budget pays for, by a trial of 30 against one of 10; kept for the next time."""
    note = folder / "steps"
    if not note.is_file():
        few, many = (train(folder / "trial.toml", folder / f"trial-{steps}", tables, steps, 1) for steps in (10, 30))
        note.write_text(str(round(seconds / ((many - few) / 20))))
    return int(note.read_text())


def train(recipe: Path, run: Path, tables: dict[str, Any], steps: int, shapes: int = 48) -> float:
    """Train in a process of its own; returns its processor seconds. shapes: that are scored at the end."""
    tables = {**tables, "training": {**tables["training"], "steps": steps, "validation_shapes": shapes}}
    recipe.write_text(to_toml(tables), encoding="utf-8")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-m", "occnet", "train", str(recipe), "-o", str(run)], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def row(name: str, tables: dict[str, Any], run: Path, steps: int) -> str:
    """A line of the table."""
    network = build_network({key: tables[key] for key in NETWORK_TABLES if key in tables})
    parameters = sum(parameter.numel() for parameter in network.parameters())
    scores = [line for line in read(run / "validation.csv") if int(line["step"]) == steps]
    losses = [float(line["loss"]) for line in read(run / "losses.csv")][-10:]
    ious = " | ".join(f"{float(line['iou']):.3f}" for line in scores)
    samples = steps * tables["training"]["batch_size"]
    return f"| {name} | {parameters:,} | {steps:,} | {samples:,} | {sum(losses) / len(losses):.4f} | {ious} |"


def read(path: Path) -> Sequence[dict[str, str]]:
    """The rows of a table on disk."""
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


if __name__ == "__main__":
    main(tyro.cli(Options, description=__doc__))
