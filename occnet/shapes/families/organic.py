# ruff: noqa: RUF005 (here + adds coordinates)
"""Organic shapes: melted blobs, trees, characters, animals, mushrooms and snakes."""

from __future__ import annotations

import numpy as np

from occnet.shapes.families.seats import sway
from occnet.shapes.parts import Part, Shape, Solid, blob, box, capsule, cylinder, ellipsoid, revolution, rod, sphere, tube, turn

Random = np.random.Generator


def lump(random: Random) -> Shape:
    """A few ellipsoids melted together, each born at the rim of an earlier one; sometimes hollow or bored through."""
    count = int(random.integers(2, 9))
    centers, radii = [np.zeros(3)], [random.uniform(0.12, 0.3, 3)]
    for _ in range(count - 1):
        heading = random.normal(size=3)
        parent = int(random.integers(len(centers)))
        centers.append(centers[parent] + heading / np.linalg.norm(heading) * radii[parent])
        radii.append(random.uniform(0.06, 0.28, 3))
    melting = random.uniform(0.01, 0.05)
    body = blob(centers, radii, melting)
    cuts: list[Part] = []
    if random.random() < 0.2:
        cuts.append(blob(centers, np.array(radii) - 0.03, melting))
        cuts.append(sphere(centers[-1] + radii[-1], 0.8 * float(radii[-1].max())))
    elif random.random() < 0.25:
        cuts.append(cylinder([0, 0, 0], 0.4 * float(radii[0].min()), 4.0, rotation=turn("x", random.uniform(0, 3.0))))
    return Shape("lump", [Solid([body], cuts=cuts)], sway(random, 0.3))


def conifer(random: Random, foot: np.ndarray, height: float) -> list[Part]:
    """A trunk and a few cones, standing on a point."""
    layers, wide = int(random.integers(2, 5)), random.uniform(0.18, 0.3) * height
    parts = [rod(foot, foot + [0, 0.5 * height, 0], 0.06 * height, 0.03 * height)]
    for k in range(layers):
        low = 0.25 + 0.75 * k / (layers + 0.5)
        tall = min(1.0 - low, 0.9 / layers + 0.15)
        parts.append(cylinder(foot + [0, (low + 0.5 * tall) * height, 0], wide * (1.0 - 0.7 * k / layers), tall * height, 0.0))
    return parts


def tree(random: Random) -> Shape:
    """A conifer, or a trunk that forks into branches, bare or with leafy crowns."""
    if random.random() < 0.3:
        return Shape("tree", [Solid(conifer(random, np.zeros(3), 1.0))])
    trunk, thick = random.uniform(0.3, 0.5), random.uniform(0.03, 0.06)
    fork = np.array([random.uniform(-0.05, 0.05), trunk, random.uniform(-0.05, 0.05)])
    parts, tips = [rod([0, 0, 0], fork, 1.5 * thick, thick), sphere(fork, thick)], []
    count = int(random.integers(2, 5))
    for number in range(count):
        turned = 2.0 * np.pi * (number + random.uniform(-0.2, 0.2)) / count
        heading = np.array([np.cos(turned), random.uniform(0.6, 1.6), np.sin(turned)])
        tip = fork + random.uniform(0.25, 0.4) * heading / np.linalg.norm(heading)
        parts += [rod(fork, tip, 0.7 * thick, 0.35 * thick)]
        tips.append(tip)
    if random.random() < 0.7:
        spread = random.uniform(0.12, 0.22)
        crowns = [ellipsoid(tip, spread * random.uniform(0.8, 1.2, 3)) for tip in tips]
        return Shape("tree", [Solid([*parts, *crowns, ellipsoid(fork + [0, 0.3, 0], [spread] * 3)])])
    for tip in tips:
        for _ in range(2):
            parts.append(capsule(tip, tip + random.uniform([-0.15, 0.02, -0.15], [0.15, 0.2, 0.15]), 0.01))
    return Shape("tree", [Solid(parts)])


