# ruff: noqa: RUF005 (here + adds coordinates)
"""Things with a front: displays, loudspeakers and telephones. They stand or lie as they do in use, and face +z."""

from __future__ import annotations

import numpy as np

from occnet.shapes.families.vehicles import ALONG_Z
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
    torus,
    tube,
    turn,
    turned_solid,
)

Random = np.random.Generator


def display(random: Random) -> Shape:
    """A flat screen on a stand, a television on two feet, an open laptop, or a deep old set."""
    style = str(random.choice(["monitor", "television", "laptop", "tube"], p=[0.4, 0.25, 0.2, 0.15]))
    width, ratio, thick = random.uniform(0.6, 1.0), random.uniform(0.5, 0.75), random.uniform(0.02, 0.06)
    case, height = any_of(random, plastic, metal), width * ratio
    bezel, deep = random.uniform(0.012, 0.04), random.uniform(0.004, 0.01)
    if style == "laptop":
        return Shape("display", _laptop(random, width, height, 0.4 * thick + 0.012, bezel, case))
    low = random.uniform(0.02, 0.08) if style in ("television", "tube") else random.uniform(0.1, 0.3)
    middle = np.array([0.0, low + 0.5 * height, 0.0])
    tilt = turn("x", -random.uniform(0.0, 0.15) if style == "monitor" else 0.0)
    panel = box(middle, [width, height, thick], random.uniform(0.1, 0.45) * thick, tilt)
    recess = box(middle + tilt @ [0, 0, 0.5 * thick], [width - 2 * bezel, height - 2 * bezel, 2 * deep], rotation=tilt)
    glass = box(
        middle + tilt @ [0, 0, 0.3 * thick - 0.7 * deep], [width - 2 * bezel, height - 2 * bezel, 0.4 * thick], rotation=tilt
    )
    solids = [Solid(made_of(case, panel), cuts=[recess]), Solid(made_of(dark_glass(random), glass))]
    parts: list[Part] = []
    if style == "tube":
        deep_back, narrow = random.uniform(0.3, 0.6), random.uniform(0.4, 0.75)
        half = np.array([[0.48, 0.48], [-0.48, 0.48], [-0.48, -0.48], [0.48, -0.48]]) * [width, height]
        parts.append(extrusion(middle - [0, 0, 0.5 * deep_back], half, deep_back, narrow, turn("x", -0.5 * np.pi)))
        parts += [box([s * 0.3 * width, 0.5 * low, -0.2 * deep_back], [0.1, low + 0.05, 0.7 * deep_back]) for s in (-1, 1)]
        parts += [
            cylinder(middle + [x, -0.5 * height + 0.5 * bezel, 0.5 * thick], 0.3 * bezel, 0.02, rotation=ALONG_Z)
            for x in (0.2, 0.25)
        ]
    elif style == "television":
        spread, bar = random.uniform(0.3, 0.45) * width, random.uniform(0.008, 0.02)
        for side in (-1, 1):
            knee = [side * spread, low + 0.02, 0]
            parts += [rod([side * spread * 1.05, bar, z], knee, bar) for z in (-0.14, 0.14)]
        if random.random() < 0.5:
            parts.append(box(middle - [0, 0.15 * height, thick], [0.6 * width, 0.5 * height, 1.5 * thick], 0.3 * thick))
    else:
        parts += _stand(random, width, low, middle, thick)
    return Shape("display", [*solids, Solid(made_of(case, parts))])


def _stand(random: Random, width: float, low: float, middle: np.ndarray, thick: float) -> list[Part]:
    neck, plate = random.uniform(0.02, 0.06), random.uniform(0.015, 0.03)
    top = middle - [0, 0.2 * (middle[1] - low), 0.5 * thick]
    behind = random.uniform(0.02, 0.08)
    style = str(random.choice(["plate", "round", "vee", "ring"]))
    foot: list[Part] = []
    reach = random.uniform(0.25, 0.4) * width
    if style == "plate":
        foot.append(box([0, 0.5 * plate, -0.3 * behind], [1.2 * reach, plate, 0.8 * reach], 0.4 * plate))
    elif style == "round":
        foot.append(cylinder([0, 0.5 * plate, -0.3 * behind], 0.6 * reach, plate, 0.5 * reach))
    elif style == "vee":
        foot += [capsule([0, plate, -behind], [s * reach, plate, 0.5 * reach], plate) for s in (-1, 1)]
    else:
        foot.append(torus([0, plate, 0.5 * reach - behind], 0.5 * reach, plate))
    column = [capsule([0, plate, -behind], [0, top[1], -behind], 0.5 * neck), capsule([0, top[1], -behind], top, 0.5 * neck)]
    return [*foot, *column]


