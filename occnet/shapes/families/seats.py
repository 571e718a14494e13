# ruff: noqa: RUF005 (here + adds coordinates)
"""Things to sit on: chairs, benches, sofas and stools. They face +z."""

from __future__ import annotations

import numpy as np

from occnet.shapes.deformation import Deformation
from occnet.shapes.families.supports import legs, pedestal, plinth
from occnet.shapes.materials import any_of, cloth, metal, plastic, wood
from occnet.shapes.parts import (
    Part,
    Shape,
    Solid,
    beam,
    box,
    cylinder,
    ellipsoid,
    extrusion,
    made_of,
    rod,
    torus,
    tube,
    turn,
)

Random = np.random.Generator


def chair(random: Random) -> Shape:
    """A dining chair, an office chair on a pedestal, or an armchair."""
    style = str(random.choice(["dining", "office", "armchair"], p=[0.65, 0.2, 0.15]))
    width, depth = random.uniform(0.38, 0.6, 2)
    seat, back = random.uniform(0.35, 0.5), random.uniform(0.35, 0.6)
    thick = random.uniform(0.012, 0.06)
    frame, cover = any_of(random, wood, wood, metal, plastic), any_of(random, wood, cloth, cloth, plastic)
    if style == "armchair":
        return _armchair(random, width, depth)
    if style == "office":
        thick = random.uniform(0.04, 0.09)
        stand = pedestal(random, random.uniform(0.2, 0.28), seat, random.uniform(0.03, 0.05))
        parts = made_of(any_of(random, metal, plastic), stand)
    else:
        parts = made_of(frame, legs(random, width, depth, seat))
    if random.random() < 0.25:  # a shell of a seat, or a round one
        parts += made_of(cover, cylinder([0, seat, 0], 0.55 * width, thick, random.uniform(0.9, 1.05) * 0.55 * width))
    else:
        rounding = random.choice([0.0, 0.3, 0.48]) * thick
        parts += made_of(cover, box([0, seat, 0], [width, thick, depth], rounding=rounding))
    if style == "dining" and random.random() < 0.3:
        cushion = [random.uniform(0.8, 0.97) * width, random.uniform(0.03, 0.06), random.uniform(0.8, 0.97) * depth]
        parts += made_of(cloth(random), box([0, seat + 0.5 * thick + 0.3 * cushion[1], 0], cushion, 0.45 * cushion[1]))
    parts += made_of(frame if style == "dining" else cover, backrest(random, width, depth, seat, back))
    if random.random() < (0.6 if style == "office" else 0.3):
        parts += made_of(frame, arms(random, width, depth, seat))
    return Shape("chair", [Solid(parts)], sway(random, 0.1))


def _armchair(random: Random, width: float, depth: float) -> Shape:
    """A short sofa, perhaps with a footrest in front."""
    shape = _upholstered(random, 0.3 + width, 0.35 + depth, seats=1)
    return Shape("chair", shape)


def arms(random: Random, width: float, depth: float, seat: float) -> list[Part]:
    """An arm on each side of a seat, on one post, on two, or as a loop."""
    rise, bar = random.uniform(0.15, 0.25), random.uniform(0.014, 0.035)
    style, parts = str(random.choice(["one", "two", "loop"])), []
    for side in (-0.5, 0.5):
        x = side * (width - bar)
        if style == "loop":
            path = [
                [x, seat, 0.35 * depth],
                [x, seat + rise, 0.3 * depth],
                [x, seat + rise, -0.4 * depth],
                [x, seat, -0.45 * depth],
            ]
            parts.append(tube(path, 0.5 * bar))
            continue
        parts.append(box([x, seat + rise, 0], [random.uniform(1.0, 2.0) * bar, bar, depth], 0.3 * bar))
        for z in (0.4, -0.35)[: 1 if style == "one" else 2]:
            parts.append(box([x, seat + 0.5 * rise, z * depth], [bar, rise, bar]))
    return parts


