"""Many meshes in one .npz: all their vertices and faces one after the other, with offsets and names."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from occnet.data.mesh_files.names import distinct
from occnet.errors import FileError, MeshError
from occnet.files.formats.arrays import read_arrays
from occnet.files.limits import check_size
from occnet.mesh import Mesh

BUNDLE = {"vertices", "faces", "vertex_offsets", "face_offsets", "names"}  # arrays of a bundle of meshes


class MeshBundle:
    """The meshes in one .npz. Integer vertices are taken as they are: sizes do not matter.

    The arrays are vertices (sum V, 3), faces (sum F, 3) with indices local to each mesh, vertex_offsets and face_offsets
    (M + 1,) from 0 to the sums, and names (M,); of several meshes of one name the later ones get numbers. A file with vertices
    and faces alone is one mesh, whose name is "".

    Raises FileError when the file is damaged, lacks an array, or its arrays do not fit together.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        arrays = read_arrays(path, BUNDLE)
        alone = {"vertices", "faces"} <= arrays.keys() and "vertex_offsets" not in arrays
        if missing := BUNDLE - arrays.keys() - (BUNDLE - {"vertices", "faces"} if alone else set()):
            raise FileError(f"{path} is no bundle of meshes: it lacks the arrays {', '.join(sorted(missing))}.")
        self._vertices, self._faces = self._rows(arrays, "vertices", "fiu"), self._rows(arrays, "faces", "iu")
        self.names = [""] if alone else self._names(arrays["names"])
        self._spans = {
            rows: np.array([0, len(arrays[rows])]) if alone else self._offsets(arrays, offsets, rows)
            for rows, offsets in (("vertices", "vertex_offsets"), ("faces", "face_offsets"))
        }
        self._places = {name: place for place, name in enumerate(self.names)}

    def read_named(self, name: str) -> Mesh:
        """The mesh of that name. Raises FileError when there is none, or it is none."""
        place = 0 if self.names == [""] else self._places.get(name)  # a mesh alone has no name in its file
        if place is None:
            raise FileError(f"{self.path} holds no mesh {name!r}.")
        vertices = self._vertices[slice(*self._spans["vertices"][place : place + 2])]
        faces = self._faces[slice(*self._spans["faces"][place : place + 2])]
        check_size(24 * (len(vertices) + len(faces)), self.path, f"its mesh {name!r}")
        try:
            return Mesh(vertices.astype(np.float64), faces.astype(np.int64))
        except (MeshError, ValueError) as problem:
            raise FileError(f"{self.path} holds no valid mesh {name!r}: {problem}") from problem

    def _rows(self, arrays: dict[str, NDArray], name: str, kinds: str) -> NDArray:
        array = arrays[name]
        if array.ndim != 2 or array.shape[1] != 3 or array.dtype.kind not in kinds:
            numbers = "numbers" if "f" in kinds else "whole numbers"
            raise FileError(
                f"{self.path} is no bundle of meshes: its {name} have the shape {array.shape} and the type {array.dtype}, "
                f"but must be (N, 3) {numbers}."
            )
        return array

    def _names(self, array: NDArray) -> list[str]:
        if array.ndim != 1 or array.dtype.kind not in "US":
            raise FileError(f"{self.path} is no bundle of meshes: its names must be (M,) texts, but are {array.dtype}.")
        texts = np.char.decode(array, "utf-8", "replace") if array.dtype.kind == "S" else array
        return distinct("/".join(PurePosixPath(str(text)).parts) or "mesh" for text in texts)

    def _offsets(self, arrays: dict[str, NDArray], name: str, rows: str) -> NDArray[np.int64]:
        offsets, total = arrays[name], len(arrays[rows])
        fits = offsets.shape == (len(self.names) + 1,) and offsets.dtype.kind in "iu"
        if fits:
            offsets = offsets.astype(np.int64)
            fits = offsets[0] == 0 and offsets[-1] == total and bool((np.diff(offsets) >= 0).all())
        if not fits:
            raise FileError(
                f"{self.path} is no bundle of meshes: its {name} must be {len(self.names) + 1} ascending whole numbers from 0 "
                f"to its {total} {rows}; write them with numpy.cumsum."
            )
        return offsets
