# ruff: noqa: RUF005 (here + adds coordinates)
"""Vehicles: cars, trucks, planes, boats, rockets and bicycles, with wheels, wings, sails and spokes. They head along +x."""

from __future__ import annotations

import numpy as np

from occnet.shapes.families.profiles import regular_polygon
from occnet.shapes.parts import (
    Part,
    Shape,
    Solid,
    box,
    capsule,
    cylinder,
    ellipsoid,
    extrusion,
    revolution,
    rod,
    sphere,
    torus,
    tube,
    turn,
)

Random = np.random.Generator
ALONG_X = turn("z", -0.5 * np.pi)  # takes the part's y axis to x
ALONG_Z = turn("x", 0.5 * np.pi)


def wheel(random: Random, center: np.ndarray, radius: float, width: float) -> list[Part]:
    """A disk or a tyre with a hub, its axle along z."""
    if random.random() < 0.5:
        return [cylinder(center, radius, width, rotation=ALONG_Z)]
    tyre = 0.5 * min(width, 0.5 * radius)
    return [
        torus(center, radius - tyre, tyre, rotation=ALONG_Z),
        cylinder(center, radius - tyre, 0.5 * width, rotation=ALONG_Z),
        cylinder(center, 0.25 * radius, 1.1 * width, rotation=ALONG_Z),
    ]


def axles(random: Random, places: list[float], radius: float, track: float, width: float) -> list[Part]:
    """A pair of equal wheels at each place along x, resting on y = 0."""
    style = int(random.integers(2**31))
    pairs = [np.array([x, radius, side * 0.5 * track]) for x in places for side in (-1, 1)]
    return [part for center in pairs for part in wheel(np.random.default_rng(style), center, radius, width)]


def car(random: Random) -> Shape:
    """A body with wheel arches, a cabin that narrows upward, and wheels; perhaps a spoiler, bumpers and mirrors."""
    length, width = 1.0, random.uniform(0.35, 0.48)
    radius = random.uniform(0.08, 0.11)
    low, high = random.uniform(0.05, 0.09), random.uniform(0.2, 0.28)
    body = box([0, 0.5 * (low + high), 0], [length, high - low, width], random.choice([0.0, 0.02, 0.05]))
    base = random.uniform(0.28, 0.34)
    arches = [cylinder([x, radius, 0], 1.15 * radius, 2 * width, rotation=ALONG_Z) for x in (-base, base)]
    tall, span = random.uniform(0.12, 0.2), random.uniform(0.25, 0.38)
    corners = np.array([[span, 0.46 * width], [-span, 0.46 * width], [-span, -0.46 * width], [span, -0.46 * width]])
    cabin = extrusion([random.uniform(-0.15, 0.02), high + 0.5 * tall, 0], corners, tall, random.uniform(0.55, 0.9))
    extras: list[Part] = []
    if random.random() < 0.3:
        wing = high + 0.1
        extras.append(box([-0.46, wing, 0], [0.1, 0.015, width]))
        extras += [
            box([-0.46, 0.5 * (wing + high) - 0.01, s * 0.3 * width], [0.05, wing - high + 0.02, 0.015]) for s in (-1, 1)
        ]
    if random.random() < 0.4:
        extras += [ellipsoid([0.12, high + 0.03, s * 0.55 * width], [0.015, 0.025, 0.035]) for s in (-1, 1)]
    if random.random() < 0.3:
        extras.append(box([0, high + tall + 0.01, 0], [0.25, 0.012, 0.7 * width]))
    wheels = axles(random, [-base, base], radius, width - random.uniform(0.02, 0.06), random.uniform(0.06, 0.09))
    return Shape("car", [Solid([body], cuts=arches), Solid([cabin, *extras, *wheels])])


def truck(random: Random) -> Shape:
    """A cab, a frame and a load: a box, an open bed, or a tank."""
    width, radius = random.uniform(0.25, 0.32), random.uniform(0.06, 0.08)
    floor, tall = 1.5 * radius, random.uniform(0.2, 0.34)
    cab_length = random.uniform(0.16, 0.24)
    frame = box([0, floor, 0], [0.98, 0.04, 0.6 * width])
    cab = box([0.5 - 0.5 * cab_length, floor + 0.45 * tall, 0], [cab_length, 0.9 * tall, width], random.uniform(0.0, 0.04))
    window = box([0.5, floor + 0.62 * tall, 0], [0.03, 0.28 * tall, 0.8 * width])
    room = 0.97 - cab_length
    middle = np.array([-0.49 + 0.5 * room, floor + 0.5 * tall, 0])
    style = random.choice(["box", "bed", "tank"])
    if style == "box":
        load = Solid([box(middle, [room, tall, width])])
    elif style == "bed":
        wall = random.uniform(0.01, 0.02)
        inner = box(middle + [0, wall, 0], [room - 2 * wall, 0.5 * tall, width - 2 * wall])
        load = Solid([box(middle - [0, 0.0, 0], [room, 0.5 * tall, width])], cuts=[inner])
        load = Solid([*load.parts, box(middle - [0, 0.3 * tall, 0], [room, 0.12 * tall, width])], cuts=[inner])
    else:
        thick = 0.5 * min(tall, width)
        reach = 0.5 * room - thick
        load = Solid([capsule(middle - [reach, 0, 0], middle + [reach, 0, 0], thick)])
    places = [0.38, *(-0.4 + 2.3 * radius * np.arange(int(random.integers(1, 4))))]
    return Shape(
        "truck", [Solid([cab], cuts=[window]), load, Solid([frame, *axles(random, places, radius, width - 0.04, 0.05)])]
    )


