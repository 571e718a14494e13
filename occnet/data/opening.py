"""Datasets of either kind behind one door: our shards, or the layout of the published ShapeNet data."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from occnet.data.prepared_split import PreparedSplit
from occnet.data.published import PublishedSplit, is_published
from occnet.data.shards import ShardedSplit
from occnet.data.subset import Subset
from occnet.errors import DatasetError


def open_split(dataset: Path, split: str, categories: Sequence[str] = ()) -> PreparedSplit:
    """The split "train", "validation" or "test" of a dataset folder, by `occnet prepare` or in the published layout.

    categories: only shapes whose names start with one of these and a slash. Raises DatasetError when the folder is
    neither, or has no such shapes.
    """
    whole = PublishedSplit(dataset, split) if is_published(dataset) else ShardedSplit(dataset, split)
    if not categories:
        return whole
    chosen = [number for number, name in enumerate(whole.names) if name.split("/")[0] in categories]
    if not chosen:
        raise DatasetError(f"{dataset} has no shapes of {', '.join(categories)} in its {split} split; check the categories.")
    return Subset(whole, chosen)
