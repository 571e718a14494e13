"""What a glTF 2.0 file says: its tree of JSON, and the numbers and pictures in its buffers, judged before they are believed."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np
from numpy.typing import NDArray

from occnet.errors import FileError
from occnet.files.limits import check_size
from occnet.files.opening import read_bytes

MAGIC, JSON_CHUNK, BINARY_CHUNK = b"glTF", b"JSON", b"BIN\0"
COMPONENTS = {5120: "i1", 5121: "u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}
CONVERTERS = {  # of extensions without which a file cannot be read, what writes it without them
    "KHR_draco_mesh_compression": "gltf-transform cp in.glb out.glb (or Blender)",
    "EXT_meshopt_compression": "gltf-transform cp in.glb out.glb",
    "KHR_meshopt_compression": "gltf-transform cp in.glb out.glb",
    "EXT_mesh_gpu_instancing": "gltf-transform uninstance in.glb out.glb",
}


class Tree:
    """One file. What is damaged in it raises some error of Python's where it is asked for; a ValueError says what it is."""

    def __init__(self, path: Path) -> None:
        """Raises FileError when the file cannot be opened or needs an extension that is not supported."""
        self.path = path
        self.top, self._chunk = _parsed(read_bytes(path))
        for name in self.top.get("extensionsRequired", []):
            if name in CONVERTERS:
                raise self.compressed(name)
        self._buffers: dict[int, bytes] = {}
        self._numbers: dict[int, NDArray] = {}

    def part(self, kind: str, index: int) -> dict[str, Any]:
        """Number index of the parts of a kind: "nodes", "meshes", "accessors", ..."""
        if type(index) is not int or index < 0:
            raise ValueError(f"{index!r} is no number of one of its {kind}")
        parts = self.top.get(kind, [])
        if index >= len(parts):
            raise ValueError(f"it has no number {index} of its {kind}")
        return parts[index]

    def placed_nodes(self) -> Iterator[tuple[dict[str, Any], NDArray[np.float64]]]:
        """The nodes of the scene, each with the matrix (4, 4) that moves what it holds into place.

        Raises FileError when a node has more than one parent: it would come as often, or for ever.
        """
        scenes, nodes = self.top.get("scenes", []), self.top.get("nodes", [])
        roots = self.part("scenes", self.top.get("scene", 0)).get("nodes", []) if scenes else []
        children = [child for node in nodes for child in node.get("children", [])]
        if len({*children, *roots}) < len(children) + len(roots):
            raise FileError(f"{self.path} has nodes with more than one parent, which glTF forbids; export it again.")
        waiting = [(root, np.eye(4)) for root in reversed(roots)]
        while waiting:
            index, outer = waiting.pop()
            node = self.part("nodes", index)
            matrix = outer @ _matrix(node)
            yield node, matrix
            waiting += [(child, matrix) for child in reversed(node.get("children", []))]

    def buffer(self, index: int) -> bytes:
        """The bytes of a buffer. Raises FileError when it is to be had elsewhere than in the file's own folder."""
        if index not in self._buffers:
            self._buffers[index] = self._buffer(index)
        return self._buffers[index]

    def numbers(self, index: int, *shapes: str) -> NDArray:
        """The values of an accessor of one of these shapes ("VEC3", ...), as they stand in the file, (count, width)."""
        shape = self.part("accessors", index)["type"]
        if shape not in shapes:
            raise ValueError(f"its accessor {index} is {shape}, where {' or '.join(shapes)} is needed")
        if index not in self._numbers:
            self._numbers[index] = self._read(index)
        return self._numbers[index]

    def scaled(self, index: int, *shapes: str) -> NDArray[np.floating]:
        """The values of an accessor of one of these shapes ("VEC3", ...), whole numbers that stand for parts of 1 as such."""
        values, accessor = self.numbers(index, *shapes), self.part("accessors", index)
        return parts_of_one(values) if accessor.get("normalized") and values.dtype.kind != "f" else values

    def picture(self, index: int) -> bytes | Path | None:
        """The bytes of a picture of the file, or where it lies in the file's folder; None when it lies elsewhere."""
        picture = self.part("images", index)
        if "bufferView" in picture:
            view = self.part("bufferViews", picture["bufferView"])
            start = _whole(view.get("byteOffset", 0))
            return self.buffer(view["buffer"])[start : start + _whole(view["byteLength"])]
        uri = str(picture["uri"])
        if uri.startswith("data:"):
            return _data(uri)
        place = self._beside(uri)
        return place if place is not None and place.is_file() else None

    def compressed(self, extension: str) -> FileError:
        """What to say of a file that cannot be read for an extension."""
        return FileError(
            f"{self.path} needs the extension {extension}, which is not supported; write it without, for example with "
            f"{CONVERTERS[extension]}."
        )

    def _buffer(self, index: int) -> bytes:
        buffer = self.part("buffers", index)
        if "uri" not in buffer:
            if self._chunk is None or index:
                raise ValueError(f"its buffer {index} is nowhere")
            return self._chunk
        uri = str(buffer["uri"])
        if uri.startswith("data:"):
            return _data(uri)
        place = self._beside(uri)
        if place is None:
            raise FileError(f"{self.path} refers to {uri!r} outside its folder, which is not read; export it as .glb.")
        if not place.is_file():
            raise FileError(f"{self.path} refers to {uri!r}, which is not beside it; put it there or export as .glb.")
        return read_bytes(place)

    def _beside(self, uri: str) -> Path | None:
        """Where a file of this address is, None if not in the folder of this one."""
        folder = self.path.parent.resolve()
        place = (folder / unquote(uri)).resolve()
        return place if place.is_relative_to(folder) else None

    def _read(self, index: int) -> NDArray:
        accessor = self.part("accessors", index)
        count, width = _whole(accessor["count"]), WIDTHS[accessor["type"]]
        dtype = np.dtype(COMPONENTS[accessor["componentType"]])
        offset, sparse = _whole(accessor.get("byteOffset", 0)), accessor.get("sparse")
        if "bufferView" in accessor:
            values = self._view(accessor["bufferView"], offset, dtype, count, width)
        elif sparse is None:
            raise FileError(f"{self.path} has geometry that it does not hold, or holds compressed; export it uncompressed.")
        else:
            check_size(count * width * dtype.itemsize, self.path, "sparse values")
            values = np.zeros((count, width), dtype)
        if sparse is not None:
            changed, where, what = _whole(sparse["count"]), sparse["indices"], sparse["values"]
            index_type = np.dtype(COMPONENTS[where["componentType"]])
            places = self._view(where["bufferView"], _whole(where.get("byteOffset", 0)), index_type, changed, 1)
            news = self._view(what["bufferView"], _whole(what.get("byteOffset", 0)), dtype, changed, width)
            values = values.copy()
            values[places[:, 0]] = news
        return values

    def _view(self, index: int, offset: int, dtype: np.dtype, count: int, width: int) -> NDArray:
        view = self.part("bufferViews", index)
        if {"EXT_meshopt_compression", "KHR_meshopt_compression"} & set(view.get("extensions", {})):
            raise self.compressed("EXT_meshopt_compression")
        size = dtype.itemsize * width
        length, start = _whole(view["byteLength"]), _whole(view.get("byteOffset", 0))
        stride = _whole(view.get("byteStride", size)) or size
        if stride < size:
            raise ValueError(f"its view {index} has values of {size} bytes every {stride}")
        if count and offset + stride * (count - 1) + size > length:
            raise FileError(f"{self.path} promises {count} values, more than it can hold; it is damaged, export it again.")
        return np.ndarray((count, width), dtype, self.buffer(view["buffer"]), start + offset, (stride, dtype.itemsize))