def character(random: Random) -> Shape:
    """A figure of capsules in some pose, its torso a melted blob or a box, perhaps with a hat."""
    thick, hips, chest = random.uniform(0.03, 0.06), 0.45, 0.75
    parts: list[Part] = []
    for side in (-1, 1):
        hip, shoulder = np.array([side * 0.08, hips, 0]), np.array([side * 0.14, chest, 0])
        knee = hip + [side * random.uniform(-0.02, 0.08), -0.22, random.uniform(0, 0.12)]
        foot = knee + [0, -0.22, -random.uniform(0, 0.1)]
        elbow = shoulder + random.uniform([0.02, -0.18, -0.1], [0.16, 0.1, 0.1]) * [side, 1, 1]
        hand = elbow + random.uniform([-0.05, -0.18, 0], [0.12, 0.18, 0.15]) * [side, 1, 1]
        parts += [capsule(hip, knee, thick), capsule(knee, foot, 0.85 * thick), capsule(foot, foot + [0, 0, 0.08], 0.8 * thick)]
        parts += [capsule(shoulder, elbow, 0.8 * thick), capsule(elbow, hand, 0.7 * thick), sphere(hand, 0.9 * thick)]
    head = random.uniform(0.08, 0.15)
    top = np.array([0, chest + 0.09 + 0.8 * head, 0])
    parts += [ellipsoid(top, head * random.uniform(0.85, 1.15, 3)), capsule([0, chest, 0], top, 0.7 * thick)]
    if random.random() < 0.6:
        girth = random.uniform(0.8, 1.3)
        middle = [[0, hips, 0], [0, 0.5 * (hips + chest), 0], [0, chest - 0.03, 0]]
        parts.append(blob(middle, girth * np.array([[0.12, 0.09, 0.08], [0.11, 0.12, 0.08], [0.15, 0.1, 0.09]]), 0.02))
    else:
        parts.append(box([0, 0.5 * (hips + chest), 0], [0.3, chest - hips + 0.1, 0.16], 0.03))
    if random.random() < 0.3:
        brim = top + [0, 0.5 * head, 0]
        parts += [cylinder(brim, 1.6 * head, 0.015), cylinder(brim + [0, 0.4 * head, 0], 0.9 * head, 0.8 * head)]
    return Shape("character", [Solid(parts)])


def animal(random: Random) -> Shape:
    """Four legs, a long body, a neck, a head with ears or horns, and a tail."""
    body, thick, tall = random.uniform(0.22, 0.35), random.uniform(0.02, 0.045), random.uniform(0.2, 0.45)
    girth = random.uniform(0.09, 0.15)
    parts: list[Part] = [
        capsule(
            [s * 0.8 * body, tall, t * 0.6 * girth], [s * 0.85 * body + random.uniform(-0.06, 0.06), 0, t * 0.7 * girth], thick
        )
        for s in (-1, 1)
        for t in (-1, 1)
    ]
    spine = [[-0.7 * body, tall + 0.03, 0], [0, tall, 0], [0.75 * body, tall + 0.04, 0]]
    parts.append(blob(spine, np.array([[1.2, 1.1, 0.9], [1.4, 0.9, 0.9], [1.2, 1.2, 1.0]]) * girth, 0.02))
    head = np.array([body + random.uniform(0.08, 0.2), tall + random.uniform(0.15, 0.4), 0])
    size = random.uniform(0.055, 0.09)
    parts += [rod([0.8 * body, tall + 0.05, 0], head, 0.7 * girth, 0.7 * size), ellipsoid(head, [1.3 * size, size, size])]
    parts.append(capsule(head, head + [1.6 * size, -0.6 * size, 0], 0.5 * size))
    tip = random.uniform(0.4, 1.8) * size
    for side in (-1, 1):
        root = head + [-0.3 * size, 0.6 * size, side * 0.5 * size]
        parts.append(rod(root, root + [-0.2 * tip, 0.8 * size + tip, side * tip], 0.35 * size, 0.02 * size))
    t = np.linspace(0, 1, 8)
    swing = random.uniform(-0.25, 0.25)
    tail = np.stack([-body - 0.25 * t, tall + 0.05 + swing * t**2, 0.08 * np.sin(4 * t)], axis=1)
    parts.append(tube(tail, random.uniform(0.01, 0.025)))
    return Shape("animal", [Solid(parts)])


