"""The same asked of several shapes of a split: at once where the split can, else one after the other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from occnet.data.prepared_split import PreparedSplit
from occnet.data.procedural import ProceduralSplit

Generators = Sequence[np.random.Generator]


def asked_at_once(split: PreparedSplit) -> bool:
    """Whether it pays to ask a split for many shapes in one call: where they are made on an accelerator."""
    return isinstance(split, ProceduralSplit) and split.at_once


def surface_of(
    split: PreparedSplit, shapes: Sequence[int], counts: Sequence[int], generators: Generators
) -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """Points (count, 3) and normals (count, 3) of each shape's surface, each with its own count and generator."""
    if isinstance(split, ProceduralSplit):
        return split.surface_of(shapes, counts, generators)
    return [split.surface(*asked) for asked in zip(shapes, counts, generators, strict=True)]


def labelled_of(
    split: PreparedSplit, shapes: Sequence[int], array: str, counts: Sequence[int], generators: Generators
) -> list[tuple[NDArray[np.float32], NDArray[np.bool_]]]:
    """Labelled points (count, 3) and (count,) of each shape, each with its own count and generator."""
    if isinstance(split, ProceduralSplit):
        return split.labelled_of(shapes, array, counts, generators)
    each = zip(shapes, counts, generators, strict=True)
    return [split.labelled(shape, array, count, generator) for shape, count, generator in each]
