"""Vessels: mugs, bowls, bottles and vases, hollow, with walls down to a hundredth of their size."""

from __future__ import annotations

import numpy as np

from occnet.shapes.families.profiles import inset, lathe_profile, regular_polygon, smooth_profile, superformula
from occnet.shapes.families.seats import sway
from occnet.shapes.parts import Part, Shape, Solid, box, cylinder, extrusion, revolution, torus, tube, turn

Random = np.random.Generator


def mug(random: Random) -> Shape:
    """A cup with a handle, an ear of a ring or a bent tube."""
    height, radius, flare = random.uniform(0.6, 1.1), random.uniform(0.3, 0.45), random.uniform(0.8, 1.2)
    wall = random.uniform(0.012, 0.05)
    outer = np.array([[0.0, radius], [height, radius * flare]])
    cavity = inset(outer, wall)
    cavity[0, 0] = random.uniform(1.0, 2.5) * wall
    cavity = np.concatenate([cavity, [[height + 0.1, cavity[-1, 1]]]])
    cups = [revolution([0, 0, 0], outer)]
    for side in (0.0, np.pi)[: 1 + (random.random() < 0.15)]:
        cups.append(handle(random, height, radius * min(1.0, flare), side))
    return Shape("mug", [Solid(cups, cuts=[revolution([0, 0, 0], cavity)])], sway(random, 0.15))


def handle(random: Random, height: float, radius: float, side: float) -> Part:
    """An ear at the wall of a round vessel, on the side of the given angle about y."""
    thick = random.uniform(0.02, 0.045)
    if random.random() < 0.4:
        ring = random.uniform(0.2, 0.3) * height
        upright = turn("y", side) @ turn("x", 0.5 * np.pi)
        upright = upright @ turn("y", 0.5 * np.pi)
        return torus(turn("y", side) @ [radius, 0.5 * height, 0], ring, thick, random.uniform(1.8, 2.2), upright)
    reach, low, high = random.uniform(0.18, 0.32), random.uniform(0.15, 0.3) * height, random.uniform(0.65, 0.85) * height
    t = np.linspace(0.0, np.pi, 14)
    out = radius + reach * np.sin(t) ** random.uniform(0.5, 1.2) - 0.01
    up = 0.5 * (low + high) - 0.5 * (high - low) * np.cos(t)
    path = np.stack([out, up, 0 * t], axis=1)
    return tube(path @ turn("y", side).T, thick)


def bowl(random: Random) -> Shape:
    """A half ellipsoid with a thin wall and perhaps a foot."""
    radius, depth = 0.5, random.uniform(0.15, 0.55)
    wall = random.uniform(0.01, 0.04)
    t = np.linspace(0.0, 0.5 * np.pi, 24)
    flat = random.uniform(0.1, 0.3)

    def profile(r: float, d: float) -> np.ndarray:
        return np.stack([depth - d * np.cos(t), np.maximum(r * np.sin(t) ** 0.9, 1e-4)], axis=1)

    outer, inner = profile(radius, depth), profile(radius - wall, depth - wall)
    inner = np.concatenate([inner, [[depth + 0.1, radius - wall]]])
    parts = [revolution([0, 0, 0], outer)]
    if random.random() < 0.7:
        parts.append(cylinder([0, 0.02, 0], flat, 0.12))
    return Shape("bowl", [Solid(parts, cuts=[revolution([0, 0, 0], inner)])], sway(random, 0.2))


def vase(random: Random) -> Shape:
    """A smooth or turned profile, solid or hollow."""
    outer = smooth_profile(random, 1.0) if random.random() < 0.6 else lathe_profile(random, 1.0)
    parts = [revolution([0, 0, 0], outer)]
    if random.random() < 0.3:
        return Shape("turned", [Solid(parts)], sway(random, 0.3))
    wall = random.uniform(0.01, 0.03)
    heights = np.linspace(0.0, 1.0, 64)
    dense = np.stack([heights, np.interp(heights, outer[:, 0], outer[:, 1])], axis=1)
    cavity = inset(dense, wall)
    cavity = np.concatenate([cavity[cavity[:, 0] > wall], [[1.1, cavity[-1, 1]]]])
    return Shape("vase", [Solid(parts, cuts=[revolution([0, 0, 0], cavity)])], sway(random, 0.3))


def bottle(random: Random) -> Shape:
    """A body, a shoulder and a neck; hollow with a narrow mouth."""
    radius, neck = random.uniform(0.15, 0.25), random.uniform(0.035, 0.07)
    shoulder, top = random.uniform(0.45, 0.65), random.uniform(0.7, 0.8)
    t = np.linspace(0.0, 1.0, 16)
    curve = np.stack([shoulder + (top - shoulder) * t, radius + (neck - radius) * (3 * t**2 - 2 * t**3)], axis=1)
    rim = neck * random.uniform(1.0, 1.3)
    outer = np.concatenate([[[0.0, 0.9 * radius], [0.02, radius]], curve, [[0.94, neck], [0.945, rim], [1.0, rim]]])
    wall = random.uniform(0.01, 0.02)
    cavity = np.concatenate([[[wall, radius - wall]], curve - [0.0, wall], [[1.1, neck - wall]]])
    cavity[:, 1] = np.maximum(cavity[:, 1], 0.01)
    solids = [Solid([revolution([0, 0, 0], outer)], cuts=[revolution([0, 0, 0], cavity)] if random.random() < 0.7 else [])]
    return Shape("bottle", solids, sway(random, 0.1))


def planter(random: Random) -> Shape:
    """A tapered polygonal or star-shaped tub, hollow."""
    corners = 0.45 * (regular_polygon(int(random.integers(3, 9))) if random.random() < 0.5 else superformula(random))
    height, flare, wall = random.uniform(0.3, 0.9), random.uniform(0.8, 1.5), random.uniform(0.04, 0.1)
    outer = extrusion([0, 0.5 * height, 0], corners, height, flare)
    inner = extrusion([0, 0.5 * height + wall, 0], (1.0 - wall / 0.45) * corners, height, flare)
    return Shape("planter", [Solid([outer], cuts=[inner])], sway(random, 0.3))


def crate(random: Random) -> Shape:
    """An open box with thin walls, sometimes with grips cut through."""
    size = random.uniform(0.3, 1.0, 3)
    wall = random.uniform(0.01, 0.05) * size.max()
    cuts = [box([0, wall, 0], size - [2 * wall, 0, 2 * wall])]
    if random.random() < 0.5:
        cuts.append(box([0, 0.3 * size[1], 0], [2.0 * size[0], 0.12 * size[1], 0.35 * size[2]]))
    tub = box([0, 0, 0], size, rounding=random.choice([0.0, 1.0]) * 0.5 * wall)
    return Shape("crate", [Solid([tub], cuts=cuts)], sway(random, 0.2))


VESSELS = (mug, mug, bowl, vase, bottle, planter, crate)
