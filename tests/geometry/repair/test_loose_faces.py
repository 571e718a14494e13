"""What bounds nothing is told from what bounds a solid."""

from __future__ import annotations

import numpy as np
import trimesh

from occnet.geometry.cleaning import is_closed
from occnet.geometry.repair.loose_faces import hanging, specks, walls_within
from occnet.mesh import Mesh


def ball(subdivisions: int = 3) -> Mesh:
    made = trimesh.creation.icosphere(subdivisions=subdivisions, radius=0.5)
    return Mesh(made.vertices, made.faces)


def with_fin(mesh: Mesh, face: int, height: float) -> Mesh:
    """The mesh with a triangle more, on the first edge of a face."""
    a, b, _ = mesh.faces[face]
    tip = 0.5 * (mesh.vertices[a] + mesh.vertices[b]) * (1.0 + height)
    return Mesh(np.concatenate([mesh.vertices, [tip]]), np.concatenate([mesh.faces, [[a, b, len(mesh.vertices)]]]))


def flange(height: float) -> Mesh:
    """A ball of meridians with a ring all around its equator, the last 64 faces."""
    angle = np.linspace(-0.5 * np.pi, 0.5 * np.pi, 17)
    made = trimesh.creation.revolve(0.5 * np.column_stack([np.cos(angle), np.sin(angle)]), sections=32)
    around = np.flatnonzero(np.abs(made.vertices[:, 2]) < 1e-9)
    around = around[np.argsort(np.arctan2(made.vertices[around, 1], made.vertices[around, 0]))]
    outer = np.arange(len(around)) + len(made.vertices)
    following = np.roll(np.arange(len(around)), -1)
    ring = [
        np.stack([around, outer, outer[following]], axis=1),
        np.stack([around, outer[following], around[following]], axis=1),
    ]
    vertices = np.concatenate([made.vertices, made.vertices[around] * (1.0 + height)])
    return Mesh(vertices, np.concatenate([made.faces, *ring]))


def test_a_fin_hangs_and_the_ball_that_it_hangs_on_does_not() -> None:
    mesh = with_fin(ball(), 10, 0.04)
    assert hanging(mesh).tolist() == [False] * 1280 + [True]
    assert specks(mesh, hanging(mesh)).tolist() == [False] * 1280 + [True]


def test_a_fin_is_told_from_the_ball_also_where_that_has_a_hole() -> None:
    mesh = with_fin(ball(), 10, 0.04)
    mesh = Mesh(mesh.vertices, mesh.faces[np.r_[0:900, 905:1281]])
    assert np.flatnonzero(hanging(mesh)).tolist() == [1275]


def test_a_ring_around_a_ball_hangs_but_is_no_speck() -> None:
    for height in (0.05, 1.0, 4.0):  # also where it has far more area than the ball
        mesh = flange(height)
        loose = hanging(mesh)
        assert loose.sum() == 64
        assert loose[-64:].all()
        assert is_closed(Mesh(mesh.vertices, mesh.faces[~loose]))
        assert not specks(mesh, loose).any()


def test_specks_beside_and_on_a_ball_are_found_unless_there_is_nothing_else() -> None:
    mesh = ball()
    floating = 0.01 * np.random.default_rng(0).standard_normal((5, 3, 3)) + [1.0, 0.0, 0.0]
    vertices = np.concatenate([mesh.vertices, floating.reshape(-1, 3)])
    faces = np.concatenate([mesh.faces, len(mesh.vertices) + np.arange(15).reshape(5, 3)])
    both = Mesh(vertices, faces)
    none = np.zeros(len(faces), dtype=bool)
    assert np.flatnonzero(specks(both, none)).tolist() == list(range(1280, 1285))
    soup = Mesh(mesh.triangles.reshape(-1, 3), np.arange(3840).reshape(-1, 3))  # each face a piece of its own
    assert not specks(soup, np.zeros(1280, dtype=bool)).any()
    closed = trimesh.creation.box((0.01, 0.01, 0.01))
    pair = Mesh(np.concatenate([mesh.vertices, closed.vertices + 1.0]), np.concatenate([mesh.faces, closed.faces + 642]))
    assert not specks(pair, np.zeros(1292, dtype=bool)).any()  # however small, it is a body


def chambers(count: int, last: int) -> tuple[Mesh, int]:
    """A row of chambers with a wall between each two; the number of faces of walls, which are last."""
    points = np.array([[x, y, z] for x in [*range(count), last] for y in (0, 1) for z in (0, 1)], dtype=float)

    def at(x: int, y: int, z: int) -> int:
        return 4 * x + 2 * y + z

    quads = []
    for x in range(count):
        quads += [(at(x, 0, 0), at(x + 1, 0, 0), at(x + 1, 0, 1), at(x, 0, 1))]
        quads += [(at(x, 1, 0), at(x, 1, 1), at(x + 1, 1, 1), at(x + 1, 1, 0))]
        quads += [(at(x, 0, 0), at(x, 1, 0), at(x + 1, 1, 0), at(x + 1, 0, 0))]
        quads += [(at(x, 0, 1), at(x + 1, 0, 1), at(x + 1, 1, 1), at(x, 1, 1))]
    for x in (0, count):
        quads += [(at(x, 0, 0), at(x, 0, 1), at(x, 1, 1), at(x, 1, 0))[:: 1 if x == 0 else -1]]
    quads += [(at(x, 0, 0), at(x, 0, 1), at(x, 1, 1), at(x, 1, 0)) for x in range(1, count)]
    faces = np.array([triangle for a, b, c, d in quads for triangle in ((a, b, c), (a, c, d))])
    return Mesh(points / last - 0.5, faces), 2 * (count - 1)


def test_walls_between_chambers_are_found() -> None:
    for count in (2, 3, 5):
        mesh, walls = chambers(count, count)
        found = walls_within(mesh)
        assert np.flatnonzero(found).tolist() == list(range(len(mesh.faces) - walls, len(mesh.faces)))
        assert is_closed(Mesh(mesh.vertices, mesh.faces[~found]))
    whole = ball()
    assert not walls_within(whole).any()
    assert not hanging(whole).any()
