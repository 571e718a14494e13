# ruff: noqa: RUF005 (here + adds coordinates)
"""Free shapes: random primitives joined, cut, hollowed and deformed, with no meaning at all."""

from __future__ import annotations

import numpy as np
from scipy.spatial.transform import Rotation

from occnet.shapes.deformation import KINDS, Deformation
from occnet.shapes.families.profiles import gear, lathe_profile, regular_polygon, smooth_profile, superformula
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
    terrain,
    torus,
    tube,
    turn,
)

Random = np.random.Generator


def tumble(random: Random) -> np.ndarray:
    """A rotation matrix, uniform among all."""
    return Rotation.from_quat(random.normal(size=4)).as_matrix()


def primitive(random: Random, center: np.ndarray, size: float) -> Part:
    """A random primitive of about a size, half of them upright and half turned at will."""
    rotation = np.eye(3) if random.random() < 0.5 else tumble(random)
    a, b, c = size * random.uniform(0.3, 1.0, 3)
    kind = int(random.integers(11))
    if kind == 0:
        return box(center, [a, b, c], rotation=rotation)
    if kind == 1:
        return box(center, [a, b, c], random.uniform(0.05, 0.5) * min(a, b, c), rotation)
    if kind == 2:
        return cylinder(center, 0.5 * a, b, rotation=rotation)
    if kind == 3:
        return cylinder(center, 0.5 * a, b, random.uniform(0.0, 0.4) * a, rotation)
    if kind == 4:
        return capsule(center - 0.4 * rotation[:, 1] * a, center + 0.4 * rotation[:, 1] * a, 0.3 * b)
    if kind == 5:
        return ellipsoid(center, [0.6 * a, 0.6 * b, 0.6 * c], rotation)
    if kind == 6:
        return torus(
            center, 0.5 * a, random.uniform(0.1, 0.4) * 0.5 * a, random.choice([np.pi, random.uniform(0.5, 3.0)]), rotation
        )
    if kind == 7:
        outline = [superformula(random), regular_polygon(int(random.integers(3, 9))), gear(int(random.integers(4, 13)), 0.3)]
        return extrusion(
            center, 0.6 * a * outline[int(random.integers(3))], b, random.choice([1.0, random.uniform(0.0, 1.3)]), rotation
        )
    if kind == 8:
        profile = smooth_profile(random, size) if random.random() < 0.5 else lathe_profile(random, size)
        return revolution(center - 0.5 * size * rotation[:, 1], profile * [1.0, size], rotation)
    if kind == 9:
        waves = random.uniform([-9, -9, 0, 0.02], [9, 9, 6.28, 0.08], (3, 4)) * [1 / size, 1 / size, 1, size]
        return terrain(center, 0.5 * a, 0.5 * b, 0.3 * c, waves)
    t = np.linspace(-1, 1, 12)[:, None]
    curve = random.normal(size=(1, 3)) * t + random.normal(size=(1, 3)) * t**2 + random.normal(size=(1, 3)) * t**3
    return tube(center + 0.35 * size * curve, random.uniform(0.04, 0.15) * size)


def deformations(random: Random, chance: float) -> list[Deformation]:
    """Up to two deformations, gentle enough for shapes within one unit of the origin."""
    changes = []
    for _ in range(2):
        if random.random() < chance:
            kind = KINDS[int(random.integers(3))]
            amount = {"twist": 2.0, "taper": 0.6, "bend": 0.7}[kind] * random.uniform(0.3, 1.0) * random.choice([-1, 1])
            changes.append(Deformation(kind, float(amount), int(random.integers(3))))
    return changes


def pile(random: Random) -> Shape:
    """Primitives that touch one another, with a few bites taken out of them."""
    centers = [np.zeros(3)]
    parts = [primitive(random, centers[0], 0.8)]
    for _ in range(int(random.integers(1, 7))):
        centers.append(centers[int(random.integers(len(centers)))] + random.uniform(-0.35, 0.35, 3))
        parts.append(primitive(random, centers[-1], random.uniform(0.2, 0.7)))
    cuts = [
        primitive(random, centers[int(random.integers(len(centers)))] + random.uniform(-0.3, 0.3, 3), random.uniform(0.2, 0.6))
        for _ in range(int(random.integers(0, 4)))
    ]
    return Shape("pile", [Solid(parts, cuts=cuts)], deformations(random, 0.25))


def carving(random: Random) -> Shape:
    """One primitive within another, less a third, with bores along all axes."""
    layout = primitive(random, np.zeros(3), 1.2)
    keep = primitive(random, random.uniform(-0.1, 0.1, 3), 1.5)
    cuts = [
        primitive(random, random.uniform(-0.4, 0.4, 3), random.uniform(0.3, 0.6)) for _ in range(int(random.integers(1, 4)))
    ]
    for _ in range(int(random.integers(0, 3))):
        heading = random.normal(size=3)
        start = random.uniform(-0.2, 0.2, 3)
        cuts.append(capsule(start - heading, start + heading, random.uniform(0.03, 0.12)))
    return Shape(
        "carving", [Solid([layout], cuts=cuts, keeps=[keep] if random.random() < 0.6 else [])], deformations(random, 0.25)
    )


def husk(random: Random) -> Shape:
    """A thin shell, from a hundredth of its size, opened by cuts so that one sees inside."""
    wall, rotation = random.uniform(0.01, 0.04), tumble(random)
    size = random.uniform(0.25, 0.5, 3)
    style = int(random.integers(4))
    if style == 0:
        outer, inner = ellipsoid([0, 0, 0], size, rotation), ellipsoid([0, 0, 0], size - wall, rotation)
    elif style == 1:
        rounding = random.uniform(0.02, 0.2)
        outer, inner = (box([0, 0, 0], 2 * (size - d), max(rounding - d, 0.0), rotation) for d in (0.0, wall))
    elif style == 2:
        outer, inner = (cylinder([0, 0, 0], size[0] - d, 2 * (size[1] - d), rotation=rotation) for d in (0.0, wall))
    else:
        ring = random.uniform(0.12, 0.2)
        outer, inner = (torus([0, 0, 0], 0.5 - ring, ring - d, rotation=rotation) for d in (0.0, wall))
    cuts = [
        inner,
        *(primitive(random, random.uniform(-0.5, 0.5, 3), random.uniform(0.3, 0.8)) for _ in range(int(random.integers(1, 4)))),
    ]
    return Shape("husk", [Solid([outer], cuts=cuts)], deformations(random, 0.25))


def cluster(random: Random) -> Shape:
    """Equal copies of one primitive around an axis, on a disk or a ring."""
    count, style = int(random.integers(3, 9)), int(random.integers(2**31))
    reach, lift = random.uniform(0.2, 0.4), random.uniform(-0.1, 0.3)
    parts: list[Part] = []
    for number in range(count):
        turned = turn("y", 2.0 * np.pi * number / count)
        copy = primitive(np.random.default_rng(style), np.zeros(3), 0.45)
        if copy.kind == "tube":  # its knots are in the coordinates of the shape
            copy = tube((copy.table + [reach, lift, 0]) @ turned.T, copy.size[0])
        else:
            copy = Part(copy.kind, copy.size, turned @ (copy.position + [reach, lift, 0]), turned @ copy.rotation, copy.table)
        parts.append(copy)
    parts.append(cylinder([0, 0, 0], reach, 0.06) if random.random() < 0.5 else torus([0, 0, 0], reach, 0.04))
    return Shape("cluster", [Solid(parts)], deformations(random, 0.2))


FREE = (pile, pile, carving, husk, cluster)
