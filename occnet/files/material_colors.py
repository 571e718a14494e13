"""Colours of materials and textures at the corners of faces, and meshes whose vertices carry them."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from occnet.files.contents import Contents
from occnet.files.images import FORMATS
from occnet.files.limits import read_limit
from occnet.files.srgb import displayed, linear

IMAGES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tga", ".tif", ".tiff")  # suffixes of textures that are read
TEXTURES = (*FORMATS, "TGA")  # as Pillow calls them
MOST_PIXELS = 1 << 27  # of a texture: a small file may promise a picture of terabytes

_STEPS = 5
_LATTICE = np.array([(i, j, _STEPS - i - j) for i in range(_STEPS + 1) for j in range(_STEPS + 1 - i)])
_NEAREST = (_LATTICE[_LATTICE[:, 0] == _LATTICE.max(axis=1)] + 1 / 3) / (_STEPS + 1)  # inner points nearest to corner 0


@dataclass(frozen=True, eq=False)
class Material:
    """What a surface looks like in plain light: a colour, times a texture where there is one."""

    factor: NDArray[np.floating]  # (3,) linear RGB
    texture: NDArray[np.uint8] | None = None  # (H, W, 3) sRGB, the uppermost row first

    def light(self, places: NDArray | None, faces: int) -> NDArray[np.float32]:
        """Linear RGB at the corners of faces, (F, 3, 3).

        places: (F, 3, 2) of each corner in the texture, from (0, 0) at its lower left to (1, 1), repeated beyond. Each corner
        gets the mean over the third of its face that is nearest to it, so that a coarse mesh has the texture's mean colours.
        """
        if self.texture is None or places is None:
            return np.broadcast_to(np.asarray(self.factor, dtype=np.float32), (faces, 3, 3))
        table, (height, width) = linear(np.arange(256)), self.texture.shape[:2]
        places = np.nan_to_num(np.asarray(places, dtype=np.float64))
        corners = []
        for corner in range(3):
            u, v = np.einsum("pk,fki->ipf", np.roll(_NEAREST, corner, axis=1), places)
            column = np.minimum((u - np.floor(u)) * width, width - 1).astype(np.int64)
            row = np.minimum((np.ceil(v) - v) * height, height - 1).astype(np.int64)
            corners.append(table[self.texture[row, column]].mean(axis=0))
        return (np.stack(corners, axis=1) * self.factor).astype(np.float32)


class Textures:
    """The textures of one mesh, each decoded once, and no more of them than memory allows."""

    def __init__(self) -> None:
        self._decoded: dict[object, NDArray[np.uint8] | None] = {}

    def pixels(self, source: bytes | Path) -> NDArray[np.uint8] | None:
        """As texture_of; None, too, when there is no room left for it."""
        if source not in self._decoded:
            used = sum(pixels.nbytes for pixels in self._decoded.values() if pixels is not None)
            self._decoded[source] = texture_of(source, int(read_limit() * (1 << 30)) - used)
        return self._decoded[source]


def texture_of(source: bytes | Path, most_bytes: int = 3 * MOST_PIXELS) -> NDArray[np.uint8] | None:
    """The pixels of a texture, (H, W, 3) uint8 sRGB; None when it cannot be read: a mesh is worth more than its colours."""
    try:
        with Image.open(io.BytesIO(source) if isinstance(source, bytes) else source, formats=TEXTURES) as image:
            if 3 * image.width * image.height > min(most_bytes, 3 * MOST_PIXELS):
                return None
            return np.asarray(image.convert("RGB"))
    except Exception:  # whatever the decoders stumble over in a damaged file
        return None


def painted_contents(points: NDArray, faces: NDArray[np.int64], light: NDArray[np.floating]) -> Contents:
    """The mesh with colours at its vertices: those that have several colours, one for some faces, come several times.

    light: (F, 3, 3) linear RGB at the corners of the faces. Vertices that no face names are left out. White alone is what
    formats assume of a surface of which nothing is said: then there are no colours.
    """
    colors = displayed(light).reshape(-1, 3)
    if (colors == 255).all():
        return Contents(points, faces)
    packed = faces.reshape(-1) << 24 | colors.astype(np.int64) @ [1 << 16, 1 << 8, 1]
    distinct, first, corners = np.unique(packed, return_index=True, return_inverse=True)
    return Contents(points[distinct >> 24], corners.reshape(-1, 3), colors=colors[first])
