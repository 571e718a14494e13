"""Furniture: chairs, tables, shelves and lamps, with thin legs, seats, backs and slats."""

from __future__ import annotations

import numpy as np

from occnet.shapes.deformation import Deformation
from occnet.shapes.families.profiles import regular_polygon
from occnet.shapes.parts import Part, Shape, Solid, beam, box, capsule, cylinder, extrusion, revolution, rod, torus, tube, turn

Random = np.random.Generator


def chair(random: Random) -> Shape:
    """Four legs, a seat, and a back of a board, slats, spindles or a hoop; sometimes arms."""
    width, depth = random.uniform(0.38, 0.6, 2)
    seat, back = random.uniform(0.35, 0.5), random.uniform(0.35, 0.6)
    thick = random.uniform(0.012, 0.06)
    parts = [box([0, seat, 0], [width, thick, depth], rounding=random.choice([0.0, 0.3, 0.48]) * thick)]
    parts += legs(random, width, depth, seat)
    parts += backrest(random, width, depth, seat, back)
    if random.random() < 0.35:
        rise, bar = random.uniform(0.15, 0.25), random.uniform(0.012, 0.03)
        for side in (-0.5, 0.5):
            x = side * (width - bar)
            parts.append(box([x, seat + rise, 0], [bar, bar, depth]))
            parts.append(box([x, seat + 0.5 * rise, 0.4 * depth], [bar, rise, bar]))
    return Shape("chair", [Solid(parts)], sway(random, 0.15))


def legs(random: Random, width: float, depth: float, height: float) -> list[Part]:
    """Legs down to y = 0 under a board: square, round, splayed, a pedestal, or a bent sledge."""
    style = random.choice(["square", "round", "splayed", "pedestal", "sledge"])
    bar = random.uniform(0.012, 0.05)
    inset = random.uniform(1.0, 2.5) * bar
    x, z = 0.5 * width - inset, 0.5 * depth - inset
    corners = [(-x, -z), (-x, z), (x, -z), (x, z)]
    if style == "square":
        made = [box([a, 0.5 * height, b], [bar, height, bar]) for a, b in corners]
        if random.random() < 0.5:
            level = random.uniform(0.15, 0.6) * height
            made += [beam([a, level, -z], [a, level, z], 0.6 * bar, 0.6 * bar) for a in (-x, x)]
        return made
    if style == "round":
        tip = random.uniform(0.4, 1.0)
        return [rod([a, 0, b], [a, height, b], 0.5 * tip * bar, 0.5 * bar) for a, b in corners]
    if style == "splayed":
        spread = random.uniform(1.05, 1.3)
        return [rod([spread * a, 0, spread * b], [0.7 * a, height, 0.7 * b], 0.35 * bar, 0.6 * bar) for a, b in corners]
    if style == "pedestal":
        feet = int(random.integers(3, 7))
        reach = 0.45 * min(width, depth)
        turns = 2.0 * np.pi * np.arange(feet) / feet
        column = cylinder([0, 0.5 * height, 0], 0.8 * bar, height)
        tips = np.stack([reach * np.cos(turns), np.full(feet, 0.5 * bar), reach * np.sin(turns)], axis=1)
        return [column, *(capsule([0, 2 * bar, 0], tip, 0.5 * bar) for tip in tips)]
    turn_in = 0.08 * height
    runner = [(height, -z), (turn_in, -z), (0, turn_in - z), (0, z - turn_in), (turn_in, z), (height, z)]
    return [tube([[a, y, b] for y, b in runner], 0.4 * bar) for a in (-x, x)]


def backrest(random: Random, width: float, depth: float, seat: float, height: float) -> list[Part]:
    """A back above the rear edge of a seat, leaning a little."""
    bar = random.uniform(0.012, 0.035)
    lean = random.uniform(0.0, 0.25) * height
    z = -0.5 * depth + 0.5 * bar
    foot, head = np.array([0, seat, z]), np.array([0, seat + height, z - lean])
    side = np.array([0.5 * (width - bar), 0, 0])
    style = random.choice(["board", "slats", "spindles", "hoop", "bars"])
    if style == "board":
        return [_board(foot, head, width, bar)]
    posts = [beam(foot + s * side, head + s * side, bar, bar) for s in (-1, 1)]
    rail = box(head, [width, 2.0 * bar, bar])
    if style == "slats":
        levels = np.linspace(0.35, 0.95, int(random.integers(2, 5)))
        return posts + [box(foot + t * (head - foot), [width, 0.1 * height, 0.6 * bar]) for t in levels]
    if style == "spindles":
        places = np.linspace(-1, 1, int(random.integers(4, 8)))[1:-1]
        return [*posts, rail, *(rod(foot + s * side, head + s * side, 0.3 * bar) for s in places)]
    if style == "hoop":
        turns = np.linspace(0, np.pi, 13)
        path = [foot + np.cos(t) * side + np.sin(t) * (head - foot) for t in turns]
        middle = foot + 0.5 * (head - foot)
        return [tube(path, 0.5 * bar), _board(foot, middle, 0.3 * width, 0.6 * bar)]
    return [*posts, rail, box(foot + 0.5 * (head - foot), [width, bar, bar])]


def _board(foot: np.ndarray, head: np.ndarray, width: float, thick: float) -> Part:
    lean = np.arctan2(foot[2] - head[2], head[1] - foot[1])
    return box(0.5 * (foot + head), [width, float(np.linalg.norm(head - foot)), thick], 0.3 * thick, turn("x", -lean))


