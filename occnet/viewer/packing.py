"""Layers -> one string of bytes that the page's script takes apart: a table in JSON, then the arrays as they lie in memory."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from occnet.viewer.layers import Layer

_ALIGNED = 4  # bytes: where a script may view 32-bit numbers


@dataclass(frozen=True, eq=False)
class Scene:
    """What one page shows, and how it begins.

    title: of the page. up: the axis that points up, y or z. center, radius: the ball that is looked at, in the layers'
    coordinates; by default one around all layers. farthest: the distance at the upper end of the colours of distances, 0 for
    none; distance_text: what such a distance is.
    """

    layers: Sequence[Layer]
    title: str = "occnet"
    up: str = "y"
    center: NDArray | None = None
    radius: float | None = None
    farthest: float = 0.0
    distance_text: str = ""

    @property
    def ball(self) -> tuple[NDArray, float]:
        """The center (3,) and the radius of what is looked at; the unit ball where there is nothing."""
        boxes = [
            np.stack([np.nanmin(layer.places, axis=0), np.nanmax(layer.places, axis=0)])
            for layer in self.layers
            if np.isfinite(layer.places).all(axis=1).any()
        ]
        if not boxes:
            return np.zeros(3), 1.0
        low, high = np.min([box[0] for box in boxes], axis=0), np.max([box[1] for box in boxes], axis=0)
        center = 0.5 * (low + high) if self.center is None else np.asarray(self.center, dtype=np.float64)
        radius = 0.5 * float(np.linalg.norm(high - low)) if self.radius is None else self.radius
        return center, radius or 1.0


def packed(scene: Scene) -> bytes:
    """The scene as the script of the page reads it, little-endian: the length of the table in four bytes, the table, arrays.

    Places are moved into the unit ball before they become float32, so that those far from the origin keep their precision.
    """
    center, radius = scene.ball

    def moved(places: NDArray) -> NDArray[np.float32]:
        return ((np.asarray(places, dtype=np.float64) - center) / radius).astype(np.float32)

    table, parts, begin = [], [], 0
    for layer in scene.layers:
        entry = {"kind": layer.kind, "name": layer.name, "note": layer.note, "problem": layer.problem, "arrays": {}}
        for name, array in layer.arrays(moved).items():
            data = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<")).tobytes()
            entry["arrays"][name] = {"type": array.dtype.name, "begin": begin, "count": array.size}
            parts.append(data + bytes(-len(data) % _ALIGNED))
            begin += len(parts[-1])
        table.append(entry)
    head = {
        "title": scene.title,
        "up": scene.up,
        "radius": radius,
        "farthest": scene.farthest,
        "distanceText": scene.distance_text,
        "layers": table,
    }
    text = json.dumps(head).encode()
    text += b" " * (-len(text) % _ALIGNED)
    return len(text).to_bytes(4, "little") + text + b"".join(parts)
