"""What parts are made of: wood, metal, cloth, plastic and screens, as colours at points of a part's own coordinates."""

from __future__ import annotations

import colorsys
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Random = np.random.Generator
Colors = NDArray[np.float64]  # (N, 3) sRGB, 0 to 1


@dataclass(frozen=True)
class Material:
    """A procedural texture. Lengths are in the units of the shape that is made of it."""

    kind: str  # a key of PATTERNS
    color: tuple[float, float, float]  # sRGB, 0 to 1
    accent: tuple[float, float, float]  # the other colour of its pattern
    grain: float = 0.05  # length of its pattern
    phase: float = 0.0  # where the pattern begins, radians

    def colors(self, points: NDArray) -> Colors:
        """The colours (N, 3) at points (N, 3) in the part's own coordinates."""
        share = np.clip(PATTERNS[self.kind](self, np.asarray(points, dtype=np.float64)), 0.0, 1.0)[:, None]
        return (1.0 - share) * np.array(self.color) + share * np.array(self.accent)


def _waves(points: NDArray, phase: float) -> NDArray:
    """A smooth wandering value (N,) about 0, within [-1, 1]: a few sines in fixed, unrelated directions."""
    headings = np.array([[1.0, 0.31, 0.17], [-0.43, 1.3, 0.57], [0.61, -0.29, 1.7], [1.9, 1.1, -0.83]])
    return np.sin(points @ headings.T + phase + np.arange(4)).mean(axis=1)


def _plain(material: Material, points: NDArray) -> NDArray:
    del material
    return np.zeros(len(points))


def _rings(material: Material, points: NDArray) -> NDArray:
    """Year rings of a trunk far beside the part, drawn out along y, with knots and waves."""
    place = points / material.grain
    wander = _waves(0.4 * place * [1.0, 0.12, 1.0], material.phase)
    radius = np.hypot(place[:, 0] + 7.0 * np.cos(material.phase), place[:, 2] + 7.0 * np.sin(material.phase))
    return 0.5 + 0.5 * np.sin(2.0 * np.pi * (radius + wander))


def _brushed(material: Material, points: NDArray) -> NDArray:
    """Faint streaks along y."""
    place = points / material.grain
    return 0.5 + 0.5 * _waves(place * [9.0, 0.4, 9.0], material.phase)


def _stripes(material: Material, points: NDArray) -> NDArray:
    return (np.sin(2.0 * np.pi * points[:, 0] / material.grain + material.phase) > 0.3).astype(float)


def _checks(material: Material, points: NDArray) -> NDArray:
    cells = np.floor(points / material.grain + 0.01 * material.phase)
    return 0.5 * np.mod(cells[:, [0, 2]], 2.0).sum(axis=1)


def _mottled(material: Material, points: NDArray) -> NDArray:
    return 0.5 + 0.5 * _waves(3.0 * points / material.grain, material.phase)


PATTERNS: dict[str, Callable[[Material, NDArray], NDArray]] = {
    "plain": _plain,
    "rings": _rings,
    "brushed": _brushed,
    "stripes": _stripes,
    "checks": _checks,
    "mottled": _mottled,
}
"""Each texture: how much of the accent shows (N,), at points (N, 3)."""


def _hue(hue: float, saturation: float, value: float) -> tuple[float, float, float]:
    return colorsys.hsv_to_rgb(hue % 1.0, min(max(saturation, 0.0), 1.0), min(max(value, 0.0), 1.0))


def wood(random: Random) -> Material:
    """Light or dark wood with year rings."""
    hue, value = random.uniform(0.05, 0.11), random.uniform(0.3, 0.85)
    color, accent = _hue(hue, random.uniform(0.4, 0.65), value), _hue(hue - 0.01, 0.65, 0.8 * value)
    return Material("rings", color, accent, random.uniform(0.015, 0.05), random.uniform(0.0, 6.3))


def metal(random: Random) -> Material:
    """Grey, dark, golden or painted metal."""
    hue, saturation = random.choice([0.1, 0.6]), random.choice([0.02, 0.06, 0.45], p=[0.6, 0.25, 0.15])
    value = random.uniform(0.25, 0.85)
    accent = _hue(hue, saturation, value + random.uniform(-0.1, 0.1))
    return Material("brushed", _hue(hue, saturation, value), accent, random.uniform(0.02, 0.08), random.uniform(0.0, 6.3))


def cloth(random: Random) -> Material:
    """Cloth or leather of any colour: mottled, striped or checked."""
    kind = str(random.choice(["mottled", "stripes", "checks"], p=[0.7, 0.18, 0.12]))
    hue, saturation, value = random.uniform(), random.uniform(0.05, 0.75), random.uniform(0.2, 0.9)
    accent = _hue(hue + random.uniform(-0.04, 0.04), saturation, value * random.uniform(0.75, 0.95))
    if kind != "mottled":
        accent = _hue(random.uniform(), random.uniform(0.0, 0.7), random.uniform(0.3, 1.0))
    return Material(kind, _hue(hue, saturation, value), accent, random.uniform(0.03, 0.09), random.uniform(0.0, 6.3))


def plastic(random: Random) -> Material:
    """Plastic or lacquer of any one colour, often white, grey or black."""
    saturation = random.choice([0.0, random.uniform(0.4, 0.95)], p=[0.45, 0.55])
    color = _hue(random.uniform(), saturation, random.uniform(0.08, 0.95))
    return Material("plain", color, color)


def dark_glass(random: Random) -> Material:
    """The nearly black of screens and windows."""
    color = _hue(random.uniform(0.5, 0.7), random.uniform(0.1, 0.4), random.uniform(0.06, 0.22))
    return Material("plain", color, color)


def rubber(random: Random) -> Material:
    """The dark grey of tyres, handles and cables."""
    value = random.uniform(0.08, 0.18)
    return Material("plain", (value, value, value), (value, value, value))


def any_of(random: Random, *makers: Callable[[Random], Material]) -> Material:
    """A material by one of the makers."""
    return makers[random.integers(len(makers))](random)
