"""What things stand on: legs, pedestals, sledges, plinths and castors."""

from __future__ import annotations

import numpy as np

from occnet.shapes.parts import Part, beam, box, capsule, cylinder, extrusion, rod, sphere, tube

Random = np.random.Generator
LEG_STYLES = ("square", "round", "splayed", "crossed", "pedestal", "sledge", "frame")


def legs(random: Random, width: float, depth: float, height: float, style: str | None = None) -> list[Part]:
    """Legs down to y = 0 under a board: one of LEG_STYLES, by default a random one."""
    style = style or str(random.choice(LEG_STYLES))
    bar = random.uniform(0.016, 0.05) * max(1.0, width, height)
    inset = random.uniform(1.0, 2.5) * bar
    x, z = 0.5 * width - inset, 0.5 * depth - inset
    corners = [(-x, -z), (-x, z), (x, -z), (x, z)]
    if style == "square":
        made = [box([a, 0.5 * height, b], [bar, height, bar]) for a, b in corners]
        if random.random() < 0.5:
            level = random.uniform(0.15, 0.6) * height
            made += [beam([a, level, -z], [a, level, z], 0.6 * bar, 0.6 * bar) for a in (-x, x)]
            if random.random() < 0.5:
                made.append(beam([-x, level, 0], [x, level, 0], 0.6 * bar, 0.6 * bar))
        return made
    if style == "round":
        tip = random.uniform(0.4, 1.0)
        return [rod([a, 0, b], [a, height, b], 0.5 * tip * bar, 0.5 * bar) for a, b in corners]
    if style == "splayed":
        spread = random.uniform(1.05, 1.3)
        return [rod([spread * a, 0, spread * b], [0.7 * a, height, 0.7 * b], 0.35 * bar, 0.6 * bar) for a, b in corners]
    if style == "crossed":
        made = []
        for b in (-z, z):
            made += [beam([-x, 0, b], [x, height, b], bar, 0.7 * bar), beam([x, 0, b], [-x, height, b], bar, 0.7 * bar)]
        return [*made, beam([0, 0.5 * height, -z], [0, 0.5 * height, z], 0.6 * bar, 0.6 * bar)]
    if style == "pedestal":
        return pedestal(random, 0.45 * min(width, depth), height, bar)
    if style == "frame":
        made = []
        for a in (-x, x):
            made += [beam([a, 0, b], [a, height, b], bar, bar) for b in (-z, z)]
            made += [beam([a, y, -z - 0.5 * bar], [a, y, z + 0.5 * bar], bar, bar) for y in (0.5 * bar, height - 0.5 * bar)]
        return made
    turn_in = 0.08 * height
    runner = [(height, -z), (turn_in, -z), (0, turn_in - z), (0, z - turn_in), (turn_in, z), (height, z)]
    return [tube([[a, y + 0.4 * bar, b] for y, b in runner], 0.4 * bar) for a in (-x, x)]


def pedestal(random: Random, reach: float, height: float, bar: float) -> list[Part]:
    """A column on a round plate or on a star of feet, which may have castors."""
    column = cylinder([0, 0.5 * height, 0], 0.8 * bar, height, random.uniform(0.5, 1.0) * bar)
    if random.random() < 0.35:
        return [column, cylinder([0, 0.4 * bar, 0], reach, 0.8 * bar, random.uniform(0.6, 1.0) * reach)]
    feet = int(random.integers(3, 7))
    turns = 2.0 * np.pi * np.arange(feet) / feet + random.uniform(0.0, 1.0)
    tips = np.stack([reach * np.cos(turns), np.full(feet, 0.7 * bar), reach * np.sin(turns)], axis=1)
    parts = [column, *(capsule([0, random.uniform(1.5, 2.5) * bar, 0], tip, 0.45 * bar) for tip in tips)]
    if random.random() < 0.4:
        parts += [sphere(tip * [1.0, 0.9, 1.0], 0.63 * bar) for tip in tips]
    return parts


def plinth(random: Random, width: float, depth: float, height: float) -> list[Part]:
    """A closed base set back under what stands on it, or short feet."""
    if random.random() < 0.5:
        back = random.uniform(0.8, 0.97)
        return [box([0, 0.5 * height, 0], [back * width, height, back * depth])]
    foot, x, z = random.uniform(0.015, 0.035), 0.44 * width, 0.42 * depth
    square = np.array([[1.0, 1.0], [-1.0, 1.0], [-1.0, -1.0], [1.0, -1.0]]) * foot
    tip = random.uniform(1.0, 1.5)
    return [extrusion([a, 0.5 * height, b], 0.8 * square, height, tip) for a in (-x, x) for b in (-z, z)]
