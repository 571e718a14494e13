"""`occnet evaluate`: its arguments, and what it prints."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from tyro.conf import Positional, arg

from occnet.errors import OccnetError
from occnet.pipeline.allocator import keep_freed_memory
from occnet.pipeline.evaluate.compare_options import CompareOptions
from occnet.verbs.shell.quick_imports import quick_imports


def evaluate(
    source: Positional[Annotated[Path, arg(metavar="MESHES|DATASET|RESULTS")]],
    truth: Positional[Annotated[Path | None, arg(metavar="TRUTH")]] = None,
    model: str = "points",
    baselines: bool = False,
    options: Annotated[CompareOptions, arg(name="")] = CompareOptions(),  # noqa: B008 (frozen)
) -> int:
    """Score a model on shapes that it was not trained on, by the paper's protocol, and print a table.

    With a second path, the meshes or sets of points that any program made are scored against true meshes by their names:
    occnet evaluate RESULTS TRUTH -o OUT

    Args:
        source: meshes (a folder, one file, or a bundle), of which the closed ones are scanned; or a dataset by
            `occnet prepare` or in the published layout, whose pictures, voxels or surface points are read; or, if TRUTH
            is given, a folder of results
        truth: closed meshes (a folder, an archive or a bundle); a result has the name of its true mesh up to the suffix, and
            its coordinates. No model is asked then
        model: a shipped model's name, or the folder of one that you trained
        baselines: score what it is compared with, too: Poisson reconstruction of the clouds (it needs Open3D), the voxels
            as they are, or the training shape whose picture is most alike
    """
    with quick_imports():
        from occnet.pipeline.evaluate.compare import as_markdown, evaluate_model
        from occnet.pipeline.evaluate.result_files import as_table, score_results

    keep_freed_memory()
    if truth is not None:
        if baselines or options.fast:
            raise OccnetError("Results in files are scored as they are: leave out --baselines and --fast, or TRUTH.")
        print(as_table(score_results(source, truth, options), options))
        return 0
    print(as_markdown(evaluate_model(model, source, options, baselines=baselines), options.protocol))
    return 0
