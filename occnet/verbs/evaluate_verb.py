"""`occnet evaluate`: its arguments, and what it prints."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from tyro.conf import Positional, arg

from occnet.pipeline.allocator import keep_freed_memory
from occnet.pipeline.evaluate.compare_options import CompareOptions
from occnet.verbs.quick_imports import quick_imports


def evaluate(
    source: Positional[Annotated[Path, arg(metavar="MESHES|DATASET")]],
    model: str = "points",
    baselines: bool = False,
    options: Annotated[CompareOptions, arg(name="")] = CompareOptions(),  # noqa: B008 (frozen)
) -> int:
    """Score a model on shapes that it was not trained on, by the paper's protocol, and print a table.

    Args:
        source: meshes (a folder, one file, or a bundle), of which the closed ones are scanned; or a dataset by
            `occnet prepare` or in the published layout, whose pictures, voxels or surface points are read
        model: a shipped model's name, or the folder of one that you trained
        baselines: score what it is compared with, too: Poisson reconstruction of the clouds (it needs Open3D), the voxels
            as they are, or the training shape whose picture is most alike
    """
    with quick_imports():
        from occnet.pipeline.evaluate.compare import as_markdown, evaluate_model

    keep_freed_memory()
    print(as_markdown(evaluate_model(model, source, options, baselines=baselines)))
    return 0
