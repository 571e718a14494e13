"""Tools and machine parts: gears, brackets, pipes, springs, bolts, hammers, wrenches and chains."""

from __future__ import annotations

import numpy as np

from occnet.shapes.families.profiles import gear, regular_polygon, superformula
from occnet.shapes.families.seats import sway
from occnet.shapes.parts import Part, Shape, Solid, box, capsule, cylinder, extrusion, rod, sphere, torus, tube, turn

Random = np.random.Generator


def cogwheel(random: Random) -> Shape:
    """A toothed disk with a bore, holes around it, a hub or a shaft."""
    height, teeth = random.uniform(0.05, 0.4), int(random.integers(7, 24))
    wheel = extrusion([0, 0, 0], 0.5 * gear(teeth, random.uniform(0.08, 0.25)), height)
    bore = random.uniform(0.05, 0.12)
    parts, cuts = [wheel], [cylinder([0, 0, 0], bore, 2.5 * height)]
    if random.random() < 0.5:
        parts.append(cylinder([0, 0.3 * height, 0], 1.8 * bore, 1.2 * height))
    if random.random() < 0.6:
        count = int(random.integers(3, 7))
        for turned in 2.0 * np.pi * np.arange(count) / count:
            cuts.append(cylinder([0.25 * np.cos(turned), 0, 0.25 * np.sin(turned)], random.uniform(0.04, 0.07), 2.0 * height))
    shaft = [Solid([cylinder([0, 0, 0], bore, 3.0 * height)])] if random.random() < 0.3 else []
    return Shape("gear", [Solid(parts, cuts=cuts), *shaft], sway(random, 0.3))


def bracket(random: Random) -> Shape:
    """Two thin plates at a right angle with bolt holes, and perhaps ribs."""
    width, reach, tall = random.uniform(0.3, 0.8), random.uniform(0.4, 0.9), random.uniform(0.4, 1.0)
    plate = random.uniform(0.012, 0.08)
    hole = random.uniform(0.03, 0.07)
    parts = [box([0.5 * reach, 0.5 * plate, 0], [reach, plate, width]), box([0.5 * plate, 0.5 * tall, 0], [plate, tall, width])]
    cuts: list[Part] = []
    for z in (-0.25 * width, 0.25 * width)[: int(random.integers(1, 3))]:
        cuts.append(cylinder([0.7 * reach, 0, z], hole, 1.0))
        cuts.append(cylinder([0, 0.7 * tall, z], hole, 1.0, rotation=turn("z", 0.5 * np.pi)))
    ribs = []
    if random.random() < 0.6:
        low = 0.6 * min(reach, tall)
        corners = np.array([[-1.0, 2.0], [-1.0, -1.0], [2.0, -1.0]]) * low / 3.0
        upright = turn("x", -0.5 * np.pi)
        ribs = [
            extrusion([low / 3, low / 3, z], corners, random.uniform(0.012, 0.05), rotation=upright)
            for z in (-0.45 * width, 0.45 * width)
        ]
    return Shape("bracket", [Solid(parts, cuts=cuts), *([Solid(ribs)] if ribs else [])], sway(random, 0.2))


def pipe(random: Random) -> Shape:
    """A bent pipe, hollow from end to end, with flanges."""
    radius, wall = random.uniform(0.05, 0.13), random.uniform(0.01, 0.025)
    bend, t = random.uniform(0.2, 0.3), np.linspace(0.0, 0.5 * np.pi, 10)
    arc = np.stack([bend - bend * np.cos(t), 0.5 + bend * np.sin(t), 0 * t], axis=1)
    path = np.concatenate([[[0, 0, 0]], arc, [[0.8, 0.5 + bend, 0]]])
    if random.random() < 0.4:
        path = np.concatenate([path, [[0.8 + 0.2, 0.5 + bend, 0.2], [1.0, 0.5 + bend, 0.6]]])
    ends = path[1] - path[0], path[-1] - path[-2]
    outer, inner = tube(path, radius), tube(path, radius - wall)
    # Cuts at both ends open the round caps.
    caps = [rod(path[0], path[0] - ends[0] / np.linalg.norm(ends[0]) * 0.3, 1.5 * radius)]
    caps.append(rod(path[-1], path[-1] + ends[1] / np.linalg.norm(ends[1]) * 0.3, 1.5 * radius))
    parts = [outer]
    if random.random() < 0.7:
        for place, end in ((path[0], ends[0]), (path[-1], -ends[1])):
            parts.append(rod(place, place + 0.04 * end / np.linalg.norm(end), 1.4 * radius))
    return Shape("pipe", [Solid(parts, cuts=[inner, *caps])])


