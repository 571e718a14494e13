"""Meshes damaged on purpose, whose undamaged solid is known: what preparation has to get right in spite of it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from occnet.mesh import Mesh

Damage = Callable[[Mesh, np.random.Generator], Mesh]


def without(share: float) -> Damage:
    """Removes a share of the faces, at least one."""

    def damage(mesh: Mesh, generator: np.random.Generator) -> Mesh:
        removed = generator.permutation(len(mesh.faces))[: max(1, round(share * len(mesh.faces)))]
        return Mesh(mesh.vertices, np.delete(mesh.faces, removed, axis=0))

    return damage


def flipped(share: float) -> Damage:
    """Turns a share of the faces around, at least one."""

    def damage(mesh: Mesh, generator: np.random.Generator) -> Mesh:
        faces = mesh.faces.copy()
        rows = generator.permutation(len(faces))[: max(1, round(share * len(faces)))]
        faces[rows] = faces[rows, ::-1]
        return Mesh(mesh.vertices, faces)

    return damage


def unwelded(mesh: Mesh, generator: np.random.Generator) -> Mesh:
    """Gives every face vertices of its own, in random order, and repeats a tenth of the faces: a triangle soup."""
    rows = generator.permutation(np.concatenate([np.arange(len(mesh.faces)), np.arange(0, len(mesh.faces), 10)]))
    return Mesh(mesh.vertices[mesh.faces[rows]].reshape(-1, 3), np.arange(3 * len(rows)).reshape(-1, 3))


def overlapped(mesh: Mesh, generator: np.random.Generator) -> Mesh:
    """Puts a smaller copy of the mesh across it; the solid is the union of both."""
    shift = 0.2 * generator.standard_normal(3)
    vertices = np.concatenate([mesh.vertices, 0.7 * mesh.vertices + shift])
    return Mesh(vertices, np.concatenate([mesh.faces, mesh.faces + len(mesh.vertices)]))


DAMAGES: dict[str, Damage] = {
    "2 % of faces removed": without(0.02),
    "10 % of faces removed": without(0.1),
    "10 % of faces flipped": flipped(0.1),
    "every face by itself, some twice": unwelded,
    "a second body across it": overlapped,
}
