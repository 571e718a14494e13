"""Where meshes come from: files of every readable format, folders and zip archives of them, bundles in one .npz."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Protocol

import numpy as np

from occnet.data.archives import extracted, members_of, unpacked
from occnet.errors import FileError, MeshError
from occnet.files.formats.arrays import names_in, read_arrays
from occnet.files.formats.binvox import read_binvox
from occnet.files.limits import check_size
from occnet.files.meshes import READERS, read_mesh
from occnet.geometry.voxelising import voxel_surface
from occnet.mesh import Mesh

SINGLE = (*READERS, ".binvox")  # suffixes of files with one mesh (or one voxel grid) in each
PACKED = (".zip", ".npz")  # suffixes of files with many meshes
DEEPEST = 4  # archives in archives: one may hold itself
BUNDLE = {"vertices", "faces", "vertex_offsets", "face_offsets", "names"}  # arrays of a bundle of meshes


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
    if not path.exists():
        raise FileError(f"{path} does not exist; give a mesh file, or a folder, a zip archive or a bundle (.npz) of meshes.")
    return MeshCollection(path, paint)


def chosen_names(names: Sequence[str], only: Sequence[str], leave_out: Sequence[str]) -> list[str]:
    """The names, in order, that match one of the patterns `only` (all, if there is none) and none of `leave_out`.

    Patterns are those of a shell (`*`, `?`, `[ab]`), for the whole name, in which `*` also stands for slashes; upper and lower
    case are one. Raises FileError, with a few of the names, when none is left, or a pattern of `only` matches nothing.
    """
    lowered = {name: name.lower() for name in names}

    def matches(pattern: str) -> set[str]:
        return {name for name, low in lowered.items() if fnmatchcase(low, pattern.lower())}

    found = {pattern: matches(pattern) for pattern in only}
    for pattern, matching in found.items():
        if not matching:
            raise FileError(
                f"None of the {len(names):,} meshes is called like {pattern!r}; they are called, for example, "
                f"{', '.join(repr(name) for name in _spread(names, 3))}. Patterns are for whole names, with * for any part."
            )
    wanted = set().union(*found.values()) if only else set(names)
    left = wanted.difference(*(matches(pattern) for pattern in leave_out))
    if not left:
        raise FileError(f"leave_out leaves none of the {len(wanted):,} meshes that were chosen; give other patterns.")
    return [name for name in names if name in left]


def _spread(names: Sequence[str], count: int) -> list[str]:
    return [names[place * len(names) // count] for place in range(min(count, len(names)))]


class MeshCollection:
    """All meshes at a path; see open_meshes."""

    def __init__(self, root: Path, paint: bool = False) -> None:
        self.root, self.paint = root, paint
        self._names: list[str] | None = None

    @property
    def names(self) -> list[str]:
        if self._names is None:
            found = list(_names_in(self.root, ""))
            self._names = sorted(found) if self.root.is_dir() else found
        if not self._names:
            raise FileError(f"{self.root} holds no meshes ({', '.join(SINGLE)}, .npz, .zip).")
        return self._names

    def read(self, index: int) -> Mesh:
        return self.read_named(self.names[index])

    def read_named(self, name: str) -> Mesh:
        if not self.root.is_dir() and self.root.suffix.lower() in SINGLE:
            return _read_single(self.root, self.paint)
        return _read(self.root, PurePosixPath(name).parts, self.paint)


class MeshBundle:
    """The meshes in one .npz. Integer vertices are taken as they are: sizes do not matter."""

    def __init__(self, path: Path) -> None:
        self.path = path
        arrays = read_arrays(path, BUNDLE)
        if {"vertices", "faces"} <= arrays.keys() and "vertex_offsets" not in arrays:
            self.names = [""]
            offsets = ([0, len(arrays["vertices"])], [0, len(arrays["faces"])])
        else:
            missing = BUNDLE - arrays.keys()
            if missing:
                raise FileError(f"{path} is no bundle of meshes: it lacks the arrays {', '.join(sorted(missing))}.")
            self.names = [str(name) for name in arrays["names"]]
            offsets = (arrays["vertex_offsets"], arrays["face_offsets"])
        vertices, faces = arrays["vertices"], arrays["faces"]
        self._vertices, self._faces = vertices, faces
        self._vertex_offsets, self._face_offsets = offsets
        self._places = {name: place for place, name in enumerate(self.names)}

    def read_named(self, name: str) -> Mesh:
        place = 0 if self.names == [""] else self._places.get(name)  # a mesh alone has no name in its file
        if place is None:
            raise FileError(f"{self.path} holds no mesh {name!r}.")
        vertices = self._vertices[self._vertex_offsets[place] : self._vertex_offsets[place + 1]]
        faces = self._faces[self._face_offsets[place] : self._face_offsets[place + 1]]
        check_size(24 * (len(vertices) + len(faces)), self.path, f"its mesh {name!r}")
        try:
            return Mesh(vertices.astype(np.float64), faces.astype(np.int64))
        except (MeshError, ValueError) as problem:
            raise FileError(f"{self.path} holds no valid mesh {name!r}: {problem}") from problem


def _names_in(place: Path, prefix: str, depth: int = 0) -> Iterator[str]:
    """Names of the meshes at a place; prefix: what leads there, empty or ending in a slash; depth: archives around it."""
    suffix = place.suffix.lower()
    if place.is_dir():
        for inner in place.iterdir():
            if not inner.name.startswith("."):
                yield from _names_among(inner, prefix + inner.name, depth)
    elif suffix == ".zip":
        if depth == DEEPEST:
            raise FileError(f"{prefix.rstrip('/')} lies in {depth} archives, one in the other; unpack the outer ones.")
        for name in members_of(place):
            if PurePosixPath(name).suffix.lower() in PACKED:
                with unpacked(place, name) as inner:
                    yield from _names_among(inner, prefix + name, depth + 1)
            elif PurePosixPath(name).suffix.lower() in SINGLE:
                yield prefix + name
    elif suffix == ".npz":
        try:
            names = _bundle(place).names
        except FileError:
            if not prefix:
                raise
            names = [""]  # among others, it is one that cannot be read
        for name in names:
            yield (prefix + name).rstrip("/") or place.name
    else:
        yield prefix + place.name


def _names_among(inner: Path, name: str, depth: int) -> Iterator[str]:
    """Names of the meshes in what was found under a name in a folder or archive, if it has any."""
    suffix = inner.suffix.lower()
    if inner.is_dir() or suffix == ".zip" or (suffix == ".npz" and _has_meshes(inner)):
        yield from _names_in(inner, f"{name}/", depth)
    elif suffix in SINGLE:
        yield name


def _read(place: Path, parts: tuple[str, ...], paint: bool) -> Mesh:
    """The mesh to which these parts of a name lead from a place."""
    while parts and place.is_dir():
        place, parts = place / parts[0], parts[1:]
    if place.suffix.lower() == ".npz":
        return _bundle(place).read_named("/".join(parts))
    if place.suffix.lower() != ".zip":
        return _read_single(place, paint)
    for end in range(1, len(parts) + 1):
        name = "/".join(parts[:end])
        if PurePosixPath(name).suffix.lower() in PACKED and name in members_of(place):
            with unpacked(place, name) as inner:
                return _read(inner, parts[end:], paint)
    name = "/".join(parts)
    is_gltf, is_obj = (PurePosixPath(name).suffix.lower() == suffix for suffix in (".gltf", ".obj"))
    with extracted(place, name, with_buffers=is_gltf, with_colors=paint and (is_gltf or is_obj)) as path:
        return _read_single(path, paint)


def _has_meshes(path: Path) -> bool:
    """Whether an .npz file found in a folder holds meshes, for many hold something else."""
    try:
        return {"vertices", "faces"} <= set(names_in(path))
    except FileError:
        return False


@lru_cache(maxsize=2)
def _bundle(path: Path) -> MeshBundle:
    return MeshBundle(path)


def _read_single(path: Path, paint: bool) -> Mesh:
    if path.suffix.lower() != ".binvox":
        return read_mesh(path, paint)
    grid = read_binvox(path)
    surface = voxel_surface(grid.occupied)
    return grid.frame.mesh_to_original(surface)
