"""Datasets of either kind behind one door: our shards, or the layout of the published ShapeNet data."""

from __future__ import annotations

from pathlib import Path

from occnet.data.prepared_split import PreparedSplit
from occnet.data.published import PublishedSplit, is_published
from occnet.data.shards import ShardedSplit


def open_split(dataset: Path, split: str) -> PreparedSplit:
    """The split "train", "validation" or "test" of a dataset folder, by `occnet prepare` or in the published layout.

    Raises DatasetError when the folder is neither, or the split has no shapes.
    """
    return PublishedSplit(dataset, split) if is_published(dataset) else ShardedSplit(dataset, split)
