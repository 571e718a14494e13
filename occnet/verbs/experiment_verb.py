"""`occnet experiment`: its arguments, and what it prints."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

from tyro.conf import Positional, arg

from occnet.extras import extra
from occnet.pipeline.allocator import keep_freed_memory
from occnet.verbs.shell.quick_imports import quick_imports


def experiment(
    name: Positional[Annotated[str, arg(metavar="NAME")]],
    output: Annotated[Path, arg(aliases=["-o"], metavar="OUT")],
    minutes: Annotated[float | None, arg(metavar="MINUTES")] = None,
    seeds: Annotated[int | None, arg(metavar="SEEDS")] = None,
    size: Literal["full", "small", "smoke"] = "full",
    data: Annotated[Path | None, arg(metavar="DATASET")] = None,
    device: str = "auto",
) -> int:
    """Compare methods under one protocol: the same shapes, encoder, seeds and budget. Run it again to go on where it stopped.

    Args:
        name: images, points, voxels, representation, ablations or generation; or a .toml file of your own, with your network
            as a row
        output: the folder of the experiment: table.csv, table.md, pictures.png, report.html, and the trained models in runs/
        minutes: how long each method is trained for each seed, instead of what the experiment says: CPU minutes, on an
            accelerator minutes of the clock
        seeds: how many times each is trained, instead of what the experiment says
        size: small takes a tenth of the shapes, smaller networks and a minute each; smoke takes seconds, and only shows that
            all of it runs
        data: a dataset that is there already; by default procedural shapes are prepared
        device: where to compute: auto, cpu, cuda or mps
    """
    with extra("train", "An experiment"), quick_imports():
        from occnet.pipeline.experiment.experiment_definition import read_experiment
        from occnet.pipeline.experiment.run_experiment import run_experiment

    keep_freed_memory()
    asked = read_experiment(name, size, minutes, seeds)
    tables = run_experiment(asked, output, data, device, lambda sentence: print(f"occnet: {sentence}", file=sys.stderr))
    print(f"{tables}\n\nThe report is {output / 'report.html'}.")
    return 0
