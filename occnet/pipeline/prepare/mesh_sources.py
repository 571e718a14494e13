"""Where the shapes of a dataset come from: what of it is known again, what is gone, and which names came twice."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from occnet.errors import DatasetError
from occnet.pipeline.prepare.dataset_plan import plans, write_plan
from occnet.pipeline.prepare.prepare_options import PrepareOptions

_LISTED = 3  # shapes of another name that a remark lists


def check_sources(dataset: Path, source: str, options: PrepareOptions) -> None:
    """Raise DatasetError when the dataset can never be complete: what it takes from elsewhere was interrupted, and is gone."""
    for plan in plans(dataset):
        gone = plan.source != source and Path(plan.source).is_absolute() and not Path(plan.source).exists()
        if gone and plan.unfinished(options.shapes_per_shard):
            raise DatasetError(
                f"{dataset} is not complete: what it takes from {plan.source} was interrupted, and nothing is there any more; "
                "put its meshes back there and run that command again, or name a new dataset."
            )


def take_over(dataset: Path, names: Iterable[str], source: str, label: str) -> list[str]:
    """Give plans of earlier versions, which wrote of a source its folder's name alone, to the one with these shapes.

    label: that name. Returns a remark for each such plan.
    """
    remarks, there = [], set(names)
    for plan in plans(dataset):
        if plan.source != label or plan.source == source or all(own_name not in there for own_name, _ in plan.shapes()):
            continue
        write_plan(replace(plan, source=source), list(plan.shapes()))
        remarks.append(
            f"{dataset} was begun by an earlier version, which wrote of its source no more than its name, {label!r}; it is "
            f"taken for {source}. If it was another, meshes of the same names have not been added: name a new dataset for them."
        )
    return remarks


def remarks_on_names(dataset: Path) -> list[str]:
    """A remark for each plan that has shapes whose names another source had given before."""
    remarks = []
    for plan in plans(dataset):
        renamed = [(own_name, name) for own_name, name in plan.shapes() if own_name != name]
        if renamed:
            listed = ", ".join(f"{own_name} is {name!r}" for own_name, name in renamed[:_LISTED])
            rest = f" and {len(renamed) - _LISTED:,} more" if len(renamed) > _LISTED else ""
            remarks.append(
                f"{len(renamed):,} shapes of {plan.source} have names that another source gave before; they are kept, too, "
                f"under names of their own: {listed}{rest}."
            )
    return remarks
