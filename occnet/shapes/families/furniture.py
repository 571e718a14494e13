# ruff: noqa: RUF005 (here + adds coordinates)
"""Furniture that nobody sits on: tables, shelves, cabinets and lamps, with thin legs, boards, doors and shades. It faces +z."""

from __future__ import annotations

import numpy as np

from occnet.shapes.families.profiles import regular_polygon
from occnet.shapes.families.supports import legs, plinth
from occnet.shapes.materials import Material, any_of, cloth, dark_glass, metal, plastic, rubber, wood
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
    tube,
    turn,
)

Random = np.random.Generator


def table(random: Random) -> Shape:
    """A round, polygonal, oval or square top on legs, or a desk with drawers; sometimes with a lower shelf."""
    width, depth, height = random.uniform(0.5, 1.4), random.uniform(0.4, 0.8), random.uniform(0.3, 0.8)
    thick = random.uniform(0.012, 0.05)
    top_material, frame = any_of(random, wood, wood, plastic, dark_glass), any_of(random, wood, metal, plastic)
    style = random.choice(["square", "desk", "round", "oval", "polygon"], p=[0.3, 0.2, 0.2, 0.15, 0.15])
    stand = None
    if style in ("square", "desk"):
        tops = [box([0, height, 0], [width, thick, depth], rounding=random.choice([0.0, 0.4]) * thick)]
    elif style == "oval":
        tops = [extrusion([0, height, 0], regular_polygon(48) * [0.5 * width, 0.5 * depth], thick)]
        width, depth = 0.72 * width, 0.72 * depth  # the rectangle within the oval, where legs and shelf go
    else:
        sides = 48 if style == "round" else int(random.integers(5, 9))
        tops = [extrusion([0, height, 0], 0.6 * depth * regular_polygon(sides), thick, random.uniform(0.9, 1.0))]
        width = depth = 0.7 * depth
        stand = "pedestal" if random.random() < 0.35 else None
    parts = made_of(top_material, tops)
    if random.random() < 0.4 and style == "square":  # rails under the top
        rail, drop = random.uniform(0.012, 0.02), random.uniform(0.05, 0.1)
        y, x, z = height - 0.5 * thick - 0.5 * drop, 0.44 * width, 0.42 * depth
        rails = [box([0, y, s * z], [2.0 * x, drop, rail]) for s in (-1, 1)]
        rails += [box([s * x, y, 0], [rail, drop, 2.0 * z]) for s in (-1, 1)]
        parts += made_of(frame, rails)
    if random.random() < 0.3 and style != "desk":
        parts += made_of(top_material, box([0, 0.3 * height, 0], [0.85 * width, thick, 0.85 * depth]))
    if style != "desk":
        return Shape("table", [Solid([*parts, *made_of(frame, legs(random, width, depth, height, stand))])])
    solids = [Solid(parts)]
    sides = [float(random.choice([-1.0, 1.0]))] if random.random() < 0.6 else [-1.0, 1.0]
    chest = random.uniform(0.22, 0.32) * width
    for side in (-1.0, 1.0):
        x = side * 0.5 * (width - chest)
        if side in sides:
            tall = random.uniform(0.6, 1.0) * height - thick
            solids += _chest(
                random, np.array([x, height - 0.5 * thick - 0.5 * tall, 0]), np.array([chest, tall, 0.9 * depth]), 1
            )
            if tall < 0.9 * (height - thick):
                bars = [
                    box([x + s * 0.4 * chest, 0.5 * height, b * 0.4 * depth], [0.025, height, 0.025])
                    for s in (-1, 1)
                    for b in (-1, 1)
                ]
                solids.append(Solid(made_of(frame, bars)))
        else:
            panel = [box([side * 0.47 * width, 0.5 * height, 0], [0.02, height, 0.85 * depth])]
            feet = [box([side * 0.47 * width, 0.5 * height, b * 0.42 * depth], [0.03, height, 0.03]) for b in (-1, 1)]
            solids.append(Solid(made_of(frame, panel if random.random() < 0.5 else feet)))
    return Shape("table", solids)


