"""Where meshes come from: files of every readable format, folders and zip archives of them, bundles in one .npz."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Protocol

from occnet.data.mesh_files.archives import archive_at, extracted, unpacked
from occnet.data.mesh_files.bundles import MeshBundle
from occnet.data.mesh_files.folders import files_below
from occnet.data.mesh_files.names import distinct
from occnet.errors import FileError, failing_as
from occnet.files.formats.arrays import names_in
from occnet.files.formats.binvox import read_binvox
from occnet.files.meshes import READERS, read_mesh
from occnet.files.opening import exists
from occnet.geometry.voxelising import voxel_surface
from occnet.mesh import Mesh

SINGLE = (*READERS, ".binvox")  # suffixes of files with one mesh (or one voxel grid) in each
PACKED = (".zip", ".npz")  # suffixes of files with many meshes
DEEPEST = 4  # archives in archives: one may hold itself


class MeshSource(Protocol):
    """Named meshes that are read one at a time."""

    @property
    def names(self) -> list[str]:
        """Their names, in order."""
        ...

    def read(self, index: int) -> Mesh:
        """Mesh number index, in its own coordinates. Raises OccnetError when it cannot be read."""
        ...

    def read_named(self, name: str) -> Mesh:
        """The mesh of that name. Raises OccnetError when it cannot be read."""
        ...


def open_meshes(path: Path, paint: bool = False) -> MeshSource:
    """The meshes at path: a mesh file, or a folder, a zip archive or a bundle (.npz) of meshes.

    Folders are searched whole, archives and bundles in them and in archives included. A mesh's name is its path below the
    folder or in the archive, so that `chairs/a.obj` keeps its category; what lies in an archive or bundle within goes on below
    that file's name. Names that begin with a point are passed over. In .npz, a bundle has the arrays vertices (sum V, 3), faces
    (sum F, 3) with indices local to each mesh, vertex_offsets and face_offsets (M + 1,), names (M,); a file with vertices and
    faces alone is one mesh. Of .binvox the surface between full and empty voxels is taken.
    paint: with the colours of materials and textures (see `read_mesh`).

    Nothing is listed before `names` is asked for. Raises FileError when there is nothing at path.
    """
    path = Path(path)
    if not exists(path):
        raise FileError(f"{path} does not exist; give a mesh file, or a folder, a zip archive or a bundle (.npz) of meshes.")
    return MeshCollection(path, paint)


class MeshCollection:
    """All meshes at a path; see open_meshes."""

    def __init__(self, root: Path, paint: bool = False) -> None:
        self.root, self.paint = root, paint
        self._names: list[str] | None = None

    @property
    def names(self) -> list[str]:
        if self._names is None:
            found = list(_names_in(self.root, ""))
            self._names = distinct(sorted(found) if self.root.is_dir() else found)
        if not self._names:
            raise FileError(f"{self.root} holds no meshes ({', '.join(SINGLE)}, .npz, .zip).")
        return self._names

    def read(self, index: int) -> Mesh:
        return self.read_named(self.names[index])

    def read_named(self, name: str) -> Mesh:
        with failing_as(FileError, f"{name!r} of {self.root}"):  # whatever the libraries raise over it
            if not self.root.is_dir() and self.root.suffix.lower() in SINGLE:
                return _read_single(self.root, self.paint)
            return _read(self.root, PurePosixPath(name).parts, self.paint)


def _names_in(place: Path, prefix: str, depth: int = 0) -> Iterator[str]:
    """Names of the meshes at a place; prefix: what leads there, empty or ending in a slash; depth: archives around it."""
    suffix = place.suffix.lower()
    if place.is_dir():
        for name, inner in files_below(place):
            yield from _names_among(inner, prefix + name, depth)
    elif suffix == ".zip":
        if depth == DEEPEST:
            raise _too_deep(prefix.rstrip("/"), depth)
        archive = archive_at(place)
        for name in archive.names:
            if PurePosixPath(name).suffix.lower() in PACKED:
                yield from _names_packed(place, name, prefix, depth)
            elif PurePosixPath(name).suffix.lower() in SINGLE:
                yield prefix + name
    elif suffix == ".npz":
        for name in _bundle(place).names:
            yield (prefix + name).rstrip("/") or place.name
    else:
        yield prefix + place.name


def _names_packed(place: Path, name: str, prefix: str, depth: int) -> Iterator[str]:
    """Names of the meshes in an archive or bundle in an archive; its own where it cannot be read, and is told of as it is."""
    try:
        with unpacked(place, name) as inner:
            yield from _names_among(inner, prefix + name, depth + 1)
    except FileError:
        yield prefix + name


def _names_among(inner: Path, name: str, depth: int) -> Iterator[str]:
    """Names of the meshes in what was found under a name in a folder or archive, if it has any.

    What cannot be searched or read, among others, is one mesh that cannot be read: it is told of and ends nothing.
    """
    suffix = inner.suffix.lower()
    if suffix in PACKED:
        try:
            yield from list(_names_in(inner, f"{name}/", depth)) if suffix == ".zip" or _has_meshes(inner) else ()
        except FileError:
            yield name
    elif suffix in SINGLE or inner.is_dir():
        yield name


def _read(place: Path, parts: tuple[str, ...], paint: bool, depth: int = 0) -> Mesh:
    """The mesh to which these parts of a name lead from a place; depth: archives around it."""
    while parts and place.is_dir():
        place, parts = place / parts[0], parts[1:]
    if place.is_dir():
        raise FileError(f"The folder {place} cannot be searched; check its rights.")
    if place.suffix.lower() == ".npz":
        return _bundle(place).read_named("/".join(parts))
    if place.suffix.lower() != ".zip":
        return _read_single(place, paint)
    archive, name = archive_at(place), "/".join(parts)
    if depth == DEEPEST:
        raise _too_deep(str(place), depth)
    for end in range(1, len(parts) + 1):
        packed = "/".join(parts[:end])
        if PurePosixPath(packed).suffix.lower() in PACKED and packed in archive:
            with unpacked(place, packed) as inner:
                return _read(inner, parts[end:], paint, depth + 1)
    is_gltf, is_obj = (PurePosixPath(name).suffix.lower() == suffix for suffix in (".gltf", ".obj"))
    with extracted(place, name, with_buffers=is_gltf, with_colors=paint and (is_gltf or is_obj)) as path:
        return _read_single(path, paint)


def _too_deep(archive: str, depth: int) -> FileError:
    return FileError(f"{archive} lies in {depth} archives, one in the other; unpack the outer ones.")


def _has_meshes(path: Path) -> bool:
    """Whether an .npz file among others holds meshes, for many hold something else. Raises FileError when it is damaged."""
    return {"vertices", "faces"} <= set(names_in(path))


@lru_cache(maxsize=2)
def _bundle(path: Path) -> MeshBundle:
    with failing_as(FileError, str(path)):
        return MeshBundle(path)


def _read_single(path: Path, paint: bool) -> Mesh:
    if path.suffix.lower() != ".binvox":
        return read_mesh(path, paint)
    grid = read_binvox(path)
    surface = voxel_surface(grid.occupied)
    return grid.frame.mesh_to_original(surface)