def parts_of_one(values: NDArray) -> NDArray[np.float64]:
    """Whole numbers that stand for parts of 1 in [-1, 1], where the largest of their type is 1."""
    return np.maximum(values / np.float64(np.iinfo(values.dtype).max), -1.0)


def _parsed(data: bytes) -> tuple[dict[str, Any], bytes | None]:
    """The tree, and the binary part behind it where there is one."""
    text, chunk = data, None
    if data[:4] == MAGIC:
        if data[16:20] != JSON_CHUNK:
            raise ValueError("its first chunk is not JSON")
        end = 20 + int.from_bytes(data[12:16], "little")
        text = data[20:end]
        if data[end + 4 : end + 8] == BINARY_CHUNK:
            chunk = data[end + 8 : end + 8 + int.from_bytes(data[end : end + 4], "little")]
    tree = json.loads(text)
    if not isinstance(tree, dict):
        raise ValueError("its JSON is no object")
    return tree, chunk


def _data(uri: str) -> bytes:
    head, _, text = uri.partition(",")
    return base64.b64decode(text) if head.endswith(";base64") else unquote(text).encode("latin-1")


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value) or value < 0:
        raise ValueError(f"{str(value)[:40]} stands where a whole number must")
    return int(value)


def _matrix(node: dict[str, Any]) -> NDArray[np.float64]:
    """How a node moves what it holds, by its matrix, or by its translation, rotation (a quaternion) and scale."""
    if "matrix" in node:
        return np.array(node["matrix"], dtype=np.float64).reshape(4, 4).T
    matrix = np.eye(4)
    if "rotation" in node:
        x, y, z, w = (float(value) for value in node["rotation"])
        norm = math.sqrt(x * x + y * y + z * z + w * w) or 1.0
        x, y, z, w = x / norm, y / norm, z / norm, w / norm
        matrix[0, :3] = 1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)
        matrix[1, :3] = 2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)
        matrix[2, :3] = 2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)
    if "scale" in node:
        matrix[:3, :3] *= np.array(node["scale"], dtype=np.float64).reshape(3)
    if "translation" in node:
        matrix[:3, 3] = np.array(node["translation"], dtype=np.float64).reshape(3)
    return matrix