def _laptop(random: Random, width: float, depth: float, thick: float, bezel: float, case: Material) -> list[Solid]:
    angle = random.uniform(1.65, 2.2)  # between keyboard and screen
    body = box([0, 0.5 * thick, 0], [width, thick, depth], 0.3 * thick)
    keys_deep, rows = random.uniform(0.35, 0.5) * depth, int(random.integers(4, 6))
    keys: list[Part] = []
    pitch = keys_deep / rows
    count = int(random.integers(9, 13))
    for row in range(rows):
        z = -0.42 * depth + (row + 0.5) * pitch
        room = 0.88 * width / count
        keys += [box([(i + 0.5) * room - 0.44 * width, thick, z], [0.78 * room, 0.008, 0.75 * pitch]) for i in range(count)]
    pad = box([0, thick, 0.28 * depth], [0.3 * width, 0.012, 0.25 * depth])
    lean = turn("x", -(angle - 0.5 * np.pi))
    hinge = np.array([0.0, 0.8 * thick, -0.5 * depth + 0.3 * thick])
    lid_thick = 0.6 * thick
    lid = box(hinge + lean @ [0, 0.5 * depth, 0], [width, depth, lid_thick], 0.3 * lid_thick, lean)
    glass = box(
        hinge + lean @ [0, 0.5 * depth, 0.28 * lid_thick],
        [width - 2 * bezel, depth - 2 * bezel, 0.5 * lid_thick],
        rotation=lean,
    )
    screen = Solid(made_of(dark_glass(random), glass))
    base = Solid(
        made_of(case, [body, lid, capsule(hinge - [0.4 * width, 0, 0], hinge + [0.4 * width, 0, 0], 0.45 * thick)]), cuts=[pad]
    )
    return [base, screen, Solid(made_of(rubber(random), keys))]


def loudspeaker(random: Random) -> Shape:
    """A box with round drivers, a slender column, a soundbar, a cylinder, or a horn; on feet, spikes or a stand."""
    style = str(random.choice(["shelf", "tower", "bar", "round", "horn"], p=[0.35, 0.25, 0.12, 0.15, 0.13]))
    case, cone = any_of(random, wood, plastic, cloth), any_of(random, rubber, plastic, metal)
    if style == "round":
        radius, height = random.uniform(0.15, 0.3), random.uniform(0.4, 1.0)
        body = [cylinder([0, 0.5 * height, 0], radius, height, random.uniform(0.75, 1.0) * radius)]
        rings = [torus([0, y * height, 0], 0.99 * radius, random.uniform(0.01, 0.02)) for y in (0.06, 0.9)]
        top = cylinder([0, height, 0], 0.6 * radius, random.uniform(0.02, 0.05))
        holes = [cylinder([0, (0.2 + 0.12 * k) * height, 0], 1.2 * radius, 0.02) for k in range(int(random.integers(0, 5)))]
        core = cylinder([0, 0.5 * height, 0], 0.85 * radius * 0.75, 0.95 * height)
        return Shape("loudspeaker", [Solid(made_of(case, body), cuts=holes), Solid(made_of(cone, [*rings, top, core]))])
    if style == "horn":
        return Shape("loudspeaker", _horn(random, case, cone))
    if style == "shelf":
        width, height, depth = random.uniform(0.25, 0.5), random.uniform(0.4, 0.7), random.uniform(0.25, 0.45)
    elif style == "tower":
        width, height, depth = random.uniform(0.15, 0.25), random.uniform(0.8, 1.2), random.uniform(0.2, 0.35)
    else:
        width, height, depth = random.uniform(0.8, 1.2), random.uniform(0.08, 0.15), random.uniform(0.1, 0.2)
    foot = random.uniform(0.0, 0.05)
    middle = np.array([0.0, foot + 0.5 * height, 0.0])
    if style != "bar" and random.random() < 0.25:  # narrower towards the back
        half = np.array([[0.5, 0.5], [-0.5, 0.5], [-0.5, -0.5], [0.5, -0.5]]) * [width, height]
        body = extrusion(middle, half, depth, random.uniform(0.6, 0.9), turn("x", -0.5 * np.pi))
    else:
        body = box(middle, [width, height, depth], random.choice([0.0, 0.02, 0.05]))
    front, cuts, inner = 0.5 * depth, [], []
    across = style == "bar"
    long, short = (width, height) if across else (height, width)
    place, room = -0.5 * long + 0.06 * long, 0.88 * long
    count = int(random.integers(2, 5)) if style != "tower" else int(random.integers(3, 6))
    shares = random.uniform(0.4, 1.0, count)
    if not across:
        shares = np.sort(shares)[::-1]  # the large ones below
    for share in shares / shares.sum():
        radius = min(0.44 * share * room, random.uniform(0.36, 0.44) * short)
        centre = place + 0.5 * share * room
        place += share * room
        where = middle + ([centre, 0, front] if across else [0, centre, front])
        dip = random.uniform(0.25, 0.5) * radius
        cuts.append(cylinder(where, 0.55 * radius, 2.0 * dip, radius, rotation=ALONG_Z))
        inner.append(torus(where, radius, 0.07 * radius + 0.003, rotation=ALONG_Z))
        inner.append(sphere(where - [0, 0, dip], 0.35 * radius))
    if not across and random.random() < 0.5:  # the port
        cuts.append(cylinder(middle + [0, -0.45 * height + 0.03, front], 0.02, 0.2, rotation=ALONG_Z))
    feet = [box([x * 0.42 * width, 0.5 * foot, z * 0.4 * depth], [0.03, foot + 0.02, 0.03]) for x in (-1, 1) for z in (-1, 1)]
    solids = [Solid(made_of(case, body), cuts=cuts), Solid(made_of(cone, inner)), Solid(made_of(rubber(random), feet))]
    return Shape("loudspeaker", solids)


