"""Meshes from and to files of every usual format."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from occnet.errors import FileError, MeshError
from occnet.files.atomic import atomic_path, check_folder_of
from occnet.files.contents import Contents
from occnet.files.formats import gltf, obj, off, ply, stl
from occnet.files.opening import check_readable, suffix_of
from occnet.mesh import Mesh

READERS = {
    ".ply": ply.read_ply,
    ".obj": obj.read_obj,
    ".off": off.read_off,
    ".stl": stl.read_stl,
    ".glb": gltf.read_gltf,
    ".gltf": gltf.read_gltf,
}
PAINTED = {".obj": obj.read_obj, ".glb": gltf.read_gltf, ".gltf": gltf.read_gltf}  # formats with materials
WRITERS = {
    ".ply": ply.write_ply,
    ".obj": obj.write_obj,
    ".off": off.write_off,
    ".stl": stl.write_stl,
    ".glb": gltf.write_gltf,
}
COARSEST_STL = 1e-4  # the rounding of single precision, as a part of the diagonal, from which on a file would show steps


def read_mesh(path: str | os.PathLike[str], paint: bool = False) -> Mesh:
    """The mesh of a .ply, .obj, .off, .stl, .glb or .gltf file, larger polygons cut into fans of triangles.

    Vertices and faces keep the file's order and precision; of .stl, .glb and .gltf, which cannot share all vertices, corners
    at exactly the same place become one. Normals are read from .ply, .off and .glb.
    paint: with the colours of materials and textures of .obj, .glb and .gltf, not of vertices alone. A vertex where faces of
    different colours meet then comes once for each of them.

    Raises FileError when the file is missing, of another format, damaged, or without faces.
    """
    path = Path(path)
    check_readable(path)
    suffix = suffix_of(path, READERS, "a mesh")
    contents = PAINTED[suffix](path, True, True) if paint and suffix in PAINTED else READERS[suffix](path, True)
    if contents.faces is None or not len(contents.faces):
        raise FileError(f"{path} holds {'points but ' if len(contents.points) else ''}no faces, so it is no mesh; give a mesh.")
    try:
        return Mesh(contents.points, contents.faces, contents.normals, contents.colors)
    except MeshError as error:
        raise FileError(f"{path} holds no valid mesh: {error}") from error


def write_mesh(path: str | os.PathLike[str], mesh: Mesh) -> None:
    """Write a .ply, .obj, .off, .stl or .glb file, whole or not at all.

    .ply, .obj and .off keep every bit of the coordinates. .glb has single precision around the middle of the mesh, so that
    distance from the origin costs nothing; .stl has it around the origin, and no normals and colours.

    Raises FileError when the file cannot be written or the format cannot hold the coordinates; MeshError when mesh is empty.
    """
    path = Path(path)
    write = WRITERS[check_mesh_destination(path)]
    if not len(mesh.faces):
        raise MeshError(f"The mesh for {path} has no faces, so there is nothing to write.")
    _check_precision(path, mesh)
    with atomic_path(path) as temporary:
        write(temporary, Contents(mesh.vertices, mesh.faces, mesh.normals, mesh.colors))


def numbered(path: Path, count: int) -> tuple[Path, ...]:
    """The paths of several meshes in place of one: `chair.ply` becomes `chair_1.ply`, `chair_2.ply` and so on."""
    return tuple(path.with_stem(f"{path.stem}_{number}") for number in range(1, count + 1))


def check_mesh_destination(path: str | os.PathLike[str]) -> str:
    """The suffix of path, after FileError is ruled out: it can be written as a mesh and its folder exists.

    Call it before long work whose result goes to path.
    """
    suffix = suffix_of(Path(path), WRITERS, "a mesh to write")
    check_folder_of(Path(path))
    return suffix


def _check_precision(path: Path, mesh: Mesh) -> None:
    """Raise FileError when single precision cannot hold the mesh."""
    suffix = path.suffix.lower()
    if suffix not in (".stl", ".glb"):
        return
    low, high = mesh.bounds
    largest = max(np.abs(low).max(), np.abs(high).max())
    smallest_extent = (high - low).max()
    limits = np.finfo(np.float32)
    if largest > limits.max or smallest_extent < limits.tiny:
        raise FileError(f"{path}: single precision cannot hold coordinates of this size; write .ply, .obj or .off instead.")
    step = float(np.spacing(np.float32(largest)))
    if suffix == ".stl" and step > COARSEST_STL * np.linalg.norm(high - low):
        raise FileError(
            f"{path}: STL has single precision, which rounds to steps of {step:g} this far from the origin; "
            "write .ply, .obj, .off or .glb instead."
        )
