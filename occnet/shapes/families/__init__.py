"""Families of shapes: functions from a random generator to a Shape, in any units, y up. One file for each group of families."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from occnet.shapes.families.buildings import BUILDINGS
from occnet.shapes.families.crafts import CRAFTS
from occnet.shapes.families.electronics import ELECTRONICS
from occnet.shapes.families.free import FREE
from occnet.shapes.families.furniture import FURNITURE
from occnet.shapes.families.instruments import INSTRUMENTS
from occnet.shapes.families.organic import ORGANIC
from occnet.shapes.families.rooms import ROOMS
from occnet.shapes.families.seats import SEATS
from occnet.shapes.families.tools import TOOLS
from occnet.shapes.families.vehicles import VEHICLES
from occnet.shapes.families.vessels import VESSELS
from occnet.shapes.families.walls import WALLS
from occnet.shapes.parts import Shape

Family = Callable[[np.random.Generator], Shape]

GROUPS: tuple[tuple[float, tuple[Family, ...]], ...] = (
    (0.12, SEATS),
    (0.12, FURNITURE),
    (0.06, ELECTRONICS),
    (0.01, INSTRUMENTS),
    (0.06, VEHICLES),
    (0.06, CRAFTS),
    (0.12, VESSELS),
    (0.1, TOOLS),
    (0.1, BUILDINGS),
    (0.13, ORGANIC),
    (0.11, FREE),
    (0.13, WALLS),
)
"""Each group with its share of the series."""

FAMILIES: dict[str, Family] = {
    family.__name__: family for families in (*(group for _, group in GROUPS), ROOMS) for family in families
}
"""All families by name; rooms come only when they are asked for."""


def draw_shape(random: np.random.Generator, family: str | None = None) -> Shape:
    """A shape of the family of that name, or of a random one."""
    if family is not None:
        return FAMILIES[family](random)
    shares = np.array([share for share, _ in GROUPS])
    _, families = GROUPS[random.choice(len(GROUPS), p=shares / shares.sum())]
    return families[random.integers(len(families))](random)
