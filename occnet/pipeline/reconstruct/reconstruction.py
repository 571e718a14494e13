"""What the main job returns."""

from __future__ import annotations

from dataclasses import dataclass

from occnet.geometry.certificate import Certificate
from occnet.mesh import Mesh


@dataclass(frozen=True, eq=False)
class Reconstruction:
    """A mesh, the proof that it is a solid, and how long each part took."""

    mesh: Mesh  # in the input's coordinates
    certificate: Certificate
    seconds: dict[str, float]  # by phase
    notes: tuple[str, ...] = ()  # sentences on what was noticed and assumed as the observation was read
