"""What columns are called: many programs' names for positions, normals and colours, in one spelling."""

from __future__ import annotations

import re
from collections.abc import Sequence

POSITION, NORMAL, COLOR = ("x", "y", "z"), ("nx", "ny", "nz"), ("red", "green", "blue")
ANGLES = {"latitude", "longitude", "lat", "lon", "lng"}  # positions, but no lengths

_UNIT = re.compile(r"[(\[{<][^()\[\]{}<>]*[)\]}>]|(?<=[a-z])[_ ](m|mm|cm|km|in|ft|us-?ft|met(er|re)s?|feet)$")
_AXIS = ["coord", "coordinate", "position", "pos", "point", "points", "p", "cartesian", "val", "value"]
_NAMES: dict[str, str] = {}
for _number, _axis in enumerate("xyz"):
    _NAMES |= {f"{_axis}{word}": _axis for word in _AXIS} | {f"{word}{_axis}": _axis for word in _AXIS}
    _NAMES |= {f"points{_number}": _axis, f"coordinates{_number}": _axis, f"normals{_number}": f"n{_axis}"}
    _NAMES |= {name: f"n{_axis}" for name in (f"normal{_axis}", f"{_axis}normal", f"norm{_axis}", f"surfacenormal{_axis}")}
_NAMES |= dict.fromkeys(("east", "easting", "eastings", "rechtswert", "ostwert"), "x")
_NAMES |= dict.fromkeys(("north", "northing", "northings", "hochwert", "nordwert"), "y")
_NAMES |= dict.fromkeys(("elevation", "elev", "height", "altitude", "alt", "höhe", "hoehe"), "z")
for _number, _color in enumerate(COLOR):
    _letter = _color[0]
    _NAMES |= dict.fromkeys((_letter, f"{_letter}f", f"rgb{_number}", f"rgb{_letter}", f"scalar{_color}"), _color)
    _NAMES |= {f"{word}{_color}": _color for word in ("color", "colour", "diffuse")}
_LETTERS = {"e": "x", "n": "y", "h": "z"}  # that stand for these where nothing else does


def plain(name: str) -> str:
    """A name in one spelling: "X (m)", "Easting" and "points:0" are "x", "Normal_X" is "nx", "R" is "red"."""
    bare = _UNIT.sub("", name.strip().strip("\"'").lower()).strip()
    bare = re.sub(r"[\W_]", "", bare)
    return _NAMES.get(bare, bare)


def places_of(names: Sequence[str], wanted: Sequence[str]) -> list[int] | None:
    """Where the wanted names (POSITION, ...) stand among names in one spelling; None when one is missing."""
    places = []
    for name in wanted:
        other = next((letter for letter, axis in _LETTERS.items() if axis == name), None)
        found = next((spelling for spelling in (name, other) if spelling in names), None)
        if found is None:
            return None
        places.append(names.index(found))
    return places
