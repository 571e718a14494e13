# ruff: noqa: RUF005 (here + adds coordinates)
"""Craft of air and water: airplanes and boats, with wings, sails and rails. They head along +x; y is up."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from occnet.shapes.families.vehicles import ALONG_X, ALONG_Z
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
    torus,
    turn,
)

Random = np.random.Generator
UPRIGHT_FLAT = turn("x", -0.5 * np.pi)  # takes a polygon in x and z into the plane of x and y


def wing(root: np.ndarray, span: float, chord: float, thick: float, *, sweep: float, side: float, rise: float = 0.0) -> Part:
    """A thin wing from its root outward along side * z, tapering to half, swept back, its tips raised."""
    section = np.array([[0.5, 0.0], [0.35, 0.5], [-0.1, 0.5], [-0.5, 0.28], [-0.5, -0.28], [0.0, -0.5], [0.35, -0.5]])
    outward = np.array([-sweep, rise, side])
    outward /= np.linalg.norm(outward)
    ahead = np.cross(outward, [0, 1.0, 0])
    ahead /= np.linalg.norm(ahead)
    rotation = np.stack([ahead, outward, np.cross(ahead, outward)], axis=1)
    if rotation[0, 0] < 0.0:
        rotation[:, [0, 2]] *= -1.0
    return extrusion(root + 0.5 * span * outward, section * [chord, thick], span, 0.58, rotation)


def airplane(random: Random) -> Shape:
    """An airliner, one with a propeller, a fighter, a glider or a biplane."""
    style = str(random.choice(["airliner", "propeller", "fighter", "glider", "biplane"], p=[0.35, 0.22, 0.2, 0.1, 0.13]))
    paint, trim = any_of(random, plastic, metal, metal), any_of(random, plastic, metal)
    thick = random.uniform(0.045, 0.075) if style != "glider" else random.uniform(0.025, 0.04)
    t = np.linspace(0.0, 1.0, 24)
    blunt, tail = random.uniform(0.5, 0.75), random.uniform(0.3, 0.5)
    # From the tail at 0 to the nose at 1.
    radius = thick * np.clip(np.minimum((t / tail) ** 0.7, ((1.01 - t) / random.uniform(0.1, 0.18)) ** blunt), 0.0, 1.0)
    parts = made_of(paint, revolution([0, 0, 0], np.stack([t - 0.5, np.maximum(radius, 0.006)], axis=1), ALONG_X))
    sheet = random.uniform(0.018, 0.028)
    tails = made_of(trim, _tail(random, style, thick, sheet))
    if style == "fighter":
        return Shape("airplane", [Solid([*parts, *_fighter(random, thick, sheet, paint), *tails])])
    chord = random.uniform(0.12, 0.2) * (0.6 if style == "glider" else 1.0)
    span = random.uniform(0.33, 0.48) * (1.25 if style == "glider" else 1.0)
    sweep = random.uniform(0.25, 0.6) if style == "airliner" else random.uniform(0.0, 0.12)
    place, level = random.uniform(-0.02, 0.12), random.choice([-0.6, -0.5, 0.7]) * thick
    rise = random.uniform(0.03, 0.14)
    for side in (-1, 1):
        parts += made_of(
            paint, wing(np.array([place, level, 0.0]), span, chord, 1.3 * sheet, sweep=sweep, side=side, rise=rise)
        )
    if style == "biplane":
        gap = random.uniform(0.13, 0.19)
        for side in (-1, 1):
            upper = np.array([place + 0.03, level + gap, 0.0])
            parts += made_of(paint, wing(upper, 1.05 * span, chord, 1.3 * sheet, sweep=sweep, side=side, rise=rise))
            struts = [
                rod(
                    [place + x, level + rise * d * span, side * d * span],
                    [place + 0.03 + x, level + gap + rise * d * span, side * d * span],
                    0.007,
                )
                for d in (0.3, 0.7)
                for x in (-0.03, 0.04)
            ]
            parts += made_of(trim, struts)
    if style == "airliner":
        parts += made_of(trim, _jets(random, thick, place, level, span, sweep, rise))
        windows = dark_glass(random)
        glass = made_of(windows, ellipsoid([0.42, 0.55 * thick, 0], [0.03, 0.25 * thick, 0.5 * thick]))
        return Shape("airplane", [Solid([*parts, *tails, *glass])])
    canopy = ellipsoid([place + 0.12, 0.75 * thick, 0], [random.uniform(0.08, 0.13), 0.75 * thick, 0.6 * thick])
    glass = made_of(dark_glass(random), canopy)
    if style == "glider":
        return Shape("airplane", [Solid([*parts, *tails, *glass])])
    blades = int(random.integers(2, 4))
    start = random.uniform(0.0, np.pi)
    reach = random.uniform(0.1, 0.15)
    for k in range(blades if blades > 2 else 1):
        angle = start + np.pi * k / blades * (2 if blades > 2 else 1)
        parts += made_of(trim, ellipsoid([0.505, 0, 0], [0.008, reach, 0.014], turn("x", angle)))
    parts += made_of(trim, ellipsoid([0.5, 0, 0], [0.035, 0.025, 0.025]))
    for side in (-1, 1):
        foot = np.array([place + 0.08, -thick - random.uniform(0.05, 0.08), side * 0.09])
        parts += made_of(trim, capsule([place + 0.06, -0.6 * thick, side * 0.02], foot, 0.007))
        parts += made_of(rubber(random), cylinder(foot, 0.03, 0.018, rotation=ALONG_Z))
    return Shape("airplane", [Solid([*parts, *tails, *glass])])


def _tail(random: Random, style: str, thick: float, sheet: float) -> list[Part]:
    """The planes at the end: one fin with level ones low or on its top, or two fins that lean outward."""
    tall, chord = random.uniform(0.12, 0.2), random.uniform(0.08, 0.13)
    sweep = random.uniform(0.2, 0.8)
    root = np.array([-0.43, 0.25 * thick, 0.0])

    def fin(foot: np.ndarray, lean: float) -> Part:
        corners = np.array(
            [[0.6 * chord, 0.0], [-0.4 * chord, 0.0], [-0.4 * chord - sweep * tall, tall], [0.1 * chord - sweep * tall, tall]]
        )
        middle = corners.mean(axis=0)
        place = foot + turn("x", lean) @ [middle[0], middle[1], 0.0]
        return extrusion(place, (corners - middle) * [1.0, -1.0], sheet, rotation=turn("x", lean) @ turn("x", 0.5 * np.pi))

    if style == "fighter" and random.random() < 0.6:
        fins = [fin(root + [0.03, 0, s * thick], s * random.uniform(0.1, 0.4)) for s in (-1, 1)]
    else:
        fins = [fin(root, 0.0)]
    high = len(fins) == 1 and random.random() < 0.3
    level = root + ([-0.9 * sweep * tall, 0.95 * tall, 0.0] if high else [0.0, 0.0, 0.0])
    span = random.uniform(0.13, 0.2)
    return fins + [wing(level, span, 0.8 * chord, sheet, sweep=0.6 * sweep, side=s, rise=0.05) for s in (-1, 1)]


def _jets(random: Random, thick: float, place: float, level: float, span: float, sweep: float, rise: float) -> list[Part]:
    """Two or four engines under the wings, or two at the tail."""
    wide, long = random.uniform(0.022, 0.034), random.uniform(0.1, 0.15)
    if random.random() < 0.25:
        return [
            part
            for s in (-1, 1)
            for part in (
                cylinder([-0.3, 0.35 * thick, s * (thick + 1.2 * wide)], wide, long, 0.8 * wide, ALONG_X),
                box([-0.3, 0.35 * thick, s * thick], [0.5 * long, 0.012, 3.0 * wide], 0.005),
            )
        ]
    parts: list[Part] = []
    along = np.array([-sweep, rise, 1.0]) / np.sqrt(1.0 + sweep**2 + rise**2)
    for share in (0.33, 0.6)[: int(random.integers(1, 3))]:
        for side in (-1, 1):
            under = np.array([place, level, 0.0]) + share * span * along * [1.0, 1.0, side]
            centre = under + [0.05, -1.5 * wide, 0.0]
            parts.append(cylinder(centre, 0.75 * wide, long, wide, ALONG_X))
            parts.append(box(under + [0.02, -0.7 * wide, 0], [0.06, 1.4 * wide, 0.01]))
    return parts


def _fighter(random: Random, thick: float, sheet: float, paint: Material) -> list[Part]:
    """A delta or swept wings, an intake at each side, a canopy, and now and then rockets under the wings."""
    half, root = random.uniform(0.25, 0.36), random.uniform(0.3, 0.5)
    tip = random.uniform(0.02, 0.2) * root
    place = random.uniform(-0.15, -0.05)
    parts: list[Part] = []
    for side in (-1, 1):
        outline = np.array([[0.5 * root, 0.0], [-0.5 * root, 0.0], [-0.5 * root, half], [tip - 0.5 * root, half]])
        middle = outline.mean(axis=0)
        corners = (outline - middle) * [1.0, side]
        parts += made_of(paint, extrusion([place + middle[0], 0.0, side * middle[1]], corners, sheet, random.uniform(0.9, 1.0)))
        parts += made_of(
            paint, box([0.05, -0.1 * thick, side * thick], [random.uniform(0.2, 0.35), 1.1 * thick, 0.8 * thick], 0.2 * thick)
        )
        parts += made_of(metal(random), cylinder([-0.48, 0, side * 0.5 * thick], 0.5 * thick, 0.12, 0.6 * thick, ALONG_X))
        if random.random() < 0.5:
            z = side * random.uniform(0.5, 0.8) * half
            parts += made_of(plastic(random), capsule([place - 0.1, -0.03, z], [place + 0.08, -0.03, z], 0.012))
    canopy = ellipsoid([0.22, 0.75 * thick, 0], [random.uniform(0.1, 0.14), 0.7 * thick, 0.55 * thick])
    return [*parts, *made_of(dark_glass(random), canopy), *made_of(metal(random), capsule([0.48, 0, 0], [0.56, 0, 0], 0.006))]


def boat(random: Random) -> Shape:
    """A rowing boat, a sailing boat, a motor boat, a ship with a bridge, or a canoe."""
    style = str(random.choice(["row", "sail", "motor", "ship", "canoe"], p=[0.2, 0.28, 0.22, 0.2, 0.1]))
    beam, draft = random.uniform(0.13, 0.2), random.uniform(0.11, 0.18)
    wall, paint, inner = random.uniform(0.012, 0.025), any_of(random, wood, plastic, metal), any_of(random, wood, plastic)
    if style == "canoe":
        beam, draft = 0.6 * beam, 0.7 * draft
    below = box([0, -0.15, 0], [1.1, 0.3, 0.6])
    stern = -random.uniform(0.36, 0.46) if style != "canoe" else -0.6
    cut = box([stern - 0.2, 0, 0], [0.4, 1.5, 0.8])
    hull, within = ellipsoid([0, 0, 0], [0.5, draft, beam]), ellipsoid([0, 0, 0], [0.499, 0.999 * draft, 0.999 * beam])
    if style in ("ship", "motor") or (style == "sail" and random.random() < 0.5):  # decked
        deck = random.uniform(-0.02, -0.005)
        well = box([-0.2, deck, 0], [random.uniform(0.2, 0.34), 0.1, 1.1 * beam])
        solids = [Solid(made_of(paint, hull), cuts=[cut, *([well] if style != "ship" else [])], keeps=[below])]
    else:
        hollow = ellipsoid([0, 0, 0], [0.5 - 2 * wall, draft - wall, beam - wall])
        solids = [Solid(made_of(paint, hull), cuts=[hollow, cut], keeps=[below])]
        if style != "canoe":
            solids.append(
                Solid(made_of(paint, box([stern + 0.012, -0.5 * draft, 0], [0.025, draft, 2 * beam])), keeps=[within, below])
            )
        benches = [
            box([x, -0.25 * draft, 0], [0.06, 0.02, 2 * beam]) for x in np.linspace(-0.22, 0.25, int(random.integers(2, 5)))
        ]
        solids.append(
            Solid(made_of(inner, [*benches, box([0, -0.75 * draft, 0], [0.9, 0.02, 2 * beam])]), keeps=[within], cuts=[cut])
        )
    trim = any_of(random, metal, wood)
    if style == "sail":
        solids += _rig(random, draft, trim)
    elif style == "motor":
        tall = random.uniform(0.07, 0.12)
        corners = np.array([[0.2, 0.8 * beam], [-0.14, 0.8 * beam], [-0.14, -0.8 * beam], [0.2, -0.8 * beam]])
        solids.append(Solid(made_of(paint, extrusion([0.06, 0.5 * tall - 0.01, 0], corners, tall, random.uniform(0.6, 0.85)))))
        solids.append(
            Solid(
                made_of(dark_glass(random), extrusion([0.075, 0.55 * tall, 0], 1.01 * corners * [1.0, 0.98], 0.45 * tall, 0.82))
            )
        )
        solids.append(Solid(_rails(beam, trim)))
        solids.append(Solid(made_of(rubber(random), box([stern - 0.01, -0.02, 0], [0.06, 0.12, 0.06], 0.02))))
        if random.random() < 0.5:
            solids.append(
                Solid(
                    made_of(
                        trim,
                        [
                            torus([0.0, tall + 0.05, 0], 0.09, 0.008),
                            *(
                                rod([x, tall - 0.02, s * 0.07], [x, tall + 0.05, s * 0.07], 0.007)
                                for x in (-0.05, 0.05)
                                for s in (-1, 1)
                            ),
                        ],
                    )
                )
            )
    elif style == "ship":
        solids += _ship(random, beam, stern, trim)
    else:
        angle = random.uniform(0.2, 0.7)
        oars = []
        for side in (-1, 1):
            lock, blade = np.array([0.02, 0.01, side * beam]), np.array([-0.2, -0.03 - 0.1 * angle, side * (beam + 0.25)])
            oars += [rod(lock - 0.5 * (blade - lock) + [0, 0.02, 0], blade, 0.009), ellipsoid(blade, [0.05, 0.012, 0.03])]
        if random.random() < 0.7:
            solids.append(Solid(made_of(wood(random), oars)))
    return Shape("boat", solids)


def _rig(random: Random, draft: float, trim: Material) -> list[Solid]:
    """A mast with a main sail, and perhaps a jib; a keel or a rudder below."""
    tall, place = random.uniform(0.7, 1.1), random.uniform(0.02, 0.14)
    long = random.uniform(0.3, 0.45)
    thin, canvas = random.uniform(0.009, 0.014), cloth(random)
    spars = [rod([place, -0.9 * draft, 0], [place, 1.05 * tall, 0], 0.013, 0.009)]
    spars.append(rod([place, 0.12 * tall, 0], [place - long, 0.12 * tall, 0], 0.01))

    def sail(corners: np.ndarray) -> Part:
        middle = corners.mean(axis=0)
        return extrusion([middle[0], middle[1], 0], (corners - middle) * [1.0, -1.0], thin, rotation=turn("x", 0.5 * np.pi))

    sails = [sail(np.array([[place, 0.13 * tall], [place - long, 0.13 * tall], [place - 0.01, tall]]))]
    if random.random() < 0.65:
        sails.append(
            sail(np.array([[place + 0.015, 0.1 * tall], [0.45, 0.04], [place + 0.02, random.uniform(0.7, 0.9) * tall]]))
        )
        spars.append(rod([0.46, 0.02, 0], [place, 1.0 * tall, 0], 0.0055))
    keel: list[Part] = []
    if random.random() < 0.5:
        keel += [box([0.0, -1.5 * draft, 0], [0.16, 1.4 * draft, 0.02]), ellipsoid([0, -2.2 * draft, 0], [0.12, 0.02, 0.025])]
    keel.append(box([-0.38, -0.9 * draft, 0], [0.06, 1.2 * draft, 0.014]))
    return [Solid(made_of(canvas, sails)), Solid(made_of(trim, [*spars, *keel]))]


def _rails(beam: float, trim: Material) -> list[Part]:
    """A rail around the bow on posts."""
    turns = np.linspace(-0.75, 0.75, 9)
    rim = np.stack([0.46 * np.cos(turns), 0 * turns, 0.92 * beam * np.sin(turns)], axis=1)
    rails = [capsule(a + [0, 0.06, 0], b + [0, 0.06, 0], 0.0055) for a, b in pairwise(rim)]
    return made_of(trim, rails + [rod(p - [0, 0.02, 0], p + [0, 0.06, 0], 0.005) for p in rim[::2]])


def _ship(random: Random, beam: float, stern: float, trim: Material) -> list[Solid]:
    """A bridge with floors at the stern or amidships, funnels, and containers or cranes on the deck."""
    place = stern + random.uniform(0.12, 0.2) if random.random() < 0.6 else 0.0
    floors, step = int(random.integers(2, 5)), random.uniform(0.04, 0.06)
    white, glass = plastic(random), dark_glass(random)
    house, panes = [], []
    wide, long = 1.5 * beam, random.uniform(0.12, 0.2)
    for k in range(floors):
        shrink = 1.0 - 0.12 * k
        house.append(box([place, (k + 0.5) * step - 0.01, 0], [long * shrink, 1.05 * step, wide * shrink]))
        panes.append(box([place, (k + 0.6) * step, 0], [1.01 * long * shrink, 0.35 * step, 0.92 * wide * shrink]))
    top = floors * step
    funnels = [cylinder([place - 0.04 + 0.07 * k, top + 0.04, 0], 0.025, 0.12, 0.02) for k in range(int(random.integers(1, 3)))]
    mast = [rod([place + 0.05, top, 0], [place + 0.05, top + random.uniform(0.1, 0.2), 0], 0.008, 0.005)]
    solids = [Solid(made_of(white, house)), Solid(made_of(glass, panes)), Solid(made_of(trim, [*funnels, *mast]))]
    start, end = place + 0.6 * long + 0.03, 0.36
    if end - start > 0.15 and random.random() < 0.7:
        count = int(random.integers(2, 6))
        pitch = (end - start) / count
        for k in range(count):
            x = start + (k + 0.5) * pitch
            tall, side = random.uniform(0.03, 0.09), random.uniform(0.5, 0.62) * beam * (1.0 - 1.2 * max(x, 0.0) ** 1.5)
            solids.append(
                Solid(made_of(any_of(random, plastic, metal), box([x, 0.5 * tall - 0.01, 0], [0.85 * pitch, tall, 2.0 * side])))
            )
    elif end - start > 0.15:
        x = 0.5 * (start + end)
        crane = [
            rod([x, -0.01, 0], [x, 0.16, 0], 0.014),
            capsule([x, 0.12, 0], [x + 0.16, 0.2, 0], 0.009),
            capsule([x, 0.16, 0], [x + 0.16, 0.2, 0], 0.005),
        ]
        solids.append(Solid(made_of(trim, crane)))
    solids.append(Solid(_rails(beam, trim)))
    return solids


CRAFTS = (airplane, airplane, boat)