def spring(random: Random) -> Shape:
    """A helix, perhaps around a rod or between plates."""
    turns, radius = random.uniform(2.0, 4.0), random.uniform(0.12, 0.35)
    t = np.linspace(0.0, 1.0, int(12 * turns))
    angle = 2.0 * np.pi * turns * t
    path = np.stack([radius * np.cos(angle), t, radius * np.sin(angle)], axis=1)
    thick = random.uniform(0.015, 0.06)
    parts = [tube(path, thick)]
    if random.random() < 0.5:
        parts += [cylinder([0, y, 0], 1.15 * radius, 2.0 * thick) for y in (0.0, 1.0)]
    if random.random() < 0.3:
        parts.append(cylinder([0, 0.5, 0], random.uniform(0.03, 0.5 * radius), 1.0))
    return Shape("spring", [Solid(parts)])


def bolt(random: Random) -> Shape:
    """A bolt with a slotted or hexagonal head, or a nut, or both."""
    radius, length, head = random.uniform(0.08, 0.2), random.uniform(0.5, 1.0), random.uniform(0.1, 0.2)
    nut = extrusion([0, random.uniform(0.1, 0.5) * length, 0], 1.8 * radius * regular_polygon(6), head)
    if random.random() < 0.3:
        return Shape("nut", [Solid([nut], cuts=[cylinder(nut.position, radius, 2.0 * head)])], sway(random, 0.2))
    sides = int(random.choice([6, 6, 4, 40]))
    top = extrusion([0, length + 0.5 * head, 0], random.uniform(1.5, 2.2) * radius * regular_polygon(sides), head)
    slot = box([0, length + head, 0], [2.0, 0.8 * head, random.uniform(0.1, 0.3) * radius])
    parts = [Solid([cylinder([0, 0.5 * length, 0], radius, 1.001 * length)])]
    parts.append(Solid([top], cuts=[slot] if random.random() < 0.5 else []))
    threads = [torus([0, y, 0], radius, 0.12 * radius) for y in np.linspace(0.05, 0.6, 8) * length]
    parts.append(Solid(threads if random.random() < 0.5 else [nut]))
    return Shape("bolt", parts)


def hammer(random: Random) -> Shape:
    """A handle with a hammer's, an axe's or a shovel's head."""
    grip = random.uniform(0.02, 0.04)
    stick = rod([0, 0, 0], [0, 1.0, 0], 1.2 * grip, grip)
    style = random.choice(["hammer", "axe", "shovel", "mallet"])
    if style == "hammer":
        claw = extrusion([0.15, 0.95, 0], [[0.18, 0.0], [0.0, 0.04], [-0.1, 0.04], [-0.1, -0.04], [0.0, -0.04]], 0.06)
        head = [
            cylinder([-0.12, 0.95, 0], 0.055, 0.1, rotation=turn("z", 0.5 * np.pi)),
            box([0, 0.95, 0], [0.2, 0.07, 0.07]),
            claw,
        ]
    elif style == "axe":
        blade = [[0.28, 0.16], [0.0, 0.05], [-0.06, 0.05], [-0.06, -0.05], [0.0, -0.05], [0.28, -0.16], [0.31, 0.0]]
        head = [extrusion([0.02, 0.93, 0], blade, random.uniform(0.02, 0.06), rotation=turn("x", -0.5 * np.pi))]
    elif style == "shovel":
        blade = [[0.12, -0.12], [0.12, 0.1], [0.0, 0.22], [-0.12, 0.1], [-0.12, -0.12]]
        head = [
            extrusion([0, 1.05, 0], blade, 0.014, rotation=turn("x", -0.5 * np.pi)),
            capsule([-0.08, 0, 0], [0.08, 0, 0], grip),
        ]
    else:
        head = [cylinder([0, 0.95, 0], random.uniform(0.08, 0.14), random.uniform(0.25, 0.4), rotation=turn("z", 0.5 * np.pi))]
    return Shape(style, [Solid([stick, *head])], sway(random, 0.15))


