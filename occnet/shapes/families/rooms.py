"""Rooms: a floor, walls on two or three sides, and four to eight things that stand on the floor, apart from each other."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from occnet.shapes.families.furniture import cabinet, lamp, table
from occnet.shapes.families.seats import bench, chair, sofa
from occnet.shapes.frames import rough_boxes
from occnet.shapes.materials import any_of, cloth, plastic, wood
from occnet.shapes.parts import Part, Shape, Solid, box, made_of, turn, turned_solid

Random = np.random.Generator

THINGS = (chair, chair, table, table, sofa, cabinet, bench, lamp)
"""What stands in a room: families whose units are about metres."""

FEWEST, MOST = 4, 8
_GAP, _TRIES = 0.06, 40  # metres between things; places that are tried for one
_SUNK = 0.01  # metres that a thing stands in the floor, so that they are one solid


def room(random: Random) -> Shape:
    """A room that is open towards +z, with some of its THINGS turned in any way about the vertical."""
    width, depth, height = random.uniform(2.6, 4.5), random.uniform(2.4, 4.0), random.uniform(1.0, 2.2)
    thick = random.uniform(0.06, 0.15)
    floor = made_of(any_of(random, wood, cloth), box([0, -0.5 * thick, 0], [width, thick, depth]))
    back = box([0, 0.5 * height, -0.5 * (depth - thick)], [width, height, thick])
    sides = [box([s * 0.5 * (width - thick), 0.5 * height, 0], [thick, height, depth]) for s in (-1, 1)]
    kept = sides if random.random() < 0.4 else [sides[int(random.integers(2))]]
    solids = [Solid([*floor, *made_of(any_of(random, plastic, wood), [back, *kept])])]
    taken: list[tuple[float, float, float, float]] = []
    wanted = int(random.integers(FEWEST, MOST + 1))
    for _ in range(_TRIES):
        if len(taken) == wanted:
            break
        thing = THINGS[int(random.integers(len(THINGS)))](random)
        angle = random.choice([0.0, 0.5, 1.0, 1.5]) * np.pi + random.normal(0.0, 0.1)
        turned = Shape(thing.name, [turned_solid(solid, turn("y", angle)) for solid in thing.solids], thing.deformations)
        (found,) = rough_boxes([turned], [torch.Generator().manual_seed(int(random.integers(2**62)))])
        if found is None or thing.deformations:  # a deformation would bend the room with the thing
            continue
        low, high = found
        half = 0.5 * (high - low)[[0, 2]]
        reach = 0.5 * np.array([width, depth]) - thick - _GAP - half
        if (reach <= 0.0).any():
            continue
        x, z = random.uniform(-reach, reach)
        place = (x - half[0] - _GAP, x + half[0] + _GAP, z - half[1] - _GAP, z + half[1] + _GAP)
        if any(_overlap(place, other) for other in taken):
            continue
        taken.append(place)
        middle = 0.5 * (low + high)
        by = np.array([x - middle[0], -low[1] - _SUNK, z - middle[2]])
        solids += [_moved(solid, by) for solid in turned.solids]
    return Shape("room", solids)


def _overlap(first: tuple[float, ...], second: tuple[float, ...]) -> bool:
    """Whether two rectangles (x from, x to, z from, z to) have a place in common."""
    return first[0] < second[1] and second[0] < first[1] and first[2] < second[3] and second[2] < first[3]


def _moved(solid: Solid, by: np.ndarray) -> Solid:
    """A solid, moved by a vector (3,)."""

    def moved(part: Part) -> Part:
        return replace(part, position=part.position + by)

    return Solid(*([moved(part) for part in parts] for parts in (solid.parts, solid.cuts, solid.keeps)))


ROOMS = (room,)