def mushroom(random: Random) -> Shape:
    """A stalk and a hollow cap with a thin rim."""
    cap, rise, stalk = random.uniform(0.25, 0.5), random.uniform(0.15, 0.4), random.uniform(0.04, 0.1)
    wall = random.uniform(0.012, 0.04)
    dome = Solid(
        [ellipsoid([0, 0.6, 0], [cap, rise, cap])],
        cuts=[ellipsoid([0, 0.6 - wall, 0], [cap - wall, rise - wall, cap - wall])],
        keeps=[box([0, 0.9, 0], [1.2, 0.6, 1.2])],
    )
    return Shape("mushroom", [dome, Solid([rod([0, 0, 0], [0, 0.6 + rise - wall, 0], 1.4 * stalk, stalk)])], sway(random, 0.3))


def snake(random: Random) -> Shape:
    """A tube along a wandering curve, perhaps closed into a knot."""
    t = np.linspace(0, 2.0 * np.pi, 48)
    thick = random.uniform(0.03, 0.08)
    if random.random() < 0.4:  # a torus knot
        p, q = [(2, 3), (2, 5), (3, 2), (3, 4)][int(random.integers(4))]
        r = 0.32 + 0.14 * np.cos(q * t)
        path = np.stack([r * np.cos(p * t), 0.14 * np.sin(q * t), r * np.sin(p * t)], axis=1)
        return Shape("knot", [Solid([tube(path, min(thick, 0.05))])])
    waves = [random.normal(size=3) / k * np.sin(0.5 * k * t[:, None] + random.uniform(0, 6.28, 3)) for k in range(1, 5)]
    path = 0.3 * np.sum(waves, axis=0)
    return Shape("snake", [Solid([tube(path, thick), sphere(path[0], 1.5 * thick)])])


def flower(random: Random) -> Shape:
    """A stem, thin petals around a heart, and leaves."""
    petals, reach = int(random.integers(4, 9)), random.uniform(0.15, 0.25)
    lift = random.uniform(-0.2, 0.6)
    stem = tube([[0.1, 0, 0], [0.03, 0.3, 0.02], [0, 0.6, 0], [0, 0.8, 0]], random.uniform(0.012, 0.025))
    parts: list[Part] = [stem, ellipsoid([0, 0.8, 0], [0.07, 0.05, 0.07])]
    for turned in 2.0 * np.pi * np.arange(petals) / petals:
        rotation = turn("y", turned) @ turn("z", lift)
        parts.append(ellipsoid(rotation @ [reach, 0, 0] + [0, 0.8, 0], [reach, 0.012, 0.4 * reach], rotation))
    parts.append(ellipsoid([0.12, 0.3, 0.02], [0.12, 0.012, 0.04], turn("z", 0.5)))
    return Shape("flower", [Solid(parts)])


def fruit(random: Random) -> Shape:
    """A dented body of revolution with a stalk, sometimes with a bite taken out."""
    t = np.linspace(0.02, np.pi - 0.02, 32)
    dent = random.uniform(0.0, 0.35)
    pear = random.uniform(0.0, 0.5)
    radius = 0.4 * np.sin(t) * (1.0 + pear * np.cos(t))
    height = -0.4 * np.cos(t) * (1.0 - dent * np.exp(-((np.sin(t) / 0.35) ** 2)))
    rising = np.maximum.accumulate(height + 1e-4 * np.arange(len(t)))
    body = Solid([revolution([0, 0, 0], np.stack([rising, radius], axis=1))])
    if random.random() < 0.4:
        body = Solid(body.parts, cuts=[sphere([0.45, 0.05, 0.1], random.uniform(0.15, 0.3))])
    stalk = tube([[0, 0.1, 0], [0, 0.4, 0], [0.05, 0.55, 0]], 0.02)
    return Shape("fruit", [body, Solid([stalk])], sway(random, 0.2))


ORGANIC = (lump, lump, tree, character, character, animal, animal, mushroom, snake, flower, fruit)