def wrench(random: Random) -> Shape:
    """A flat handle with a ring at one end and a jaw at the other."""
    thick, width = random.uniform(0.03, 0.1), random.uniform(0.06, 0.12)
    ring, jaw = random.uniform(0.1, 0.15), random.uniform(0.12, 0.17)
    body = [
        box([0, 0, 0], [0.8, thick, width]),
        cylinder([-0.42, 0, 0], ring, 1.2 * thick),
        cylinder([0.42, 0, 0], jaw, 1.2 * thick),
    ]
    hexagon = extrusion([-0.42, 0, 0], 0.65 * ring * regular_polygon(6), 1.0)
    mouth = box([0.52, 0, 0], [0.25, 1.0, jaw], rotation=turn("y", random.uniform(0.0, 0.4)))
    return Shape("wrench", [Solid(body, cuts=[hexagon, mouth])], sway(random, 0.3))


def chain(random: Random) -> Shape:
    """Links of rings or of long loops, each turned against the last."""
    count, ring, wire = int(random.integers(2, 6)), 0.1, random.uniform(0.02, 0.035)
    stretch, t = random.uniform(0.0, 0.1), 2.0 * np.pi * np.arange(25) / 24
    links = []
    for number in range(count):
        loop = np.stack([ring * np.cos(t), ring * np.sin(t) + stretch * np.sign(np.sin(t)), 0 * t], axis=1)
        middle = [0, number * 2.0 * (ring + stretch - 0.9 * wire), 0]
        links.append(tube(loop @ turn("y", 0.5 * np.pi * (number % 2)).T + middle, wire))
    return Shape("chain", [Solid(links)])


def section(random: Random) -> Shape:
    """A straight bar of a rolled profile: I, U, T, a box section, or a tube of a curious outline."""
    length, plate = random.uniform(0.5, 1.5), random.uniform(0.015, 0.06)
    wide, tall = random.uniform(0.3, 0.6), random.uniform(0.3, 0.7)
    low, high = [box([0, s * 0.5 * (tall - plate), 0], [wide, plate, length]) for s in (-1, 1)]
    web = box([0, 0, 0], [plate, tall, length])
    wall = box([0.5 * (plate - wide), 0, 0], [plate, tall, length])
    style = random.choice(["I", "U", "T", "box", "tube"])
    if style == "tube":
        corners = 0.4 * superformula(random)
        hollow = extrusion([0, 0, 0], random.uniform(0.7, 0.92) * corners, 1.1 * length)
        return Shape("section", [Solid([extrusion([0, 0, 0], corners, length)], cuts=[hollow])], sway(random, 0.4))
    parts = {"I": [low, high, web], "U": [low, high, wall], "T": [high, web]}.get(style, [low, high, wall])
    if style == "box":
        parts.append(box([0.5 * (wide - plate), 0, 0], [plate, tall, length]))
    holes = [cylinder([0, 0, z], 0.25 * tall, 2.0, rotation=turn("z", 0.5 * np.pi)) for z in np.linspace(-0.3, 0.3, 3) * length]
    return Shape("section", [Solid(parts, cuts=holes if random.random() < 0.4 else [])], sway(random, 0.3))


def knuckle(random: Random) -> Shape:
    """A machined layout: a body with bores along all axes, bosses and rounded edges."""
    size = random.uniform(0.4, 1.0, 3)
    parts = [box([0, 0, 0], size, random.choice([0.0, 0.08]) * size.min())]
    cuts: list[Part] = []
    for axis, rotation in enumerate((turn("z", 0.5 * np.pi), np.eye(3), turn("x", 0.5 * np.pi))):
        bore = random.uniform(0.12, 0.3) * np.delete(size, axis).min()
        if random.random() < 0.6:
            cuts.append(cylinder([0, 0, 0], bore, 1.7 * size[axis], rotation=rotation))
        if random.random() < 0.4:
            parts.append(cylinder([0, 0, 0], 1.5 * bore, size[axis] * random.uniform(1.1, 1.6), rotation=rotation))
    if random.random() < 0.4:
        cuts.append(sphere(0.5 * size * random.choice([-1, 1], 3), random.uniform(0.3, 0.5) * size.min()))
    return Shape("layout", [Solid(parts, cuts=cuts)], sway(random, 0.25))


TOOLS = (cogwheel, bracket, pipe, spring, bolt, hammer, wrench, chain, section, knuckle)
