"""Parts without points go; what the scan supports, and the solid as a whole, stay."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh

from occnet.geometry.scan.support import drop_splinters, drop_unsupported
from occnet.mesh import Mesh


def sphere(radius: float, center: float, *, inward: bool = False) -> Mesh:
    made = trimesh.creation.icosphere(2, radius)
    mesh = Mesh(made.vertices + np.array([center, 0.0, 0.0]), made.faces)
    return mesh.flipped() if inward else mesh


def together(*meshes: Mesh) -> Mesh:
    starts = np.cumsum([0, *(len(mesh.vertices) for mesh in meshes)])
    faces = [mesh.faces + start for mesh, start in zip(meshes, starts, strict=False)]
    return Mesh(np.concatenate([mesh.vertices for mesh in meshes]), np.concatenate(faces))


BODY, PART, FLOATER = sphere(1.0, 0.0), sphere(0.3, 2.0), sphere(0.1, 4.0)
POINTS = np.concatenate([BODY.vertices, PART.vertices[::10], FLOATER.vertices[:2]])


def test_a_floater_goes_and_a_small_scanned_part_stays() -> None:
    mesh = drop_unsupported(together(BODY, PART, FLOATER), POINTS, 4)
    assert mesh.volume == pytest.approx(BODY.volume + PART.volume)
    assert len(mesh.vertices) == len(BODY.vertices) + len(PART.vertices)


def test_a_bubble_without_points_is_filled_and_a_scanned_cavity_stays() -> None:
    bubble = sphere(0.5, 0.0, inward=True)
    hollow = together(BODY, bubble)
    assert drop_unsupported(hollow, POINTS, 4).volume == pytest.approx(BODY.volume)
    seen = np.concatenate([POINTS, bubble.vertices])
    assert drop_unsupported(hollow, seen, 4).volume == pytest.approx(BODY.volume + bubble.volume)


def test_a_cavity_goes_with_its_body() -> None:
    """Alone it would be a solid inside out."""
    shell, cavity = sphere(0.2, 6.0), sphere(0.1, 6.0, inward=True)
    points = np.concatenate([POINTS, cavity.vertices])
    assert drop_unsupported(together(BODY, shell, cavity), points, 4).volume == pytest.approx(BODY.volume)


def test_something_always_stays() -> None:
    assert drop_unsupported(together(BODY, FLOATER), BODY.vertices[:3], 50).volume == pytest.approx(BODY.volume)
    everything = together(BODY, PART, FLOATER)
    assert drop_unsupported(everything, POINTS, 0) is everything


def test_a_splinter_beside_a_large_part_goes_and_a_small_thing_apart_stays() -> None:
    splinter, thing = sphere(0.03, 1.03), sphere(0.03, 3.0)
    made = trimesh.creation.icosphere(5, 1.0)
    body = Mesh(made.vertices, made.faces)
    mesh = drop_splinters(
        together(body, splinter, thing), np.concatenate([body.vertices, splinter.vertices[:9], thing.vertices])
    )
    assert mesh.volume == pytest.approx(body.volume + thing.volume)
    assert drop_splinters(body, body.vertices) is body
