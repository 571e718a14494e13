# ruff: noqa: RUF005 (here + adds coordinates)
"""Instruments: guitars, long and thin, with strings, pegs and frets. They stand upright and face +z."""

from __future__ import annotations

import numpy as np

from occnet.shapes.families.vehicles import ALONG_Z
from occnet.shapes.materials import any_of, metal, plastic, rubber, wood
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
    rod,
    torus,
    turn,
    turned_solid,
)

Random = np.random.Generator
FLAT = turn("x", 0.5 * np.pi)  # takes a polygon in x and z upright into the plane of x and y, its second axis downward


def guitar(random: Random) -> Shape:
    """A hollow guitar with a sound hole, a solid electric one with horns, or a ukulele; with strings, pegs and a bridge."""
    style = str(random.choice(["acoustic", "electric", "ukulele"], p=[0.45, 0.4, 0.15]))
    upper, lower = random.uniform(0.26, 0.3), random.uniform(0.34, 0.42)
    waist, long = random.uniform(0.19, 0.24), random.uniform(0.85, 1.0)
    if style == "electric":
        waist, long = random.uniform(0.2, 0.26), random.uniform(0.65, 0.8)
    thick = random.uniform(0.035, 0.06) if style == "electric" else random.uniform(0.1, 0.18)
    neck = random.uniform(0.6, 0.75) * (1.3 if style == "electric" else 1.0) * (0.75 if style == "ukulele" else 1.0)
    body_material, top_material = any_of(random, wood, plastic), wood(random)
    outline = _outline(random, upper, waist, lower, long, horns=style == "electric")
    middle = np.array([0.0, 0.0, 0.0])
    body = extrusion(middle, outline, thick, rotation=FLAT)
    front = 0.5 * thick
    top = 0.5 * long
    solids: list[Solid] = []
    if style == "electric":
        pickups = [box([0, y, front], [0.14, 0.035, 0.02]) for y in np.linspace(-0.05, 0.2, int(random.integers(2, 4))) * long]
        knobs = [
            cylinder([0.6 * lower, -0.2 * long - 0.06 * k, front], 0.02, 0.03, rotation=ALONG_Z)
            for k in range(int(random.integers(2, 4)))
        ]
        solids.append(Solid(made_of(body_material, body)))
        solids.append(Solid(made_of(any_of(random, rubber, metal), [*pickups, *knobs])))
    else:
        wall = random.uniform(0.012, 0.02)
        hollow = extrusion(middle, outline * (1.0 - wall / waist), thick - 2.0 * wall, rotation=FLAT)
        hole = cylinder([0, 0.12 * long, front], random.uniform(0.07, 0.1), 4.0 * wall, rotation=ALONG_Z)
        rosette = torus([0, 0.12 * long, front], 0.115, 0.006, rotation=ALONG_Z)
        plate = box([0, 0, front], [3.0, 3.0, 1.2 * wall])
        sheet = Solid(
            made_of(top_material, extrusion(middle + [0, 0, 0.001], outline * 0.995, thick, rotation=FLAT)),
            cuts=[hole],
            keeps=[plate],
        )
        solids += [
            Solid(made_of(body_material, body), cuts=[hollow, hole, plate]),
            sheet,
            Solid(made_of(rubber(random), rosette)),
        ]
    broad, slim = random.uniform(0.05, 0.065), random.uniform(0.02, 0.035)
    nut = top + neck
    wood_neck = wood(random)
    board = [box([0, 0.5 * (top * 0.55 + nut), front + 0.008], [broad, nut - top * 0.55, 0.02])]
    shaft = [capsule([0, 0.6 * top, front - 0.01], [0, nut, front - 0.01], slim * 0.9)]
    frets = [
        box([0, top + (1.0 - 0.944**k) * 1.25 * neck - 0.1 * neck, front + 0.018], [broad, 0.005, 0.006])
        for k in range(2, 14, 2)
    ]
    head_long, head_wide = random.uniform(0.16, 0.24), random.uniform(0.055, 0.075)
    lean = turn("x", -random.uniform(0.0, 0.25))
    corners = np.array([[1.0, 0.5], [-1.0, 0.5], [-0.7, -0.5], [0.7, -0.5]]) * [head_wide, head_long]
    head_middle = np.array([0, nut, front - 0.005]) + lean @ [0, 0.45 * head_long, 0]
    head = [extrusion(head_middle, corners * [1.0, -1.0], 0.025, rotation=lean @ FLAT)]
    pegs: list[Part] = []
    for k in range(2 if style == "ukulele" else 3):
        for side in (-1, 1):
            root = head_middle + lean @ [side * 0.8 * head_wide, (k - 1) * 0.3 * head_long, 0]
            pegs += [
                rod(root, root + lean @ [side * 0.045, 0, 0], 0.011),
                ellipsoid(root + lean @ [side * 0.05, 0, 0], [0.016, 0.02, 0.014]),
            ]
    bridge_y = -0.22 * long
    bridge = [box([0, bridge_y, front + 0.012], [random.uniform(0.12, 0.18), 0.03, 0.028])]
    count = int(random.choice([0, 3, 4]))
    strings = [
        capsule([x * 0.055, bridge_y, front + 0.026], [x * 0.045, nut, front + 0.022], 0.008) for x in np.linspace(-1, 1, count)
    ]
    solids.append(Solid([*made_of(wood_neck, [*shaft, *head]), *made_of(any_of(random, rubber, wood), [*board, *bridge])]))
    solids.append(Solid(made_of(metal(random), [*frets, *pegs, *strings])))
    pose = turn("x", random.uniform(-0.3, 0.0)) if random.random() < 0.5 else np.eye(3)
    return Shape("guitar", [turned_solid(solid, pose) for solid in solids])


def _outline(random: Random, upper: float, waist: float, lower: float, long: float, horns: bool) -> np.ndarray:
    """The outline (M, 2) of a body about its origin, x and minus the height: two bouts and a waist, now and then with horns."""
    angle = np.linspace(0.0, 2.0 * np.pi, 96, endpoint=False)
    up = np.cos(angle)  # 1 at the neck
    width = np.where(up > 0.0, upper, lower)
    narrow = np.exp(-np.square((up - 0.12) / 0.42))
    radius_x = width * (1.0 - narrow) + waist * narrow
    x = np.sin(angle) * radius_x * (1.0 + 0.22 * (1.0 - np.abs(up)))
    y = 0.5 * long * np.sign(up) * np.abs(up) ** 0.9
    if horns:
        left, right = random.uniform(0.0, 0.22, 2)
        bump = np.exp(-np.square((np.abs(angle - np.pi) - 2.45) / 0.2))
        y = y + np.where(x < 0.0, left, right) * bump * 0.6
    elif random.random() < 0.35:  # a cutaway
        y = np.where((x > 0.1 * upper) & (y > 0.0), y * random.uniform(0.72, 0.88), y)
    return np.stack([x, -y], axis=1)


INSTRUMENTS = (guitar,)