def wing(root: np.ndarray, span: float, chord: float, thick: float, sweep: float, side: float) -> Part:
    """A thin wing from its root outward along side * z, tapering to half, swept back."""
    corners = np.array([[0.5, 0.5], [-0.5, 0.5], [-0.5, -0.5], [0.5, -0.5]]) * [chord, thick]
    outward = np.array([-sweep, 0.0, side])
    outward /= np.linalg.norm(outward)
    rotation = np.stack([np.cross(outward, [0, 1.0, 0]), outward, [0, 1.0, 0]], axis=1)
    rotation[:, 0] *= np.sign(np.linalg.det(rotation))
    return extrusion(root + 0.5 * span * outward, corners, span, 0.55, rotation)


def plane(random: Random) -> Shape:
    """A fuselage, thin swept wings, a tail, and engines or a propeller."""
    thick = random.uniform(0.04, 0.08)
    t = np.linspace(0.0, 1.0, 24)
    radius = thick * np.clip(np.minimum((t / 0.35) ** 0.6, ((1.02 - t) / 0.15) ** 0.5), 0.0, 1.0)
    body = revolution([0, 0, 0], np.stack([t - 0.5, np.maximum(radius, 0.004)], axis=1), ALONG_X)
    chord, span, sweep = random.uniform(0.12, 0.22), random.uniform(0.3, 0.5), random.uniform(0.0, 0.6)
    sheet = random.uniform(0.01, 0.025)
    place, level = random.uniform(-0.05, 0.12), random.uniform(-0.6, 0.8) * thick
    parts = [body]
    for side in (-1, 1):
        parts.append(wing(np.array([place, level, 0.0]), span, chord, sheet, sweep, side))
        parts.append(wing(np.array([-0.43, 0.3 * thick, 0.0]), 0.4 * span, 0.55 * chord, 0.8 * sheet, sweep, side))
    fin = np.array([[-0.5, 0.2], [-0.36, 0.0], [-0.4, -0.05], [-0.5, -0.05]]) + [0.44, 0.0]
    # The fin lies in the plane of x and y: its polygon's second axis turns upward.
    parts.append(extrusion([-0.44, 0.4 * thick, 0], fin * [1.0, 0.9], sheet, rotation=turn("x", -0.5 * np.pi)))
    if random.random() < 0.6:
        for side in (-1, 1):
            center = np.array([place + 0.03 - 0.35 * sweep * span, level - 0.025, side * 0.4 * span])
            parts.append(cylinder(center, random.uniform(0.02, 0.035), 0.13, rotation=ALONG_X))
    else:
        parts.append(ellipsoid([0.5, 0, 0], [0.008, 0.14, 0.015], turn("x", random.uniform(0, np.pi))))
        parts.append(capsule([0.45, 0, 0], [0.51, 0, 0], 0.012))
    return Shape("plane", [Solid(parts)])


def boat(random: Random) -> Shape:
    """A hollow hull with benches, a cabin, or a mast with a sail."""
    beam, draft = random.uniform(0.13, 0.22), random.uniform(0.12, 0.2)
    wall = random.uniform(0.012, 0.03)
    hull = ellipsoid([0, 0, 0], [0.5, draft, beam])
    hollow = ellipsoid([0, 0, 0], [0.5 - 2 * wall, draft - wall, beam - wall])
    below = box([0, -0.15, 0], [1.1, 0.3, 0.6])
    bow = box([-0.5, 0, 0], [0.16, 0.5, 0.6])
    solids = [Solid([hull], cuts=[hollow, bow], keeps=[below])]
    transom = ellipsoid([0, 0, 0], [0.499, draft * 0.999, beam * 0.999])
    solids.append(Solid([box([-0.41, -0.5 * draft, 0], [0.025, draft, 2 * beam])], keeps=[transom, below]))
    inside = [box([x, -0.25 * draft, 0], [0.06, 0.02, 2 * beam]) for x in np.linspace(-0.25, 0.25, int(random.integers(1, 4)))]
    inside.append(box([0, -0.7 * draft, 0], [0.9, 0.02, 2 * beam]))
    solids.append(Solid(inside, keeps=[transom]))
    style = random.random()
    if style < 0.45:
        tall = random.uniform(0.6, 1.0)
        sail = np.array([[0.0, 0.66], [-0.24, -0.3], [0.12, -0.3]]) * [random.uniform(0.8, 1.2), tall]
        mast = rod([0.12, -0.9 * draft, 0], [0.12, 1.05 * tall, 0], 0.012)
        cloth = extrusion([0.0, 0.42 * tall, 0], sail, 0.012, rotation=turn("x", -0.5 * np.pi))
        solids.append(Solid([mast, cloth, rod([0.12, 0.12 * tall, 0], [-0.25, 0.12 * tall, 0], 0.01)]))
    elif style < 0.8:
        tall = random.uniform(0.1, 0.2)
        cabin = box([-0.05, 0.4 * tall - 0.3 * draft, 0], [0.35, tall + 0.6 * draft, 1.3 * beam], 0.01)
        holes = [box([x, 0.5 * tall, 0], [0.07, 0.4 * tall, 3 * beam]) for x in (-0.15, -0.05, 0.05)]
        solids.append(Solid([cabin], cuts=holes))
        solids.append(Solid([cylinder([-0.1, tall, 0], 0.03, 0.25)]))
    return Shape("boat", solids)


