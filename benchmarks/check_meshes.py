"""Whether the meshes at hand are those that the figures were measured on, by a list of their names and hashes.

    python benchmarks/check_meshes.py MESHES [--list benchmarks/meshes/cc0_meshes.sha256]

MESHES is a bundle (.npz) or a folder of model files; a file is the mesh of the list that ends in the longest part of its path.
docs/benchmarks.md says where the meshes can be had. Prints what is missing, what is another mesh, and what is not in the list.
"""

from __future__ import annotations

import hashlib
import sys
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import tyro

from occnet.data.sources import MeshSource, open_meshes
from occnet.errors import OccnetError
from occnet.mesh import Mesh

LIST = Path(__file__).parent / "meshes" / "cc0_meshes.sha256"
DIGITS = 16  # of the SHA-256 that stand in the list: enough to tell 3,131 meshes apart, and no proof against malice
STEPS = 65535  # along the longest edge: as the meshes are stored
SHOWN = 20  # names of each kind that are printed


@dataclass
class Comparison:
    """Names by how they compare with the list."""

    same: list[str] = field(default_factory=list)
    other: list[str] = field(default_factory=list)  # the name is in the list, the triangles are not those
    unread: list[str] = field(default_factory=list)
    unlisted: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


def triangles_hash(mesh: Mesh) -> str:
    """The beginning of the SHA-256 of a mesh's triangles, whatever the order of its faces and vertices and its scale and place.

    The corners are rounded to 1/65535 of the longest edge, a triangle begins with its smallest corner, and the triangles are
    sorted. Their winding counts.
    """
    low, high = mesh.bounds
    corners = np.rint((mesh.vertices - low) * (STEPS / (high - low).max())).astype("<u2")[mesh.faces]  # (F, 3, 3)
    keys = corners.astype(np.int64) @ np.array([1 << 32, 1 << 16, 1])  # (F, 3)
    first = (keys.argmin(axis=1)[:, None] + np.arange(3)) % 3
    keys = np.take_along_axis(keys, first, axis=1)
    rows = keys[np.lexsort(keys.T[::-1])].astype("<i8")
    return hashlib.sha256(rows.tobytes()).hexdigest()[:DIGITS]


def read_list(path: Path) -> dict[str, str]:
    """Hash by name."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return {name: digest for digest, name in (line.split("  ", 1) for line in lines)}


def compare(source: MeshSource, listed: dict[str, str]) -> Comparison:
    """How the meshes of a source compare with a list."""
    found, endings = Comparison(), _by_ending(listed)
    seen: set[str] = set()
    for name in source.names:
        listed_name = _listed_as(name, listed, endings)
        if listed_name is None:
            found.unlisted.append(name)
            continue
        seen.add(listed_name)
        try:
            same = triangles_hash(source.read_named(name)) == listed[listed_name]
        except OccnetError as problem:
            found.unread.append(f"{name} ({problem})")
            continue
        (found.same if same else found.other).append(name)
    found.missing = [name for name in listed if name not in seen]
    return found


def _by_ending(listed: dict[str, str]) -> dict[str, str | None]:
    """Names by each of their endings of whole parts; None where an ending is that of several names."""
    endings: dict[str, str | None] = {}
    for name in listed:
        parts = name.split("/")
        for start in range(len(parts)):
            ending = "/".join(parts[start:])
            endings[ending] = None if ending in endings else name
    return endings


def _listed_as(name: str, listed: dict[str, str], endings: dict[str, str | None]) -> str | None:
    if name in listed:
        return name
    parts = name.split("/")
    for start in range(len(parts)):
        ending = "/".join(parts[start:])
        if ending in endings:
            return endings[ending]
    return None


def main(meshes: tyro.conf.Positional[Path], list: Path = LIST) -> int:
    """Print how the meshes compare with the list. Exits with 1 where one is missing, another, or cannot be read."""
    found = compare(open_meshes(meshes), read_list(list))
    for kind, names in vars(found).items():
        print(f"{kind:<10} {len(names):,}")
        if kind != "same":
            print("".join(f"  {name}\n" for name in names[:SHOWN]), end="")
    return 1 if found.other or found.unread or found.missing else 0


if __name__ == "__main__":
    sys.exit(tyro.cli(main, description=__doc__))
