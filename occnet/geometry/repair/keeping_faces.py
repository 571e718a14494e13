"""Solids that keep the faces of a closed-up mesh: bodies that touch parted, those that overlap united, crossings cut out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from occnet.geometry.cleaning import clean, is_closed
from occnet.geometry.inside import InsideTest
from occnet.geometry.orientation import bodies
from occnet.geometry.repair.crossings import without_crossings
from occnet.geometry.repair.parting import parted
from occnet.geometry.repair.same_inside import has_inside
from occnet.geometry.repair.uniting import united
from occnet.geometry.repair.wording import said
from occnet.mesh import Mesh

_GAP = 1e-5  # between bodies that touch, in longest edges: what single precision still tells apart
_LEAST_ALIKE = 0.97  # of the inside that is to be left where a crossing is cut out; beside its faces nothing need be alike


@dataclass(frozen=True, eq=False)
class KeptFaces:
    """A surface that keeps the faces of a closed-up mesh; it may be unsound."""

    mesh: Mesh
    how: tuple[str, ...]  # what was done for it
    united: bool  # whether nothing overlaps but what passes through itself within one body


def with_faces_kept(tidy: Mesh, test: InsideTest) -> Iterator[KeptFaces]:
    """Surfaces of the same solid that keep its faces, the least changed first.

    tidy: a closed-up mesh in the unit cube, wound outward. test: its inside. The first that is sound is the best.
    """
    yield KeptFaces(tidy, (), False)
    if not is_closed(tidy):
        return
    best = parted(tidy, _GAP)
    how = ("parted touching bodies",) if len(best.vertices) > len(tidy.vertices) else ()
    alone = int(bodies(best.faces).max()) == 0
    yield KeptFaces(best, how, alone and has_inside(best, test))
    whole = None if alone else united(tidy)
    if whole is not None and has_inside(whole, test):
        best, how = parted(clean(whole), _GAP), ("united overlapping bodies",)
        yield KeptFaces(best, how, True)
    made = without_crossings(best)
    if made is not None and made[1] and has_inside(made[0], test, _LEAST_ALIKE):
        how += said("cut out and filled", made[1], "face at a crossing", "faces at crossings")
        yield KeptFaces(parted(made[0], _GAP), how, True)
