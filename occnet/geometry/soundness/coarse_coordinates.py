"""Meshes in coordinates that lie so far from the origin, for their size, that float64 keeps few of their digits."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from occnet.errors import MeshError
from occnet.geometry.simplify import thinned
from occnet.geometry.soundness.certificate import certify
from occnet.mesh import Frame, Mesh

_FINE = 1e-10  # steps of coordinates, in longest edges, by which nothing comes about that was not there
_STEPS = (4.0, 16.0)  # how far vertices are to come apart, in steps
_COARSEST = 0.02  # how far they may have to, in longest edges


def moved_to_coarse(mesh: Mesh, frame: Frame, say: Callable[[str], None]) -> Mesh:
    """A mesh in the unit cube, moved to where the frame says; sound there if it is sound in the cube.

    Where coordinates have steps that would make vertices coincide, those near to each other are made one before, which say is
    told. Raises MeshError where they would have to be made one over more than 2 % of the mesh.
    """
    moved = frame.mesh_to_original(mesh)
    largest = float(np.abs(moved.vertices).max(initial=0.0))
    step = float(np.spacing(largest))
    if step <= _FINE * frame.scale or _is_sound(moved) or not _is_sound(mesh):
        return moved
    known = f"coordinates of {largest:.6g} are kept in steps of {step:.2g}"
    for reach in (steps * step for steps in _STEPS if steps * step <= _COARSEST * frame.scale):
        moved = frame.mesh_to_original(thinned(mesh, reach / frame.scale))
        if _is_sound(moved):
            say(f"{known}, so that the mesh has no details below {reach:.2g}")
            return moved
    share = f"{step / frame.scale:.2%} of its size"
    raise MeshError(f"{known}, {share}, which is too coarse for a mesh; subtract an offset where they are made.")


def _is_sound(mesh: Mesh) -> bool:
    return certify(mesh, second_opinion=False).ok
