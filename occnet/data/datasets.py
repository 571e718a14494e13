"""Datasets of every kind behind one door: our shards, the layout of the published ShapeNet data, procedural shapes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch

from occnet.data.prepared_split import PreparedSplit
from occnet.data.procedural import PROCEDURAL, ProceduralSplit
from occnet.data.published_layout import PublishedSplit, is_published
from occnet.data.shards import ShardedSplit
from occnet.data.subset import Subset
from occnet.errors import DatasetError


def open_split(
    dataset: str | Path, split: str, categories: Sequence[str] = (), device: torch.device | str = "cpu"
) -> PreparedSplit:
    """The split "train", "validation" or "test" of a dataset.

    dataset: a folder made by `occnet prepare` or in the published layout, or the word "procedural" for shapes without end
    (a folder of that name is written "./procedural"). categories: only shapes whose names start with one of these and a
    slash. device: where procedural shapes are made; what is stored is read on the CPU.

    Raises DatasetError when it is none of these, or has no such shapes.
    """
    whole = _opened(dataset, split, device)
    if not categories:
        return whole
    chosen = [number for number, name in enumerate(whole.names) if name.split("/")[0] in categories]
    if not chosen:
        raise DatasetError(f"{dataset} has no shapes of {', '.join(categories)} in its {split} split; check the categories.")
    return Subset(whole, chosen)


def _opened(dataset: str | Path, split: str, device: torch.device | str) -> PreparedSplit:
    if dataset == PROCEDURAL:
        return ProceduralSplit(split, device)
    folder = Path(dataset)
    if not folder.is_dir():
        raise DatasetError(
            f"There is no dataset {str(dataset)!r}: it must be a folder made by `occnet prepare`, a folder in the published "
            f'layout, or "{PROCEDURAL}" for endless procedural shapes.'
        )
    return PublishedSplit(folder, split) if is_published(folder) else ShardedSplit(folder, split)
