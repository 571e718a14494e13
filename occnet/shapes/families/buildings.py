# ruff: noqa: RUF005 (here + adds coordinates)
"""Buildings and props: houses, towers, temples, bridges, fences, stairs, and islands with huts."""

from __future__ import annotations

import numpy as np

from occnet.shapes.deformation import Deformation
from occnet.shapes.families.organic import conifer
from occnet.shapes.families.profiles import regular_polygon
from occnet.shapes.parts import Part, Shape, Solid, box, cylinder, extrusion, rod, terrain, turn

Random = np.random.Generator


def house(random: Random) -> Shape:
    """Walls with doors and windows, solid or hollow, under a gable, a hip or a flat roof with eaves; a chimney."""
    width, depth, tall = random.uniform(0.5, 1.0), random.uniform(0.4, 0.9), random.uniform(0.3, 0.7)
    wall = random.uniform(0.015, 0.05)
    cuts: list[Part] = []
    hollow = random.random() < 0.5
    if hollow:
        cuts.append(box([0, 0.5 * tall, 0], [width - 2 * wall, tall - 2 * wall, depth - 2 * wall]))
    deep = 2.0 * depth if hollow else 2.5 * wall
    for x in np.linspace(-0.35, 0.35, int(random.integers(2, 5))) * width:
        cuts.append(box([x, 0.6 * tall, 0.5 * depth], [0.14 * width, 0.3 * tall, deep]))
    if random.random() < 0.7:
        cuts.append(box([0.5 * width, 0.3 * tall, 0], [2.5 * wall, 0.6 * tall, 0.2 * depth]))
    solids = [Solid([box([0, 0.5 * tall, 0], [width, tall, depth])], cuts=cuts)]
    solids.append(Solid(roof(random, width, depth, tall)))
    if random.random() < 0.5:
        solids.append(Solid([box([0.25 * width, 1.25 * tall, 0.15 * depth], [0.08, 0.6 * tall, 0.08])]))
    return Shape("house", solids)


def roof(random: Random, width: float, depth: float, tall: float) -> list[Part]:
    """A roof on walls of a height, with eaves."""
    rise, eaves = random.uniform(0.2, 0.5) * depth, random.uniform(1.0, 1.25)
    style = random.choice(["gable", "thin gable", "hip", "flat"])
    if style == "gable":
        corners = np.array([[0.5 * eaves * depth, -rise / 3], [0.0, 2 * rise / 3], [-0.5 * eaves * depth, -rise / 3]])
        lying = turn("y", 0.5 * np.pi) @ turn("x", -0.5 * np.pi)  # the polygon stands across the ridge along x
        return [extrusion([0, tall + rise / 3, 0], corners, eaves * width, rotation=lying)]
    if style == "thin gable":
        slope, sheet = np.arctan2(rise, 0.5 * depth), random.uniform(0.012, 0.03)
        length = np.hypot(rise, 0.5 * depth) * eaves
        boards = []
        for side in (-1, 1):
            along = np.array([0, -np.sin(slope), side * np.cos(slope)])
            boards.append(
                box(
                    [0, tall + rise, 0] + 0.5 * length * along, [eaves * width, sheet, length], rotation=turn("x", side * slope)
                )
            )
        return boards
    corners = 0.5 * eaves * np.array([[width, depth], [-width, depth], [-width, -depth], [width, -depth]])
    if style == "hip":
        return [extrusion([0, tall + 0.5 * rise, 0], corners, rise, random.uniform(0.0, 0.5))]
    return [extrusion([0, tall + 0.015, 0], corners, 0.03)]


def tower(random: Random) -> Shape:
    """Storeys that narrow upward, round or polygonal, with a crown of battlements, a cone or a dome; twisted at times."""
    sides, storeys = int(random.choice([4, 5, 6, 8, 40])), int(random.integers(1, 5))
    radius, level = random.uniform(0.12, 0.3), 0.0
    parts: list[Part] = []
    for _ in range(storeys):
        height, shrink = random.uniform(0.2, 0.6), random.uniform(0.75, 1.0)
        parts.append(extrusion([0, level + 0.5 * height, 0], radius * regular_polygon(sides), height * 1.001, shrink))
        level, radius = level + height, radius * shrink * random.choice([1.0, 0.85, 1.15])
    solids = [Solid(parts)]
    style = random.choice(["battlements", "cone", "none"])
    if style == "cone":
        solids.append(
            Solid([extrusion([0, level + 0.8 * radius, 0], 1.25 * radius * regular_polygon(sides), 1.6 * radius, 0.0)])
        )
    if style == "battlements":
        ring, wall = 1.2 * radius, random.uniform(0.15, 0.35) * radius
        cuts: list[Part] = [cylinder([0, level + 0.5 * radius, 0], ring - wall, radius)]
        for turned in np.pi * np.arange(4) / 4:
            cuts.append(box([0, level + 0.55 * radius, 0], [3 * ring, 0.4 * radius, 0.35 * radius], rotation=turn("y", turned)))
        solids.append(Solid([cylinder([0, level + 0.25 * radius, 0], ring, 0.8 * radius)], cuts=cuts))
    changes = []
    if random.random() < 0.3:
        changes = [Deformation("twist", float(random.uniform(-1.5, 1.5)))]
    return Shape("tower", solids, changes)


