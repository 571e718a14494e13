"""The materials that an OBJ file names: colours and textures from the .mtl files beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from occnet.files.material_colors import Material, Textures
from occnet.files.srgb import linear
from occnet.files.tables import lines_of

PLAIN = Material(np.ones(3))


def read_materials(folder: Path, libraries: Sequence[str]) -> dict[str, Material]:
    """The materials by name, from the .mtl files of these names in a folder; what is missing or damaged is passed over.

    Colours (Kd) count as sRGB; a texture (map_Kd) stands for the colour. Nothing outside the folder is read.
    """
    found: dict[str, Material] = {}
    textures = Textures()
    for library in libraries:
        path = _within(folder, library)
        if path is None:
            continue
        name, color, texture = "", np.ones(3, np.float32), None
        for line in [*lines_of(path.read_text(encoding="utf-8", errors="replace")), "newmtl"]:
            keyword, _, rest = line.strip().replace("\t", " ").partition(" ")
            if keyword == "newmtl":
                found[name] = Material(np.ones(3), texture) if texture is not None else Material(color)
                name, color, texture = rest.strip(), np.ones(3, np.float32), None
            elif keyword == "Kd":
                color = _color(rest)
            elif keyword.lower() == "map_kd":
                texture = _texture(folder, rest.strip(), textures)
    return found


def light_of_faces(
    named: Sequence[str], materials: Mapping[str, Material], places: NDArray[np.float64], corners: NDArray[np.int64]
) -> NDArray[np.float32]:
    """Linear RGB at the corners of faces, (F, 3, 3).

    named: the material of each face, (F,). places: (T, 2) in textures. corners: (F, 3) the place of each corner, -1 for none.
    """
    light = np.ones((len(named), 3, 3), dtype=np.float32)
    names, which = np.unique(np.array(named, dtype=object).astype(str), return_inverse=True)
    for number, name in enumerate(names):
        here = np.flatnonzero(which == number)
        material = materials.get(str(name), PLAIN)
        placed = len(places) > 0 and bool((corners[here] >= 0).all())
        light[here] = material.light(places[corners[here]] if placed else None, len(here))
    return light


def _within(folder: Path, name: str) -> Path | None:
    """The file of that name in the folder, None where there is none or it lies outside."""
    try:
        path = (folder / name.strip().replace("\\", "/")).resolve()
        return path if path.is_relative_to(folder.resolve()) and path.is_file() else None
    except (OSError, ValueError):
        return None


def _color(text: str) -> NDArray[np.float32]:
    try:
        values = np.array([float(word) for word in text.split()[:3]])
    except ValueError:
        return np.ones(3, np.float32)
    return linear(255 * np.clip(values, 0.0, 1.0)) if len(values) == 3 else np.ones(3, np.float32)


def _texture(folder: Path, text: str, textures: Textures) -> NDArray[np.uint8] | None:
    """The texture that a map_Kd statement names: all of its text, or, after options, the last word."""
    for name in (text, text.rpartition(" ")[2]):
        path = _within(folder, name)
        if path is not None:
            return textures.pixels(path)
    return None
