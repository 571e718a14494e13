"""Solids that keep the faces of a closed-up mesh: as it is, with touching bodies parted, or with overlapping ones united."""

from __future__ import annotations

from collections.abc import Iterator

from occnet.geometry.cleaning import clean, is_closed
from occnet.geometry.inside import InsideTest
from occnet.geometry.repair.parting import parted
from occnet.geometry.repair.same_inside import has_inside
from occnet.geometry.repair.uniting import united
from occnet.mesh import Mesh

_GAP = 1e-5  # between bodies that touch, in longest edges: what single precision still tells apart
UNITED = "overlapping bodies united"


def with_faces_kept(tidy: Mesh, test: InsideTest) -> Iterator[tuple[Mesh, tuple[str, ...]]]:
    """Surfaces of the same solid that keep its faces, the least changed first, with what was done; they may be unsound."""
    yield tidy, ()
    if not is_closed(tidy):
        return
    yield parted(tidy, _GAP), ("touching bodies parted",)
    whole = united(tidy)
    if whole is not None and has_inside(whole, test):
        yield parted(clean(whole), _GAP), (UNITED,)