def _chest(random: Random, middle: np.ndarray, size: np.ndarray, columns: int, rows: int | None = None) -> list[Solid]:
    """A closed box whose front shows drawers or doors, with grooves between them and a grip on each."""
    material = any_of(random, wood, wood, plastic)
    fronts = material if random.random() < 0.6 else any_of(random, wood, plastic)
    rows = rows or int(random.integers(2, 5))
    gap, proud = random.uniform(0.006, 0.014), random.uniform(0.004, 0.012)
    body = made_of(material, box(middle, size - [0, 0, proud], random.choice([0.0, 0.01])))
    cell = np.array([(size[0] - gap) / columns - gap, (size[1] - gap) / rows - gap])
    grip, grips = str(random.choice(["knob", "bar", "slot", "none"], p=[0.35, 0.35, 0.15, 0.15])), []
    doors, holes = [], []
    front = middle[2] + 0.5 * size[2]
    metal_grip = metal(random)
    for i in range(columns):
        for j in range(rows):
            x = middle[0] - 0.5 * size[0] + gap + 0.5 * cell[0] + i * (cell[0] + gap)
            y = middle[1] - 0.5 * size[1] + gap + 0.5 * cell[1] + j * (cell[1] + gap)
            doors.append(box([x, y, front - 0.3 * proud], [cell[0], cell[1], 2.0 * proud], 0.3 * proud))
            tall = cell[1] > 1.4 * cell[0]
            where = np.array([x + (0.4 * cell[0] * (1 if i % 2 == 0 else -1) if tall else 0.0), y, front + proud])
            if grip == "knob":
                grips.append(sphere(where + [0, 0, 0.008], 0.014))
            elif grip == "bar":
                along = np.array([0.0, 0.2 * cell[1], 0.0]) if tall else np.array([0.22 * cell[0], 0.0, 0.0])
                grips.append(capsule(where - along + [0, 0, 0.014], where + along + [0, 0, 0.014], 0.006))
                grips += [capsule(where + s * 0.9 * along, where + s * 0.9 * along + [0, 0, 0.014], 0.005) for s in (-1, 1)]
            elif grip == "slot":
                holes.append(box([x, y + 0.42 * cell[1], front], [0.3 * cell[0], 0.08 * cell[1], 4.0 * proud]))
    return [Solid([*body, *made_of(fronts, doors)], cuts=holes), *([Solid(made_of(metal_grip, grips))] if grips else [])]


def shelf(random: Random) -> Shape:
    """Boards between two walls, with or without a back, or a closed layout with compartments cut out."""
    width, height, depth = random.uniform(0.4, 1.0), random.uniform(0.5, 1.2), random.uniform(0.2, 0.4)
    thick, material = random.uniform(0.012, 0.03), any_of(random, wood, wood, plastic, metal)
    if random.random() < 0.5:
        levels = np.linspace(0.5 * thick, height - 0.5 * thick, int(random.integers(3, 7)))
        parts = [box([0, y, 0], [width, thick, depth]) for y in levels]
        parts += [box([s * 0.5 * (width - thick), 0.5 * height, 0], [thick, height, depth]) for s in (-1, 1)]
        if random.random() < 0.6:
            parts.append(box([0, 0.5 * height, 0.5 * (thick - depth)], [width, height, thick]))
        return Shape("shelf", [Solid(made_of(material, parts))])
    layout = box([0, 0.5 * height, 0], [width, height, depth])
    holes = compartments(random, width, height, depth, thick, 0.85)
    return Shape("shelf", [Solid(made_of(material, layout), cuts=holes)])


def compartments(random: Random, width: float, height: float, depth: float, thick: float, share: float) -> list[Part]:
    """Cuts that leave a layout above y = 0 with walls around open compartments; a share of them is open, at least one."""
    columns, floors = int(random.integers(1, 4)), int(random.integers(2, 5))
    size = np.array([(width - thick) / columns - thick, (height - thick) / floors - thick, depth])
    holes = []
    for i in range(columns):
        for j in range(floors):
            x = -0.5 * width + thick + 0.5 * size[0] + i * (size[0] + thick)
            y = thick + 0.5 * size[1] + j * (size[1] + thick)
            if random.random() < share or not holes:
                holes.append(box([x, y, thick], size))
    return holes


