"""Datasets of every kind behind one door: our shards, the layout of the published ShapeNet data, procedural shapes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch

from occnet.data.procedural import PROCEDURAL, ProceduralSplit
from occnet.data.published_layout import PublishedSplit, is_published
from occnet.data.shards import ShardedSplit
from occnet.data.split_protocol import PreparedSplit, Split
from occnet.data.subset import Subset
from occnet.errors import DatasetError
from occnet.files.opening import exists


def open_split(dataset: str | Path, split: str, categories: Sequence[str] = (), device: torch.device | str = "cpu") -> Split:
    """The split "train", "validation" or "test" of a dataset.

    dataset: as open_prepared takes it, or the word "procedural" for shapes without end (a folder of that name is written
    "./procedural"). categories: of what is stored as there; of procedural shapes families, which take turns. device: where
    procedural shapes are made; what is stored is read on the CPU.

    Raises DatasetError when it is neither, or has no such shapes.
    """
    if dataset != PROCEDURAL:
        return open_prepared(dataset, split, categories)
    return ProceduralSplit(split, device, categories)


def open_prepared(dataset: str | Path, split: str, categories: Sequence[str] = ()) -> PreparedSplit:
    """The split "train", "validation" or "test" of a folder made by `occnet prepare` or in the published layout.

    categories: only shapes whose names start with one of these and a slash.
    Raises DatasetError when the folder is neither, or has no such shapes.
    """
    folder = Path(dataset)
    if not exists(folder, DatasetError) or not folder.is_dir():
        raise DatasetError(
            f"There is no dataset {str(dataset)!r}: it must be a folder made by `occnet prepare`, a folder in the published "
            f'layout, or "{PROCEDURAL}" for endless procedural shapes.'
        )
    whole = PublishedSplit(folder, split) if is_published(folder) else ShardedSplit(folder, split)
    if not categories:
        return whole
    chosen = [number for number, name in enumerate(whole.names) if name.split("/")[0] in categories]
    if not chosen:
        raise DatasetError(f"{dataset} has no shapes of {', '.join(categories)} in its {split} split; check the categories.")
    return Subset(whole, chosen)
