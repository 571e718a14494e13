"""Open walls: pipes, bends, channels, trays, sheets and cells, of which a scan sees both sides close together."""

from __future__ import annotations

import numpy as np

from occnet.shapes.families.free import deformations
from occnet.shapes.families.profiles import regular_polygon, superformula
from occnet.shapes.parts import Part, Shape, Solid, aim, box, cylinder, ellipsoid, extrusion, tube

Random = np.random.Generator


def pipe(random: Random) -> Shape:
    """A straight pipe, round, polygonal or free in outline, open at both ends or with a floor; sometimes with flanges."""
    radius, height = random.uniform(0.06, 0.5), random.uniform(0.1, 1.0)
    wall = min(thickness(random, max(height, 2 * radius)), 0.45 * radius)
    outlines = [regular_polygon(48), regular_polygon(48), regular_polygon(int(random.integers(3, 9))), superformula(random)]
    corners = outlines[int(random.integers(4))]
    flare = random.choice([1.0, random.uniform(0.6, 1.4)])
    low, high = random.choice([-0.1, random.uniform(1.0, 2.0) * wall / height]) * height, 1.1 * height  # of the bore
    start, end = 1.0 + (flare - 1.0) * np.array([low, high]) / height
    bore = extrusion([0, 0.5 * (low + high), 0], (radius - wall) * start * corners, high - low, end / start)
    parts = [extrusion([0, 0.5 * height, 0], radius * corners, height, flare)]
    if flare == 1.0 and random.random() < 0.3:
        thick, rim = random.uniform(1.0, 2.5) * wall, radius + random.uniform(1.0, 4.0) * wall
        parts += [cylinder([0, y, 0], rim, thick) for y in (thick, height - thick)]
    return Shape("pipe", [Solid(parts, cuts=[bore])], deformations(random, 0.25))


def bend(random: Random) -> Shape:
    """A pipe along a curve, cut open at both ends."""
    t = np.linspace(-1.0, 1.0, 14)[:, None]
    curve = 0.5 * random.normal(size=(1, 3)) * t + 0.3 * random.normal(size=(1, 3)) * t**2 + [[0.5, 0.0, 0.0]] * t
    size = float(np.ptp(curve, axis=0).max())
    radius = random.uniform(0.06, 0.2) * size
    wall = min(thickness(random, size), 0.45 * radius)
    cuts: list[Part] = [tube(curve, radius - wall)]
    for end, before in ((curve[0], curve[1]), (curve[-1], curve[-2])):  # the round ends lie beyond these planes
        along = (end - before) / np.linalg.norm(end - before)
        cuts.append(box(end + 1.1 * radius * along, [2.4 * radius, 2.2 * radius, 2.4 * radius], rotation=aim(along)))
    return Shape("bend", [Solid([tube(curve, radius)], cuts=cuts)])


def channel(random: Random) -> Shape:
    """A rolled bar: an L, U, T, H or Z of flat plates, or half a pipe."""
    length, width, tall = random.uniform(0.4, 1.2), random.uniform(0.15, 0.6), random.uniform(0.1, 0.5)
    wall = min(thickness(random, max(length, width, tall)), 0.3 * min(width, tall))
    if random.random() < 0.25:
        radius = 0.5 * width
        inner = cylinder([0, 0, 0], radius - min(wall, 0.45 * radius), 2.0 * length)
        open_side = box([radius * random.uniform(0.6, 1.4), 0, 0], [2 * radius, 2 * length, 3 * radius])
        return Shape("channel", [Solid([cylinder([0, 0, 0], radius, length)], cuts=[inner, open_side])])
    x, y = 0.5 * width - wall, 0.5 * tall - wall  # the inner faces of outer plates
    half, right, top = 0.5 * wall, 0.5 * width + 0.1, 0.5 * tall + 0.1  # beyond the layout
    spaces = {
        "L": [(-x, right, -y, top)],
        "U": [(-x, x, -y, top)],
        "T": [(-right, -half, -y, top), (half, right, -y, top)],
        "H": [(-x, x, half, top), (-x, x, -top, -half)],
        "Z": [(-x, right, half, top), (-right, x, -top, -half)],
    }
    cuts = [
        box([0.5 * (x0 + x1), 0.5 * (y0 + y1), 0], [x1 - x0, y1 - y0, length + 0.2])
        for x0, x1, y0, y1 in spaces[random.choice(sorted(spaces))]
    ]
    return Shape("channel", [Solid([box([0, 0, 0], [width, tall, length])], cuts=cuts)], deformations(random, 0.25))