def backrest(random: Random, width: float, depth: float, seat: float, height: float) -> list[Part]:
    """A back above the rear edge of a seat, leaning a little: a board, slats, spindles, a hoop, bars, a cane or a pad."""
    bar = random.uniform(0.012, 0.035)
    lean = random.uniform(0.0, 0.25) * height
    z = -0.5 * depth + 0.5 * bar
    foot, head = np.array([0, seat, z]), np.array([0, seat + height, z - lean])
    side = np.array([0.5 * (width - bar), 0, 0])
    style = random.choice(["board", "slats", "spindles", "hoop", "bars", "pad", "ladder"])
    if style == "board":
        return [_board(foot, head, width * random.uniform(0.8, 1.0), bar)]
    if style == "pad":
        pad = 0.5 * (foot + head) + [0, 0.2 * height, 0]
        rails = [beam(foot + s * side, head + s * side - [0, 0.1 * height, 0], bar, bar) for s in (-0.5, 0.5)]
        lean_back = turn("x", -np.arctan2(lean, height))
        return [*rails, box(pad, [random.uniform(0.8, 1.0) * width, 0.5 * height, 0.06], 0.029, lean_back)]
    posts = [beam(foot + s * side, head + s * side, bar, bar) for s in (-1, 1)]
    rail = box(head, [width, 2.0 * bar, bar])
    if style == "slats":
        levels = np.linspace(0.35, 0.95, int(random.integers(2, 5)))
        return posts + [box(foot + t * (head - foot), [width, 0.1 * height, 0.6 * bar]) for t in levels]
    if style == "ladder":
        levels = np.linspace(0.2, 0.95, int(random.integers(4, 7)))
        return posts + [rod(foot + t * (head - foot) - side, foot + t * (head - foot) + side, 0.4 * bar) for t in levels]
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


def bench(random: Random) -> Shape:
    """A long seat of planks or of one board, on legs, slabs or a frame; often with a back of planks, sometimes with arms."""
    width, depth, seat = random.uniform(0.9, 1.8), random.uniform(0.28, 0.5), random.uniform(0.35, 0.5)
    thick, material = random.uniform(0.02, 0.05), any_of(random, wood, wood, plastic)
    frame = any_of(random, wood, metal)
    style = str(random.choice(["board", "planks", "cushion"], p=[0.4, 0.45, 0.15]))
    parts: list[Part] = []
    if style == "planks":
        count = int(random.integers(3, 7))
        pitch = depth / count
        share = random.uniform(0.6, 0.85)
        places = (np.arange(count) + 0.5) * pitch - 0.5 * depth
        parts += made_of(material, [box([0, seat, z], [width, thick, share * pitch], 0.2 * thick) for z in places])
        parts += made_of(frame, [box([s * 0.42 * width, seat - thick, 0], [0.04, 1.2 * thick, depth]) for s in (-1, 1)])
    else:
        parts += made_of(material, box([0, seat, 0], [width, thick, depth], random.choice([0.0, 0.3]) * thick))
    if style == "cushion":
        soft = random.uniform(0.05, 0.09)
        parts += made_of(cloth(random), box([0, seat + 0.4 * soft, 0], [0.97 * width, soft, 0.96 * depth], 0.45 * soft))
    support = str(random.choice(["legs", "slabs", "concrete"], p=[0.6, 0.25, 0.15]))
    if support == "legs":
        stand = str(random.choice(["square", "round", "splayed", "crossed", "sledge", "frame"]))
        parts += made_of(frame, legs(random, 0.92 * width, depth, seat, stand))
    else:
        slab = random.uniform(0.03, 0.06) if support == "slabs" else random.uniform(0.1, 0.2)
        inset = random.uniform(0.3, 0.46) * width
        parts += made_of(frame, [box([s * inset, 0.5 * seat, 0], [slab, seat, 0.9 * depth]) for s in (-1, 1)])
    if random.random() < 0.6:
        parts += made_of(material, _plank_back(random, width, depth, seat))
        if random.random() < 0.5:
            parts += made_of(frame, arms(random, width, depth, seat))
    return Shape("bench", [Solid(parts)])


def _plank_back(random: Random, width: float, depth: float, seat: float) -> list[Part]:
    height, lean, bar = random.uniform(0.3, 0.5), random.uniform(0.0, 0.12), random.uniform(0.025, 0.045)
    foot, head = np.array([0, seat - 0.03, -0.5 * depth]), np.array([0, seat + height, -0.5 * depth - lean])
    posts = int(random.integers(2, 5))
    parts = [beam(foot + [x, 0, 0], head + [x, 0, 0], bar, bar) for x in np.linspace(-0.46, 0.46, posts) * width]
    if random.random() < 0.7:
        count = int(random.integers(2, 5))
        tall = random.uniform(0.5, 0.85) * height / count
        levels = (np.arange(count) + 0.7) / (count + 0.2)
        return parts + [box(foot + t * (head - foot) + [0, 0, 0.4 * bar], [width, tall, 0.5 * bar], 0.1 * bar) for t in levels]
    spindles = np.linspace(-0.46, 0.46, int(random.integers(8, 16))) * width
    parts += [rod(foot + [x, 0, 0], head + [x, 0, 0], 0.25 * bar) for x in spindles]
    return [*parts, box(head, [width, 1.5 * bar, bar])]