def rocket(random: Random) -> Shape:
    """A pointed body with fins and nozzles."""
    radius, nose = random.uniform(0.06, 0.12), random.uniform(0.15, 0.35)
    t = np.linspace(0.0, 1.0, 12)
    tip = np.stack([1.0 - nose + nose * t, np.maximum(radius * np.sqrt(1.0 - t**2), 0.002)], axis=1)
    body = revolution([0, 0, 0], np.concatenate([[[0.0, random.uniform(0.7, 1.0) * radius], [0.2, radius]], tip]))
    count, reach = int(random.integers(3, 6)), random.uniform(1.2, 2.2) * radius
    fin = np.array([[1.0, -0.6], [1.0, -0.2], [0.0, 0.6], [-0.3, 0.6], [-0.3, -0.4]]) * [reach, 0.17]
    parts = [body, cylinder([0, -0.03, 0], 0.8 * radius, 0.1, 0.4 * radius)]
    for number in range(count):
        rotation = turn("y", 2.0 * np.pi * number / count) @ turn("x", -0.5 * np.pi)
        offset = turn("y", 2.0 * np.pi * number / count) @ [0.5 * radius, 0.12, 0]
        parts.append(extrusion(offset, fin, random.uniform(0.012, 0.02), rotation=rotation))
    return Shape("rocket", [Solid(parts)])


def bicycle(random: Random) -> Shape:
    """Two thin wheels with spokes and a frame of tubes."""
    radius, pipe = random.uniform(0.17, 0.22), random.uniform(0.009, 0.016)
    base = random.uniform(0.27, 0.3)
    rear, front = np.array([-base, radius, 0.0]), np.array([base, radius, 0.0])
    crank, seat, head = (
        np.array([-0.05, radius, 0]),
        np.array([-0.13, 2.1 * radius, 0]),
        np.array([base - 0.08, 2.2 * radius, 0]),
    )
    parts: list[Part] = []
    spokes = int(random.integers(3, 6))
    for hub in (rear, front):
        parts.append(torus(hub, radius, random.uniform(0.01, 0.02), rotation=ALONG_Z))
        for turned in np.pi * np.arange(spokes) / spokes:
            reach = radius * np.array([np.cos(turned), np.sin(turned), 0])
            parts.append(capsule(hub - reach, hub + reach, 0.006))
    for start, end in ((rear, crank), (rear, seat), (crank, seat), (crank, head), (seat, head), (head, front)):
        parts.append(capsule(start, end, pipe))
    bar = head + [0.0, 0.1, 0.0]
    parts.append(tube([bar + [-0.06, 0, -0.16], bar + [0, 0, -0.1], bar, bar + [0, 0, 0.1], bar + [-0.06, 0, 0.16]], pipe))
    parts += [capsule(head, bar, pipe), capsule(seat, seat + [-0.02, 0.06, 0], pipe)]
    parts.append(ellipsoid(seat + [-0.02, 0.07, 0], [0.08, 0.02, 0.04]))
    return Shape("bicycle", [Solid(parts)])


def balloon(random: Random) -> Shape:
    """An envelope, ropes and a basket."""
    count = int(random.integers(3, 6))
    turns = 2.0 * np.pi * np.arange(count) / count
    rim = np.stack([np.cos(turns), 0 * turns, np.sin(turns)], axis=1)
    corners = 0.1 * regular_polygon(int(random.integers(4, 9)))
    basket = Solid([extrusion([0, 0.06, 0], corners, 0.12)], cuts=[extrusion([0, 0.075, 0], 0.85 * corners, 0.12)])
    ropes = [rod(0.08 * point + [0, 0.1, 0], 0.2 * point + [0, 0.45, 0], 0.007) for point in rim]
    envelope = [sphere([0, 0.7, 0], 0.33), cylinder([0, 0.44, 0], 0.15, 0.2, 0.29)]
    return Shape("balloon", [basket, Solid([*envelope, *ropes])])


VEHICLES = (car, car, truck, plane, plane, boat, rocket, bicycle, balloon)