def tray(random: Random) -> Shape:
    """A flat open box with sharp or rounded corners, often divided."""
    width, depth, tall = random.uniform(0.5, 1.0), random.uniform(0.3, 1.0), random.uniform(0.04, 0.4)
    rounding = random.choice([0.0, random.uniform(0.05, 0.45) * min(width, depth)])
    wall = min(thickness(random, max(width, depth)), 0.3 * tall, 0.8 * rounding or np.inf)

    def outline(inset: float, low: float, high: float) -> Part:
        if rounding == 0.0:
            return box([0, 0.5 * (low + high), 0], [width - 2 * inset, high - low, depth - 2 * inset])
        corner = np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]])
        fans = [regular_polygon(48)[12 * k : 12 * k + 12] for k in range(4)]
        rounded = [
            (rounding - inset) * fan + at * (np.array([0.5 * width, 0.5 * depth]) - rounding)
            for fan, at in zip(fans, corner, strict=True)
        ]
        return extrusion([0, 0.5 * (low + high), 0], np.concatenate(rounded), high - low)

    solids = [Solid([outline(0.0, 0.0, tall)], cuts=[outline(wall, random.uniform(1.0, 2.0) * wall, tall + 0.1)])]
    inside = [outline(0.5 * wall, -0.1, tall + 0.1)]
    for across in range(2):
        high, low = random.uniform(0.5, 0.98) * tall, 0.5 * wall
        for place in np.linspace(-0.5, 0.5, int(random.integers(2, 6)))[1:-1] * (random.random() < 0.5):
            middle, edges = [0.0, 0.5 * (low + high), 0.0], [width, high - low, depth]
            middle[2 * across], edges[2 * across] = place * edges[2 * across], wall
            solids.append(Solid([box(middle, edges)], keeps=inside))
    return Shape("tray", solids, deformations(random, 0.15))


def sheet(random: Random) -> Shape:
    """A plate, flat or cut from a cylinder's or an ellipsoid's shell, with or without holes."""
    width, depth = random.uniform(0.4, 1.0, 2)
    wall = thickness(random, max(width, depth))
    radius = random.uniform(0.55, 1.5)
    style = random.choice(["plate", "arch", "dome"])
    deep = 3.0 * wall if style == "plate" else radius - np.sqrt(radius**2 - 0.25 * width**2) + 3.0 * wall  # from its top
    middle = 1.5 * wall - 0.5 * deep
    if style == "plate":
        outer, inner = box([0, 0, 0], [1.1 * width, wall, 1.1 * depth]), []
    elif style == "arch":
        along = aim([0.0, 0.0, 1.0])
        outer, *inner = (cylinder([0, -radius, 0], radius - inset, 1.1 * depth, rotation=along) for inset in (0.0, wall))
    else:
        radii = np.array([radius, radius, random.uniform(0.55, 2.0)])
        outer, *inner = (ellipsoid([0, -radius, 0], radii - inset) for inset in (0.0, wall))
    frame = box([0, middle, 0], [width, deep, depth]) if random.random() < 0.7 else cylinder([0, middle, 0], 0.5 * width, deep)
    holes = []
    for _ in range(int(random.integers(0, 5))):
        x, z = random.uniform(-0.4, 0.4, 2) * [width, depth]
        holes.append(cylinder([x, middle, z], random.uniform(0.03, 0.12), deep))
    return Shape("sheet", [Solid([outer], cuts=[*inner, *holes], keeps=[frame])], deformations(random, 0.3))


def cells(random: Random) -> Shape:
    """A layout with rows of bores or shafts whose walls are thin."""
    size = random.uniform(0.3, 1.0, 3)
    columns, rows = (int(count) for count in random.integers(1, 5, 2))
    pitch = np.array([size[0] / columns, size[2] / rows])
    wall = min(thickness(random, float(size.max())), 0.4 * float(pitch.min()))
    floor = random.choice([-1.0, random.uniform(1.0, 2.0) * wall])
    round_ones = random.random() < 0.4
    cuts: list[Part] = []
    for x in (np.arange(columns) + 0.5) * pitch[0] - 0.5 * size[0]:
        for z in (np.arange(rows) + 0.5) * pitch[1] - 0.5 * size[2]:
            middle, tall = [x, 0.5 * (floor + size[1] + 1.0), z], size[1] + 1.0 - floor
            if round_ones:
                cuts.append(cylinder(middle, 0.5 * (float(pitch.min()) - wall), tall))
            else:
                cuts.append(box(middle, [pitch[0] - wall, tall, pitch[1] - wall]))
    layout = box([0, 0.5 * size[1], 0], [size[0] + wall, size[1], size[2] + wall])
    return Shape("cells", [Solid([layout], cuts=cuts)], deformations(random, 0.2))


def thickness(random: Random, size: float) -> float:
    """A wall for a shape of a size: 0.8 to 6 % of it, all factors equally frequent, so that thin ones are not rare."""
    return size * float(np.exp(random.uniform(np.log(0.008), np.log(0.06))))


WALLS = (pipe, pipe, bend, channel, tray, sheet, cells)
