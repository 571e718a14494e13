"""How a broken mesh is made solid: what can be chosen."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class RepairOptions:
    """How a broken mesh is made solid. Lengths are in longest edges."""

    resolution: int | None = None
    """cells along the padded cube, where the mesh is rebuilt; by default 256 to 1024, the finer the less surface"""
    sheet_thickness: float = 0.01
    """of the slabs that surfaces without thickness become"""
    faces: int | None = None
    """the most faces of the result, which is simplified if it has more; by default only a mesh that has to be rebuilt is, to
    20,000 or four times the faces that it had"""