def _horn(random: Random, case: Material, cone: Material) -> list[Solid]:
    mouth, throat, long = random.uniform(0.2, 0.35), random.uniform(0.03, 0.06), random.uniform(0.3, 0.6)
    t = np.linspace(0.0, 1.0, 12)
    flare = throat * (mouth / throat) ** t
    wall = random.uniform(0.012, 0.02)
    heading = turn("x", 0.5 * np.pi - random.uniform(0.0, 0.3))
    low = random.uniform(0.35, 0.5)
    centre = np.array([0.0, low, 0.0])
    outer = revolution(centre, np.stack([long * t, flare + wall], axis=1), heading)
    inner = revolution(centre, np.stack([long * (0.08 + t), flare], axis=1), heading)
    base = [box([0, 0.5 * 0.2, 0.1], [random.uniform(0.3, 0.45), 0.2, random.uniform(0.3, 0.45)], 0.02)]
    neck = [capsule([0, 0.15, -0.05], centre + heading @ [0, 0.02, 0], 1.1 * throat)]
    driver = [cylinder(centre, 1.8 * throat, 0.08, rotation=heading)]
    return [Solid(made_of(cone, outer), cuts=[inner]), Solid([*made_of(case, base), *made_of(cone, [*neck, *driver])])]


def telephone(random: Random) -> Shape:
    """A desk set with its handset, a mobile with keys, a smartphone with its cameras, or one for the wall."""
    style = str(random.choice(["desk", "keys", "smart", "wall"], p=[0.4, 0.25, 0.2, 0.15]))
    case = any_of(random, plastic, plastic, metal)
    if style in ("desk", "wall"):
        return Shape("telephone", _desk_set(random, case, hung=style == "wall"))
    width, height = random.uniform(0.4, 0.5), random.uniform(0.85, 1.1)
    thick = random.uniform(0.04, 0.07) if style == "smart" else random.uniform(0.1, 0.18)
    corner = random.uniform(0.2, 0.48) * thick
    body = box([0, 0.5 * height, 0], [width, height, thick], corner)
    screen_high = random.uniform(0.86, 0.94) * height if style == "smart" else random.uniform(0.25, 0.45) * height
    top = (height - screen_high) * 0.5 if style == "smart" else 0.08 * height
    middle = np.array([0.0, height - top - 0.5 * screen_high, 0.5 * thick])
    glass = made_of(dark_glass(random), box(middle - [0, 0, 0.01], [0.88 * width, screen_high, 0.022]))
    cut = [box(middle, [0.9 * width, screen_high + 0.02 * width, 0.012])]
    extras: list[Part] = []
    if style == "smart":
        lens = random.uniform(0.03, 0.05)
        bump = np.array([-0.5 * width + 2.4 * lens, height - 2.4 * lens, -0.5 * thick])
        count = int(random.integers(1, 4))
        if random.random() < 0.6:
            extras.append(box(bump - [0, 0.9 * lens * (count - 1), 0], [2.6 * lens, (1.8 * count + 1.0) * lens, 0.03], 0.01))
        extras += [cylinder(bump - [0, 1.8 * k * lens, 0.01], 0.7 * lens, 0.04, rotation=ALONG_Z) for k in range(count)]
        extras += [box([0.5 * width, y * height, 0], [0.014, 0.07 * height, 0.4 * thick]) for y in (0.68, 0.78)]
        return Shape("telephone", [Solid(made_of(case, body), cuts=cut), Solid(glass), Solid(made_of(metal(random), extras))])
    rows, columns = int(random.integers(4, 6)), 3
    room = np.array([0.8 * width / columns, (height - screen_high - 0.2 * height) / rows])
    size = random.uniform(0.6, 0.85) * room
    for row in range(rows):
        for column in range(columns):
            place = [(column - 1) * room[0], 0.07 * height + (row + 0.5) * room[1], 0.5 * thick]
            extras.append(box(place, [size[0], size[1], random.uniform(0.02, 0.04)], 0.009))
    if random.random() < 0.4:
        x = 0.5 * width - 0.05
        extras.append(rod([x, 0.95 * height, 0], [x, height + random.uniform(0.08, 0.3), 0], 0.035, 0.025))
    if random.random() < 0.4:
        extras.append(capsule([-0.06, height - 0.04, 0.5 * thick], [0.06, height - 0.04, 0.5 * thick], 0.01))
    keys = made_of(any_of(random, rubber, plastic), extras)
    return Shape("telephone", [Solid(made_of(case, body), cuts=cut), Solid(glass), Solid(keys)])