def cabinet(random: Random) -> Shape:
    """A chest of drawers, a wardrobe with doors, or a sideboard with some compartments open; on a plinth, feet or legs."""
    style = str(random.choice(["chest", "wardrobe", "sideboard"], p=[0.4, 0.25, 0.35]))
    if style == "chest":
        width, tall, depth = random.uniform(0.4, 1.0), random.uniform(0.5, 1.2), random.uniform(0.3, 0.5)
        columns, rows = int(random.integers(1, 3)), int(random.integers(2, 6))
    elif style == "wardrobe":
        width, tall, depth = random.uniform(0.6, 1.4), random.uniform(1.2, 2.0), random.uniform(0.4, 0.6)
        columns, rows = int(random.integers(2, 5)), int(random.choice([1, 1, 2]))
    else:
        width, tall, depth = random.uniform(0.9, 1.8), random.uniform(0.35, 0.7), random.uniform(0.3, 0.5)
        columns, rows = int(random.integers(2, 5)), int(random.integers(1, 4))
    foot = random.uniform(0.03, 0.2) if style == "sideboard" else random.uniform(0.02, 0.1)
    base = any_of(random, wood, metal, plastic)
    if foot > 0.1:
        stand = made_of(base, legs(random, 0.95 * width, 0.95 * depth, foot + 0.01, str(random.choice(["square", "round"]))))
    else:
        stand = made_of(base, plinth(random, width, depth, foot + 0.01))
    middle = np.array([0.0, foot + 0.5 * tall, 0.0])
    size = np.array([width, tall, depth])
    if style == "sideboard" and random.random() < 0.6:  # one part of it open, the rest closed
        share = random.uniform(0.3, 0.6)
        side = float(random.choice([-1.0, 1.0]))
        closed = np.array([(1.0 - share) * width, tall, depth])
        solids = _chest(random, middle + [side * 0.5 * share * width, 0, 0], closed, max(1, columns - 1), rows)
        wall = random.uniform(0.015, 0.03)
        layout = box([0, 0.5 * tall, 0], [share * width, tall, depth])
        room = Solid([layout], cuts=compartments(random, share * width, tall, depth, wall, 0.9))
        offset = np.array([-side * 0.5 * (1.0 - share) * width, foot, 0.0])
        material = any_of(random, wood, plastic)
        moved = Solid(
            made_of(material, [_moved(part, offset) for part in room.parts]), cuts=[_moved(part, offset) for part in room.cuts]
        )
        solids.append(moved)
    else:
        solids = _chest(random, middle, size, columns, rows)
    if random.random() < 0.6:
        board, out = random.uniform(0.015, 0.04), random.uniform(1.0, 1.06)
        top = box([0, foot + tall + 0.4 * board, 0], [out * width, board, out * depth], 0.3 * board)
        solids.append(Solid(made_of(any_of(random, wood, plastic), top)))
    return Shape("cabinet", [*solids, Solid(stand)])


def _moved(part: Part, offset: np.ndarray) -> Part:
    return Part(part.kind, part.size, part.position + offset, part.rotation, part.table, part.material)


def lamp(random: Random) -> Shape:
    """A standing or table lamp with a shade, a desk lamp with a jointed arm, an arc lamp, or one that hangs."""
    style = str(random.choice(["standing", "table", "jointed", "arc", "hanging"], p=[0.3, 0.25, 0.2, 0.1, 0.15]))
    body, pole = any_of(random, metal, wood, plastic), random.uniform(0.008, 0.02)
    cover = any_of(random, cloth, plastic)
    low, high, drop = random.uniform(0.12, 0.25), random.uniform(0.05, 0.15), random.uniform(0.12, 0.3)
    if style == "hanging":
        height = random.uniform(0.4, 1.0)
        cord = made_of(rubber(random), [capsule([0, 0.0, 0], [0, height, 0], 0.6 * pole)])
        rose = made_of(body, cylinder([0, height, 0], 0.05, random.uniform(0.02, 0.05)))
        bulb = made_of(plastic(random), sphere([0, -0.03, 0], 0.035))
        shade, cross = _shade(random, 0.02, low, high, drop, pole)
        return Shape("lamp", [Solid([*cord, *rose, *bulb, *made_of(body, cross)]), _covered(shade, cover)])
    foot_radius, foot_high = random.uniform(0.1, 0.2), random.uniform(0.02, 0.05)
    foot = cylinder([0, 0.5 * foot_high, 0], foot_radius, foot_high, foot_radius * random.uniform(0.5, 1.0))
    if style == "jointed":
        return Shape("lamp", _jointed(random, pole, made_of(body, foot), body, cover))
    if style == "arc":
        height, reach = random.uniform(0.9, 1.3), random.uniform(0.4, 0.8)
        turns = np.linspace(0.0, random.uniform(0.75, 0.95) * np.pi, 14)
        path = [[0, 0, 0], *([0.5 * reach * (1.0 - np.cos(t)), height + 0.5 * reach * np.sin(t), 0] for t in turns)]
        end = np.array(path[-1])
        bowl = _bowl(random, end, low * 0.9, cover)
        return Shape("lamp", [Solid([*made_of(body, [foot, tube(path, pole)])]), *bowl])
    height = random.uniform(0.9, 1.5) if style == "standing" else random.uniform(0.35, 0.6)
    if style == "table" and random.random() < 0.7:  # a turned or bellied body instead of a pole
        belly = random.uniform(0.05, 0.12)
        t = np.linspace(0.0, 1.0, 16)
        wave = random.uniform(0.3, 0.8) + 0.5 * np.sin(np.pi * t * random.uniform(0.8, 2.4) + random.uniform(0.0, 1.5))
        profile = np.stack([t * (height - drop), np.clip(belly * wave, 0.018, None)], axis=1)
        stand = [revolution([0, 0, 0], profile), capsule([0, 0.5 * height, 0], [0, height, 0], pole)]
    elif style == "standing" and random.random() < 0.25:  # a tripod
        turns = 2.0 * np.pi * np.arange(3) / 3
        hub = [0, 0.75 * height, 0]
        stand = [rod([0.3 * np.cos(t), 0, 0.3 * np.sin(t)], hub, pole, 0.8 * pole) for t in turns]
        stand.append(capsule(hub, [0, height, 0], pole))
        foot = sphere(hub, 2.0 * pole)
    else:
        stand = [capsule([0, 0.02, 0], [0, height, 0], pole)]
    shade, cross = _shade(random, height, low, high, drop, pole)
    bulb = made_of(plastic(random), ellipsoid([0, height - 0.3 * drop, 0], [0.03, 0.045, 0.03]))
    return Shape("lamp", [Solid([*made_of(body, [foot, *stand, *cross]), *bulb]), _covered(shade, cover)])


