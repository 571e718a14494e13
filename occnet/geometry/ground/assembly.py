"""Things and their ground as one mesh."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from occnet.geometry.repair.uniting import united
from occnet.mesh import Mesh


def together(things: Sequence[Mesh], slab: Mesh | None = None) -> Mesh:
    """Closed, outward meshes in one: side by side, or united where their boxes overlap, as those of a slab and things on it do.

    Where they cannot be united, which the certificate then tells, they are put together as they are.
    """
    parts = [*things] if slab is None else [*things, slab]
    whole = _side_by_side(parts)
    if any(_meet(one, other) for one, other in combinations(parts, 2)):
        return united(whole) or whole
    return whole


def _side_by_side(parts: Sequence[Mesh]) -> Mesh:
    starts = np.cumsum([0, *(len(part.vertices) for part in parts)])
    faces = [part.faces + start for part, start in zip(parts, starts[:-1], strict=True)]
    return Mesh(np.concatenate([part.vertices for part in parts]), np.concatenate(faces))


def _meet(one: Mesh, other: Mesh) -> bool:
    return bool((one.bounds[0] <= other.bounds[1]).all() and (other.bounds[0] <= one.bounds[1]).all())
