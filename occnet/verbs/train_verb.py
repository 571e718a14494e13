"""`occnet train`: its arguments, and what it prints."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from tyro.conf import Positional, arg

from occnet.errors import OccnetError
from occnet.extras import extra
from occnet.pipeline.allocator import keep_freed_memory
from occnet.recipe import save_recipe
from occnet.verbs.shell.quick_imports import quick_imports


def train(
    recipe: Positional[Annotated[Path, arg(metavar="RECIPE")]],
    output: Annotated[Path | None, arg(aliases=["-o"], metavar="RUN")] = None,
    device: str = "auto",
    steps: Annotated[int | None, arg(metavar="STEPS")] = None,
    dry_run: bool = False,
    save: Annotated[Path | None, arg(metavar="FILE")] = None,
) -> int:
    """Train the network of a recipe. Run the same command again to go on after an interruption.

    On several GPUs or machines: torchrun --nproc-per-node GPUS -m occnet train RECIPE -o RUN

    Args:
        recipe: a .toml file, or the name of a recipe that comes with the package: points, image, voxels, onet_points, ...
        output: the folder of the run: report.html, checkpoints, logs, and the models 'model' (the newest) and 'best'
        device: where to compute: auto, cpu, cuda or mps
        steps: how many steps to take in all, instead of what the recipe says
        dry_run: print the resolved recipe and what it would take, and stop there
        save: write the recipe to this file, to start one of your own from, and stop there
    """
    if save is not None:
        save_recipe(recipe, save)
        print(f"The recipe is in {save}; change it, and train by `occnet train {save} -o RUN`.")
        return 0
    if output is None and not dry_run:
        raise OccnetError("train needs -o with the folder of the run (or --dry-run, or --save with a file for the recipe).")
    with extra("train", "Training"), quick_imports():
        from occnet.pipeline.train.dry_run import plan
        from occnet.pipeline.train.train import train as train_network

    if dry_run:
        print(plan(recipe, run=output, steps=steps))
        return 0
    assert output is not None
    keep_freed_memory()
    best = train_network(recipe, output, device=device, steps=steps)
    print(f"The best validation IoU is {best:.4f}; the model is {output / 'best'}, the report {output / 'report.html'}.")
    return 0