def _covered(shade: Solid, material: Material) -> Solid:
    return Solid(made_of(material, shade.parts), cuts=shade.cuts)


def _shade(random: Random, height: float, low: float, high: float, drop: float, pole: float) -> tuple[Solid, list[Part]]:
    """An open shade with a thin wall whose upper rim lies at a height, and the bar that holds it."""
    wall = random.uniform(0.01, 0.02)
    if random.random() < 0.25:
        high = low  # a drum
    outer = [[height - drop, low], [height, high]]
    slope = wall * np.hypot(1.0, (low - high) / drop)
    step = (high - low) / drop
    above = min(0.1, (high - slope - 0.005) / max(-step, 1e-3))  # as far as the cavity goes on before it closes
    inner = [[height - drop - 0.1, low - slope - 0.1 * step], [height + above, high - slope + above * step]]
    shade = Solid([revolution([0, 0, 0], outer)], cuts=[revolution([0, 0, 0], inner)])
    return shade, [capsule([-high, height - 0.03, 0], [high, height - 0.03, 0], 0.6 * pole)]


def _bowl(random: Random, top: np.ndarray, radius: float, material: Material) -> list[Solid]:
    """Half a hollow ball, open below, hung from its top."""
    wall = random.uniform(0.01, 0.02)
    centre = top - [0, radius - 0.5 * wall, 0]
    above = box(centre + [0, radius, 0], [4.0 * radius, 2.0 * radius, 4.0 * radius])
    shell = Solid(made_of(material, sphere(centre, radius)), cuts=[sphere(centre, radius - wall)], keeps=[above])
    return [shell, Solid(made_of(plastic(random), capsule(top, centre, 0.025)))]


def _jointed(random: Random, pole: float, foot: list[Part], body: Material, cover: Material) -> list[Solid]:
    first, second = random.uniform(0.2, 0.35), random.uniform(0.2, 0.35)
    back, forth = random.uniform(0.1, 0.6), random.uniform(0.4, 1.1)
    joint = np.array([0.0, 0.03 + first * np.cos(back), -first * np.sin(back)])
    head = joint + second * np.array([0.0, np.cos(forth), np.sin(forth)])
    arm = [capsule([0, 0.03, 0], joint, pole), capsule(joint, head, pole), sphere(joint, 1.7 * pole), sphere(head, 1.7 * pole)]
    if random.random() < 0.4:
        arm += [
            capsule(np.array([0.03, 0.03, 0]), joint + [0.03, 0, 0], 0.5 * pole),
            capsule(joint + [0.03, 0, 0], joint, 0.5 * pole),
        ]
    tilt = turn("x", random.uniform(0.2, 1.0) - np.pi)
    tall, wide, wall = random.uniform(0.1, 0.16), random.uniform(0.06, 0.1), 0.009
    outer = [[-0.02, 0.025], [0.3 * tall, 0.4 * wide], [tall, wide]]
    inner = [[0.12 * tall, 0.012], [0.3 * tall, 0.4 * wide - wall], [tall, wide - wall], [1.5 * tall, 1.2 * wide]]
    shade = Solid(made_of(cover, revolution(head, outer, tilt)), cuts=[revolution(head, inner, tilt)])
    return [
        Solid([*foot, *made_of(body, arm)]),
        shade,
        Solid(made_of(plastic(random), capsule(head, head + tilt @ [0, 0.6 * tall, 0], 0.02))),
    ]


FURNITURE = (table, shelf, cabinet, lamp)
