"""Which form each array of a shard has: one that has another was damaged, or was not written by `occnet prepare`."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from occnet.data.dataset_files import damaged

_POINTS = ("int16", 3, (3,))
FORMS = {  # type, dimensions with that of the shapes, and the last of these
    **dict.fromkeys(("uniform", "near", "surface"), _POINTS),
    **dict.fromkeys(("uniform_inside", "near_inside"), ("uint8", 2, ())),
    "normals": ("int8", 3, (3,)),
    "voxels": ("uint8", 2, ()),
    "images": ("uint8", 5, (3,)),
    "cameras": ("float32", 4, (3, 4)),
    "scans": ("int16", 4, (3,)),
}


def check_form(array: NDArray, path: Path, shapes: int) -> None:
    """Raise DatasetError unless the array in that file of a shard is of its name's form, and of so many shapes."""
    kind, dimensions, last = FORMS.get(re.sub(r"_\d+$", "", path.stem), (str(array.dtype), array.ndim, ()))
    fits = array.dtype == np.dtype(kind) and array.ndim == dimensions and len(array) == shapes
    if not fits or array.shape[dimensions - len(last) :] != last:
        wanted = ", ".join([str(shapes), *"*" * (dimensions - 1 - len(last)), *map(str, last)])
        raise damaged(path, f"it holds {array.dtype} of shape {array.shape} where {kind} of shape ({wanted}) was written")