def sofa(random: Random) -> Shape:
    """A sofa of one to four seats, with an L-shaped end now and then."""
    seats = int(random.integers(1, 5))
    return Shape("sofa", _upholstered(random, 0.35 + seats * random.uniform(0.5, 0.65), random.uniform(0.75, 1.0), seats))


def _upholstered(random: Random, width: float, depth: float, seats: int) -> list[Solid]:
    """Cushions between arms, before a back, on a low base."""
    seat, back = random.uniform(0.35, 0.48), random.uniform(0.65, 0.95)
    foot, arm = random.uniform(0.03, 0.14), random.uniform(0.08, 0.22)
    arm_high, back_thick = random.uniform(1.1, 1.7) * seat, random.uniform(0.14, 0.25)
    soft, base = random.uniform(0.1, 0.2), cloth(random)
    covers = base if random.random() < 0.7 else cloth(random)
    parts = made_of(any_of(random, wood, metal), plinth(random, width, depth, foot))
    low = seat - soft
    bottom = max(low - foot, 0.05)
    parts += made_of(base, box([0, foot + 0.5 * bottom, 0], [0.98 * width, bottom, 0.99 * depth], random.uniform(0.0, 0.03)))
    arm_style = str(random.choice(["box", "roll", "slope", "none"], p=[0.45, 0.25, 0.15, 0.15]))
    inner = width - 2.0 * arm
    for side in (-1.0, 1.0):
        x = side * 0.5 * (width - arm)
        if arm_style == "none":
            inner = 0.99 * width
            continue
        parts += made_of(
            base,
            box(
                [x, 0.5 * (foot + arm_high), 0], [arm, arm_high - foot + 0.004, 0.995 * depth], random.uniform(0.1, 0.48) * arm
            ),
        )
        if arm_style == "roll":
            parts += made_of(base, rod([x, arm_high, -0.5 * depth], [x, arm_high, 0.5 * depth], 0.55 * arm))
        if arm_style == "slope":
            wedge = np.array([[0.5, 0.0], [-0.5, 0.35], [-0.5, -0.3]]) * [depth, 1.0]
            across = turn("z", 0.5 * np.pi) @ turn("y", 0.5 * np.pi)
            parts += made_of(base, extrusion([x, arm_high - 0.1, 0], wedge, 0.9 * arm, rotation=across))
    lean = turn("x", -random.uniform(0.0, 0.25))
    rear = -0.5 * depth + 0.5 * back_thick
    middle = [0, 0.5 * (foot + back), rear]
    parts += made_of(base, box(middle, [0.99 * width, back - foot, back_thick], random.uniform(0.1, 0.45) * back_thick))
    room, gap = inner / seats, random.uniform(0.003, 0.015)
    deep = depth - back_thick
    for number in range(seats):
        x = (number + 0.5) * room - 0.5 * inner
        place = [x, low + 0.49 * soft, 0.5 * back_thick + random.uniform(-0.02, -0.005)]
        parts += made_of(covers, box(place, [room - gap, soft, deep], random.uniform(0.2, 0.48) * soft))
        if random.random() < 0.85:
            pillow = [room - 2.0 * gap, random.uniform(0.8, 1.1) * (back - seat), random.uniform(0.1, 0.16)]
            high = [x, seat + 0.45 * pillow[1], rear + 0.5 * back_thick + 0.4 * pillow[2]]
            parts += made_of(covers, box(high, pillow, 0.45 * pillow[2], lean))
    if seats >= 3 and random.random() < 0.3:  # a couch's long end
        side = float(random.choice([-1.0, 1.0]))
        reach = random.uniform(0.4, 0.7)
        x, z = side * 0.5 * (width - room), 0.5 * depth + 0.45 * reach
        parts += made_of(base, box([x, foot + 0.49 * bottom, z], [0.99 * room, bottom, reach], 0.02))
        parts += made_of(covers, box([x, low + 0.44 * soft, z], [room - gap, soft, 0.97 * reach], 0.4 * soft))
    if random.random() < 0.3:
        x = random.uniform(-0.35, 0.35) * inner
        loose = ellipsoid([x, seat + 0.14, rear + 0.5 * back_thick + 0.2], [0.2, 0.17, 0.07], turn("x", -0.4))
        parts += made_of(cloth(random), loose)
    return [Solid(parts)]


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
    frame = any_of(random, wood, metal)
    return Shape("stool", [Solid([*made_of(any_of(random, wood, cloth), seat), *made_of(frame, [ring, *feet])])])


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


SEATS = (chair, chair, bench, sofa, stool)