def table(random: Random) -> Shape:
    """A round, polygonal or square top on legs, sometimes with a lower shelf."""
    width, depth, height = random.uniform(0.5, 1.2), random.uniform(0.4, 0.8), random.uniform(0.3, 0.8)
    thick = random.uniform(0.012, 0.05)
    style = random.choice(["square", "round", "polygon"])
    if style == "square":
        tops = [box([0, height, 0], [width, thick, depth], rounding=random.choice([0.0, 0.4]) * thick)]
    else:
        sides = 48 if style == "round" else int(random.integers(5, 9))
        tops = [extrusion([0, height, 0], 0.6 * depth * regular_polygon(sides), thick)]
        width = depth = 0.7 * depth  # the square within the round, where legs and shelf go
    if random.random() < 0.3:
        tops.append(box([0, 0.3 * height, 0], [0.85 * width, thick, 0.85 * depth]))
    return Shape("table", [Solid([*tops, *legs(random, width, depth, height)])])


def shelf(random: Random) -> Shape:
    """Boards between two walls, with or without a back, or a closed block with compartments cut out."""
    width, height, depth = random.uniform(0.4, 1.0), random.uniform(0.5, 1.2), random.uniform(0.2, 0.4)
    thick = random.uniform(0.012, 0.03)
    if random.random() < 0.5:
        levels = np.linspace(0.5 * thick, height - 0.5 * thick, int(random.integers(3, 7)))
        parts = [box([0, y, 0], [width, thick, depth]) for y in levels]
        parts += [box([s * 0.5 * (width - thick), 0.5 * height, 0], [thick, height, depth]) for s in (-1, 1)]
        if random.random() < 0.6:
            parts.append(box([0, 0.5 * height, 0.5 * (thick - depth)], [width, height, thick]))
        return Shape("shelf", [Solid(parts)])
    columns, floors = int(random.integers(1, 4)), int(random.integers(2, 5))
    size = np.array([(width - thick) / columns - thick, (height - thick) / floors - thick, depth])
    holes = []
    for i in range(columns):
        for j in range(floors):
            x = -0.5 * width + thick + 0.5 * size[0] + i * (size[0] + thick)
            y = thick + 0.5 * size[1] + j * (size[1] + thick)
            if random.random() < 0.85 or not holes:
                holes.append(box([x, y, thick], size))
    return Shape("shelf", [Solid([box([0, 0.5 * height, 0], [width, height, depth])], cuts=holes)])


def lamp(random: Random) -> Shape:
    """A foot, a pole and an open shade whose wall is thin."""
    height, pole = random.uniform(0.6, 1.2), random.uniform(0.008, 0.02)
    low, high, drop = random.uniform(0.12, 0.25), random.uniform(0.05, 0.15), random.uniform(0.15, 0.3)
    wall = random.uniform(0.01, 0.02)
    foot = cylinder([0, 0.015, 0], random.uniform(0.1, 0.2), random.uniform(0.02, 0.05), random.uniform(0.05, 0.2))
    stand = capsule([0, 0.02, 0], [0, height, 0], pole)
    outer = [[height - drop, low], [height, high]]
    slope = wall * np.hypot(1.0, (low - high) / drop)
    step = (high - low) / drop
    above = min(0.1, (high - slope - 0.005) / max(-step, 1e-3))  # as far as the cavity goes on before it closes
    inner = [[height - drop - 0.1, low - slope - 0.1 * step], [height + above, high - slope + above * step]]
    shade = Solid([revolution([0, 0, 0], outer)], cuts=[revolution([0, 0, 0], inner)])
    cross = [capsule([-high, height - 0.03, 0], [high, height - 0.03, 0], 0.6 * pole)]
    return Shape("lamp", [Solid([foot, stand, *cross]), shade])


def sway(random: Random, chance: float) -> list[Deformation]:
    """Now and then a gentle twist, taper or bend for a shape of about unit size above the ground."""
    if random.random() > chance:
        return []
    kind = str(random.choice(["twist", "taper", "bend"]))
    if kind == "bend":
        return [Deformation("bend", float(random.choice([-1, 1]) * random.uniform(0.25, 0.7)), int(random.integers(3)))]
    if kind == "taper":
        return [Deformation("taper", float(random.uniform(-0.45, 0.5)), 1)]
    return [Deformation("twist", float(random.uniform(-1.5, 1.5)), 1)]


def stool(random: Random) -> Shape:
    """A round seat on legs that a ring holds together."""
    height, radius = random.uniform(0.4, 0.8), random.uniform(0.15, 0.25)
    count, bar = int(random.integers(3, 6)), random.uniform(0.01, 0.025)
    spread = random.uniform(0.8, 1.5)
    turns = 2.0 * np.pi * np.arange(count) / count
    rim = radius * np.stack([np.cos(turns), 0 * turns, np.sin(turns)], axis=1)
    feet = [rod(spread * point, 0.7 * point + [0, height, 0], bar) for point in rim]
    level = random.uniform(0.25, 0.5)
    ring = torus([0, level * height, 0], radius * (spread + level * (0.7 - spread)), 0.7 * bar)
    seat = cylinder([0, height, 0], radius, random.uniform(0.015, 0.08))
    return Shape("stool", [Solid([seat, ring, *feet])])


FURNITURE = (chair, chair, table, shelf, lamp, stool)