def temple(random: Random) -> Shape:
    """Steps, a ring or rows of columns, and a slab or a gable on top."""
    width, depth, tall = random.uniform(0.7, 1.0), random.uniform(0.4, 0.7), random.uniform(0.3, 0.6)
    column = random.uniform(0.015, 0.04)
    parts: list[Part] = [box([0, -0.03 * k - 0.015, 0], [width + 0.08 * k, 0.0301, depth + 0.08 * k]) for k in range(3)]
    count = int(random.integers(3, 6))
    for x in np.linspace(-0.45, 0.45, count) * width:
        parts += [rod([x, 0, s * 0.44 * depth], [x, tall, s * 0.44 * depth], column, 0.8 * column) for s in (-1, 1)]
    parts.append(box([0, tall + 0.02, 0], [width, 0.05, depth]))
    return Shape("temple", [Solid(parts), Solid(roof(random, width, depth, tall + 0.04))])


def bridge(random: Random) -> Shape:
    """A deck on arches with parapets, or on piers."""
    width, thick = random.uniform(0.15, 0.3), random.uniform(0.02, 0.05)
    tall, count = random.uniform(0.2, 0.4), int(random.integers(1, 4))
    span = 1.0 / count
    body = box([0, 0.5 * tall, 0], [1.0, tall, width])
    lying = turn("x", 0.5 * np.pi)
    places = (np.arange(count) + 0.5) * span - 0.5
    arch = min(0.42 * span, tall - thick)
    cuts: list[Part] = [cylinder([x, 0, 0], arch, 1.0, rotation=lying) for x in places]
    cuts.append(box([0, tall + 0.03, 0], [2.0, 0.1, width - 2 * random.uniform(0.012, 0.03)]))
    return Shape("bridge", [Solid([body, box([0, tall + 0.02, 0], [1.0, 0.05, width])], cuts=cuts)])


def fence(random: Random) -> Shape:
    """Posts or pointed pickets and rails."""
    tall, thick, count = random.uniform(0.25, 0.6), random.uniform(0.012, 0.04), int(random.integers(4, 11))
    places = np.linspace(-0.48, 0.48, count)
    wide = random.uniform(0.3, 0.6) / count
    parts: list[Part] = [box([0, y * tall, 0], [1.0, 0.08 * tall, thick]) for y in (0.3, 0.75)]
    if random.random() < 0.5:
        picket = np.array([[0.5, -0.5], [0.5, 0.4], [0.0, 0.5], [-0.5, 0.4], [-0.5, -0.5]]) * [wide, tall]
        parts += [extrusion([x, 0.5 * tall, 0], picket, 1.5 * thick, rotation=turn("x", -0.5 * np.pi)) for x in places]
    else:
        parts += [cylinder([x, 0.5 * tall, 0], 0.7 * thick, tall) for x in places]
    return Shape("fence", [Solid(parts)])


def stairs(random: Random) -> Shape:
    """Straight steps, solid or of thin boards, or a spiral around a post."""
    count = int(random.integers(4, 11))
    tread = random.uniform(0.012, 0.03)
    if random.random() < 0.5:
        width, rise, run = random.uniform(0.3, 0.6), random.uniform(0.06, 0.12), random.uniform(0.08, 0.14)
        massive = random.random() < 0.5
        parts: list[Part] = []
        for k in range(count):
            height = (k + 1) * rise if massive else tread
            parts.append(box([k * run, (k + 1) * rise - 0.5 * height, 0], [run * 1.1, height, width]))
        if not massive:
            end = np.array([(count - 1) * run, (count - 1) * rise, 0])
            parts += [rod([0, 0, s * 0.45 * width], end + [0, 0, s * 0.45 * width], 0.02) for s in (-1, 1)]
            parts += [
                box([s * run * (count - 1), 0.5 * rise * (1 + s * count), 0], [0.03, rise * (1 + s * count), 0.03])
                for s in (0, 1)
            ]
        return Shape("stairs", [Solid(parts)])
    rise, reach = random.uniform(0.06, 0.12), random.uniform(0.25, 0.4)
    post = cylinder([0, 0.5 * (count + 1) * rise, 0], random.uniform(0.02, 0.05), (count + 2) * rise)
    steps = []
    for k in range(count):
        rotation = turn("y", k * random.uniform(0.4, 0.45))
        steps.append(box(rotation @ [0.5 * reach, (k + 1) * rise, 0], [reach, tread, 0.3 * reach], rotation=rotation))
    return Shape("stairs", [Solid([post, *steps])])


def island(random: Random) -> Shape:
    """A piece of hilly ground, bare, or with trees and a hut."""
    count = int(random.integers(2, 6))
    waves = np.stack(
        [
            random.uniform(-9, 9, count),
            random.uniform(-9, 9, count),
            random.uniform(0, 6.28, count),
            random.uniform(0.01, 0.05, count),
        ],
        axis=1,
    )
    ground = terrain([0, 0, 0], 0.5, random.uniform(0.3, 0.5), 0.2, waves)
    solids = [Solid([ground])]
    if random.random() < 0.4:
        solids = [Solid([ground], keeps=[cylinder([0, 0, 0], 0.5, 0.8)])]
    for _ in range(int(random.integers(0, 4))):
        x, z = random.uniform(-0.25, 0.25, 2)
        solids.append(Solid(conifer(random, np.array([x, -0.1, z]), random.uniform(0.25, 0.5))))
    return Shape("ground", solids)


BUILDINGS = (house, house, tower, temple, bridge, fence, stairs, island)
