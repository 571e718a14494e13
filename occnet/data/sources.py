"""Where meshes come from: a folder of mesh files, one file, or a bundle of many meshes in one .npz."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from occnet.errors import FileError
from occnet.files.meshes import READERS, read_mesh
from occnet.mesh import Mesh


class MeshSource(Protocol):
    """Named meshes that are read one at a time."""

    @property
    def names(self) -> list[str]:
        """Their names, in order."""
        ...

    def read(self, index: int) -> Mesh:
        """Mesh number index, in its own coordinates. Raises OccnetError when it cannot be read."""
        ...


@dataclass(frozen=True)
class MeshFolder:
    """All mesh files below a folder; a mesh's name is its path below the folder."""

    folder: Path
    names: list[str]

    def read(self, index: int) -> Mesh:
        return read_mesh(self.folder / self.names[index])


class MeshBundle:
    """Many meshes in one .npz: vertices (sum V, 3), faces (sum F, 3) with indices local to each mesh,
    vertex_offsets and face_offsets (M + 1,), names (M,). Integer vertices are taken as they are: sizes do not matter.
    """

    def __init__(self, path: Path) -> None:
        with np.load(path) as arrays:
            missing = {"vertices", "faces", "vertex_offsets", "face_offsets", "names"} - set(arrays.files)
            if missing:
                raise FileError(f"{path} is no bundle of meshes: it lacks the arrays {', '.join(sorted(missing))}.")
            self._vertices, self._faces = arrays["vertices"], arrays["faces"]
            self._vertex_offsets, self._face_offsets = arrays["vertex_offsets"], arrays["face_offsets"]
            self.names = [str(name) for name in arrays["names"]]

    def read(self, index: int) -> Mesh:
        vertices = self._vertices[self._vertex_offsets[index] : self._vertex_offsets[index + 1]]
        faces = self._faces[self._face_offsets[index] : self._face_offsets[index + 1]]
        return Mesh(vertices.astype(np.float64), faces.astype(np.int64))


def open_meshes(path: Path) -> MeshSource:
    """The meshes at path: a bundle (.npz), a folder of mesh files, or a single mesh file.

    Raises FileError when there is nothing to read.
    """
    path = Path(path)
    if path.is_file() and path.suffix.lower() == ".npz":
        return MeshBundle(path)
    if path.is_file():
        return MeshFolder(path.parent, [path.name])
    if not path.is_dir():
        raise FileError(f"{path} does not exist; give a folder of meshes, a mesh file or a bundle (.npz).")
    names = sorted(_mesh_files(path))
    if not names:
        raise FileError(f"{path} holds no mesh files ({', '.join(READERS)}).")
    return MeshFolder(path, names)


def _mesh_files(folder: Path) -> Iterator[str]:
    for file in folder.rglob("*"):
        if file.suffix.lower() in READERS and file.is_file():
            yield file.relative_to(folder).as_posix()
