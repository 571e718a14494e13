# ruff: noqa: RUF005 (here + adds coordinates)
"""Vehicles: cars, trucks, rockets, bicycles and balloons, with wheels, fins and spokes. They head along +x."""

from __future__ import annotations

import numpy as np

from occnet.shapes.families.profiles import regular_polygon
from occnet.shapes.materials import any_of, dark_glass, metal, plastic, rubber
from occnet.shapes.parts import (
    Part,
    Shape,
    Solid,
    box,
    capsule,
    cylinder,
    ellipsoid,
    extrusion,
    made_of,
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
    """A saloon, an estate, a van, a pick-up, an off-roader or a racing car: a body with wheel arches, a cabin, and wheels."""
    style = str(
        random.choice(["saloon", "estate", "van", "pickup", "offroad", "racing"], p=[0.27, 0.2, 0.13, 0.13, 0.14, 0.13])
    )
    paint, glass, tyre = any_of(random, plastic, plastic, metal), dark_glass(random), rubber(random)
    length, width = 1.0, random.uniform(0.36, 0.46)
    radius = random.uniform(0.075, 0.1) * (1.25 if style == "offroad" else 1.0)
    low = random.uniform(0.45, 0.75) * radius * (1.6 if style == "offroad" else 1.0)
    high = low + random.uniform(0.15, 0.2)
    base = random.uniform(0.27, 0.33)
    if style == "racing":
        return _racing_car(random, width, radius)
    corner = random.choice([0.02, 0.035, 0.055])
    body = [box([0, 0.5 * (low + high), 0], [length, high - low, width], corner)]
    nose = random.uniform(0.1, 0.2)
    if style in ("saloon", "estate") and random.random() < 0.6:  # a bonnet that falls off to the front
        body = [
            box([-0.5 * nose, 0.5 * (low + high), 0], [length - nose, high - low, width], corner),
            box([0.5 - nose, 0.5 * (low + 0.85 * high), 0], [2.0 * nose, 0.85 * high - low, 0.97 * width], corner),
        ]
    arches = [
        cylinder([x, radius, s * 0.5 * width], 1.18 * radius, 0.5 * width, rotation=ALONG_Z)
        for x in (-base, base)
        for s in (-1, 1)
    ]
    tall = random.uniform(0.13, 0.18) * {"saloon": 1.0, "estate": 1.0, "van": 1.4, "pickup": 1.1, "offroad": 1.15}[style]
    front = {"saloon": 0.2, "estate": 0.2, "van": 0.36, "pickup": 0.16, "offroad": 0.18}[style] + random.uniform(-0.03, 0.05)
    rear = {"saloon": -0.3, "estate": -0.47, "van": -0.48, "pickup": -0.12, "offroad": -0.46}[style] + random.uniform(0.0, 0.06)
    half = 0.46 * width
    shrink = random.uniform(0.62, 0.82) if style == "saloon" else random.uniform(0.8, 0.92)
    middle, reach = 0.5 * (front + rear), 0.5 * (front - rear)
    corners = np.array([[1.0, 1.0], [-1.0, 1.0], [-1.0, -1.0], [1.0, -1.0]])
    cabin = extrusion([middle, high + 0.5 * tall - 0.002, 0], corners * [reach, half], tall, shrink)
    panes = extrusion(
        [middle, high + 0.5 * tall, 0], corners * [1.012 * reach, 1.02 * half], 0.62 * tall, 1.0 - 0.62 * (1.0 - shrink)
    )
    posts = [box([middle + x * reach, high + 0.5 * tall, 0], [0.035, 2.0 * tall, 2.0 * width]) for x in (-0.35, 0.3)]
    solids = [Solid(made_of(paint, body), cuts=arches), Solid(made_of(paint, cabin))]
    solids.append(Solid(made_of(glass, panes), cuts=posts))
    extras: list[Part] = []
    if style == "pickup":
        bed = box([-0.31, high, 0], [0.32, 0.16, 0.8 * width])
        solids[0] = Solid(solids[0].parts, cuts=[*arches, bed])
    if random.random() < 0.2 and style == "saloon":
        wing = high + 0.1
        extras.append(box([-0.46, wing, 0], [0.1, 0.015, width]))
        extras += [
            box([-0.46, 0.5 * (wing + high) - 0.01, s * 0.3 * width], [0.05, wing - high + 0.02, 0.015]) for s in (-1, 1)
        ]
    if random.random() < 0.6:
        place = front - 0.05
        extras += [ellipsoid([place, high + 0.03, s * 0.53 * width], [0.015, 0.022, 0.035]) for s in (-1, 1)]
    if random.random() < 0.4:
        top = high + tall + 0.016
        rails = [
            capsule(
                [middle - 0.6 * reach, top, s * 0.5 * width * shrink * 0.8],
                [middle + 0.5 * reach, top, s * 0.5 * width * shrink * 0.8],
                0.008,
            )
            for s in (-1, 1)
        ]
        extras += [*rails, *(box([middle + x * reach, top - 0.01, 0], [0.03, 0.02, 0.8 * width * shrink]) for x in (-0.4, 0.3))]
    if random.random() < 0.5:
        extras += [box([s * 0.497, low + 0.05, 0], [0.03, 0.05, 0.9 * width], 0.012) for s in (-1, 1)]
    if style == "offroad" and random.random() < 0.6:
        extras.append(cylinder([-0.52, high - 0.02, 0], 1.0 * radius, 0.05, rotation=ALONG_X))
    lights = [ellipsoid([0.49, 0.7 * high + 0.3 * low, s * 0.38 * width], [0.02, 0.022, 0.035]) for s in (-1, 1)]
    trim = made_of(any_of(random, metal, rubber), extras)
    lamps = made_of(plastic(random), lights)
    wheels = axles(random, [-base, base], radius, width - random.uniform(0.03, 0.06), random.uniform(0.06, 0.09))
    wheels += [box([x, radius, 0], [0.03, 0.8 * radius, 0.8 * width]) for x in (-base, base)]  # what carries the body
    return Shape("car", [*solids, Solid([*trim, *lamps]), Solid(made_of(tyre, wheels))])


def _racing_car(random: Random, width: float, radius: float) -> Shape:
    """A narrow body between free wheels, with wings at both ends."""
    paint = any_of(random, plastic, plastic, metal)
    t = np.linspace(0.0, 1.0, 10)
    belly = 0.085 * np.clip(np.minimum((t / 0.7) ** 0.8, ((1.04 - t) / 0.2) ** 0.5), 0.15, 1.0)
    body = revolution([0.46, 0.13, 0], np.stack([0.94 * t, belly], axis=1), turn("z", 0.5 * np.pi))
    pods = [box([-0.08, 0.11, s * 0.11], [random.uniform(0.3, 0.4), 0.11, 0.1], 0.03) for s in (-1, 1)]
    floor = box([-0.05, 0.055, 0], [0.75, 0.025, 0.26])
    seat = ellipsoid([0.02, 0.22, 0], [0.09, 0.09, 0.05])
    hoop = [box([-0.14, 0.22, 0], [0.08, 0.1, 0.06], 0.025)]
    rise = random.uniform(0.24, 0.3)
    back = [box([-0.44, rise, 0], [0.1, 0.015, 0.9 * width]), box([-0.44, rise - 0.05, 0], [0.07, 0.012, 0.9 * width])]
    ends = [box([-0.44, rise - 0.05, s * 0.45 * width], [0.12, 0.13, 0.012]) for s in (-1, 1)]
    mount = [box([-0.44, 0.5 * rise + 0.05, s * 0.03], [0.04, rise - 0.08, 0.014]) for s in (-1, 1)]
    nose = [
        box([0.45, 0.075, 0], [0.09, 0.014, 1.0 * width]),
        *(box([0.45, 0.09, s * 0.5 * width], [0.1, 0.05, 0.012]) for s in (-1, 1)),
    ]
    base, track = random.uniform(0.29, 0.33), width - 0.02
    arms = [capsule([x, radius, 0], [x, radius, s * 0.5 * track], 0.008) for x in (-base, base) for s in (-1, 1)]
    arms += [capsule([x - 0.06, 0.13, 0], [x, radius, s * 0.5 * track], 0.008) for x in (-base, base) for s in (-1, 1)]
    wheels = axles(random, [-base, base], radius, track, random.uniform(0.08, 0.11))
    first = Solid(made_of(paint, [body, *pods, floor, *hoop]), cuts=[seat])
    wings = Solid([*made_of(any_of(random, plastic, metal), [*back, *ends, *nose]), *made_of(rubber(random), [*mount, *arms])])
    head = Solid(made_of(plastic(random), sphere([-0.03, 0.2, 0], 0.035)))
    return Shape("car", [first, wings, head, Solid(made_of(rubber(random), wheels))])


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


VEHICLES = (car, car, truck, rocket, bicycle, balloon)