def _desk_set(random: Random, case: Material, hung: bool) -> list[Solid]:
    """A body with keys or a dial, a handset in its cradle, and a cord."""
    width, depth = random.uniform(0.5, 0.7), random.uniform(0.5, 0.75)
    back, front = random.uniform(0.18, 0.3), random.uniform(0.06, 0.12)
    # A wedge: its outline in y and z, drawn along x.
    outline = np.array(
        [[front, 0.5 * depth], [back, -0.4 * depth], [back, -0.5 * depth], [0.0, -0.5 * depth], [0.0, 0.5 * depth]]
    )
    outline = outline - [0.5 * front, 0.0]
    upright = turn("z", -0.5 * np.pi)  # takes the polygon's x to -y, its drawing axis to x
    body = extrusion([0, 0.5 * front, 0], outline * [-1.0, 1.0], width, rotation=upright)
    slope = np.arctan2(back - front, 0.9 * depth)
    tilt = turn("x", slope)
    place = np.array([random.uniform(-0.05, 0.15) * width, 0.5 * (front + back) - 0.01, 0.05 * depth])
    keys: list[Part] = []
    if random.random() < 0.4:
        dial = random.uniform(0.13, 0.18)
        keys.append(cylinder(place + [0, 0.01, 0], dial, 0.05, rotation=tilt))
        turns = np.linspace(0.3, 5.4, 10)
        holes = [
            cylinder(place + tilt @ [0.72 * dial * np.cos(t), 0.04, 0.72 * dial * np.sin(t)], 0.16 * dial, 0.05, rotation=tilt)
            for t in turns
        ]
    else:
        holes = []
        pitch = random.uniform(0.07, 0.09)
        for row in range(4):
            for column in range(3):
                offset = tilt @ [(column - 1) * pitch, 0.015, (row - 1.5) * pitch]
                keys.append(box(place + offset, [0.7 * pitch, 0.03, 0.7 * pitch], 0.008, tilt))
    long, grip = random.uniform(0.6, 0.8), random.uniform(0.03, 0.045)
    side_way = random.random() < 0.5
    seat = np.array([0.0, back + 0.03, -0.36 * depth]) if not side_way else np.array([-0.38 * width, back + 0.02, 0.0])
    along = (
        np.array([0.5 * long, 0.0, 0.0])
        if not side_way
        else np.array([0.0, -0.5 * long * np.sin(slope), 0.5 * long * np.cos(slope)])
    )
    rise = np.array([0.0, random.uniform(0.06, 0.1), 0.0])
    path = [seat - along, seat - 0.8 * along + rise, seat + 0.8 * along + rise, seat + along]
    bell = random.uniform(0.06, 0.08)
    handset = [tube(path, grip), *(ellipsoid(seat + s * along, [bell, 0.05, bell]) for s in (-1, 1))]
    cradle = [box(seat + s * 0.5 * along - [0, 0.05, 0], [0.1, 0.12, 0.1]) for s in (-1, 1)]
    count = 24
    curl = np.linspace(0.0, 1.0, 4 * count)
    start = seat - along
    end = np.array([-0.4 * width, 0.05, 0.4 * depth])
    way = (
        start
        + curl[:, None] * (end - start)
        + np.stack([-0.12 * np.sin(np.pi * curl), -0.02 * np.sin(np.pi * curl), 0.03 * np.sin(np.pi * curl)], axis=1)
    )
    cord = tube(way[:: len(way) // 12], 0.012)
    turned = turn("x", 0.5 * np.pi) if hung else np.eye(3)
    solids = [
        Solid([*made_of(case, [body, *cradle])]),
        Solid(made_of(any_of(random, plastic, rubber), keys), cuts=holes),
        Solid([*made_of(any_of(random, plastic, rubber), handset), *made_of(rubber(random), cord)]),
    ]
    return [turned_solid(solid, turned) for solid in solids]


ELECTRONICS = (display, loudspeaker, telephone)
