"""The certificate: silent on sound meshes, and each planted defect found."""

import numpy as np
import pytest
import trimesh

from occnet.field import Complement, Intersection, Sphere, Torus, Union
from occnet.geometry.soundness.certificate import certify
from occnet.mesh import Mesh
from occnet.meshing import extract_mesh

CUBE_VERTICES = np.array([[x, y, z] for z in (0, 1) for y in (0, 1) for x in (0, 1)], dtype=float)
QUADS = [[0, 2, 3, 1], [4, 5, 7, 6], [0, 1, 5, 4], [2, 6, 7, 3], [0, 4, 6, 2], [1, 3, 7, 5]]
CUBE_FACES = np.array([triangle for a, b, c, d in QUADS for triangle in ([a, b, c], [a, c, d])])
CUBE = Mesh(CUBE_VERTICES, CUBE_FACES)


def joined(*meshes):
    """Meshes side by side in one, nothing merged."""
    starts = np.cumsum([0, *(len(mesh.vertices) for mesh in meshes)])
    faces = [mesh.faces + start for mesh, start in zip(meshes, starts[:-1], strict=True)]
    return Mesh(np.concatenate([mesh.vertices for mesh in meshes]), np.concatenate(faces))


def moved(mesh, by, scale=1.0):
    return mesh.with_vertices(mesh.vertices * scale + np.asarray(by))


def merged(mesh):
    """Vertices at the same place made one."""
    vertices, names = np.unique(mesh.vertices, axis=0, return_inverse=True)
    return Mesh(vertices, names.reshape(-1)[mesh.faces])


def without_face():
    return Mesh(CUBE.vertices, CUBE.faces[1:])


def flipped_face():
    return Mesh(CUBE.vertices, np.concatenate([CUBE.faces[:1, ::-1], CUBE.faces[1:]]))


def fin():
    """A face that stands on an edge of the cube."""
    return Mesh(np.append(CUBE.vertices, [[2.0, 2.0, 2.0]], axis=0), np.append(CUBE.faces, [[0, 1, 8]], axis=0))


def cubes_on_an_edge():
    return merged(joined(CUBE, moved(CUBE, [1, 1, 0])))


def cubes_on_a_vertex():
    return merged(joined(CUBE, moved(CUBE, [1, 1, 1])))


def repeated_corner():
    """An edge opened and filled with two faces without area, of which each repeats a corner."""
    return Mesh(CUBE.vertices, np.concatenate([CUBE.faces, [[0, 0, 1], [1, 0, 0]]]))


def flat_face():
    """A vertex in the middle of the diagonal of a square, joined to its ends by a face without area on one side."""
    vertices = np.append(CUBE.vertices, [[0.5, 0.5, 0.0]], axis=0)  # on the edge 0-3 of faces 0 and 1
    faces = np.concatenate([CUBE.faces[1:], [[0, 2, 8], [2, 3, 8], [0, 8, 3]]])
    return Mesh(vertices, faces)


def duplicate_face():
    return Mesh(CUBE.vertices, np.append(CUBE.faces, CUBE.faces[:1], axis=0))


def split_vertex():
    """One corner of the cube replaced, in one of its faces, by another vertex at the same place."""
    faces = CUBE.faces.copy()
    faces[0, 0] = 8
    return Mesh(np.append(CUBE.vertices, CUBE.vertices[:1], axis=0), faces)


def unused_vertex():
    return Mesh(np.append(CUBE.vertices, [[9.0, 9.0, 9.0]], axis=0), CUBE.faces)


def pulled_through():
    """A corner of the cube pulled out through the opposite side."""
    vertices = CUBE.vertices.copy()
    vertices[0] = [0.5, 0.4, 1.5]
    return Mesh(vertices, CUBE.faces)


def folded():
    """The cube's top drawn from a point of its plane that lies outside of it, so that its faces fold over."""
    vertices = np.append(CUBE.vertices, [[1.5, 0.4, 1.0]], axis=0)
    top = [[4, 5, 8], [5, 7, 8], [7, 6, 8], [6, 4, 8]]
    return Mesh(vertices, np.concatenate([CUBE.faces[:2], CUBE.faces[4:], top]))


def moebius_strip():
    angles = np.linspace(0, 2 * np.pi, 13)[:-1]
    rims = [
        [(1 + side * np.cos(a / 2)) * np.cos(a), (1 + side * np.cos(a / 2)) * np.sin(a), side * np.sin(a / 2)]
        for a in angles
        for side in (-0.3, 0.3)
    ]
    faces = []
    for i in range(12):
        a, b, c, d = 2 * i, 2 * i + 1, (2 * i + 2) % 24, (2 * i + 3) % 24
        if i == 11:
            c, d = d, c
        faces += [[a, c, b], [b, c, d]]
    return Mesh(np.array(rims), np.array(faces))


def on_its_far_side():
    """A ball whose highest vertex lies in the middle of its lowest face."""
    ball = extract_mesh(Sphere(), resolution=12)
    vertices = ball.vertices.copy()
    lowest = ball.faces[ball.triangles[:, :, 2].mean(axis=1).argmin()]
    vertices[vertices[:, 2].argmax()] = ball.vertices[lowest].mean(axis=0)
    return Mesh(vertices, ball.faces)


def tetrahedron_on_a_face():
    """Its lowest vertex stands on the cube."""
    return joined(CUBE, Mesh(np.array([[0.4, 0.3, 1.0], [0, 0, 2], [1, 0, 2], [0, 1, 2]]), TETRAHEDRON))


def edge_across_an_edge():
    """A wedge of two tetrahedra whose lowest edge lies across an edge of the cube, in one point."""
    ridge = np.array([[1.5, 0.5, 1.5], [0.5, 0.5, 0.5], [1.5, 0.2, 2.5], [1.5, 0.8, 2.5]])
    ridge[:2] = [[0.5, 0.4, 1.5], [1.5, 0.6, 0.5]]  # through (1, 0.5, 1)
    ridge[2:] = [[2.5, 0.3, 1.6], [2.5, 0.9, 1.6]]
    return joined(CUBE, Mesh(ridge, TETRAHEDRON))


TETRAHEDRON = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]])

DEFECTS = [
    (on_its_far_side, {"touching pairs": None}),
    (tetrahedron_on_a_face, {"touching pairs": 3, "intersecting pairs": 0}),
    (edge_across_an_edge, {"touching pairs": None, "intersecting pairs": 0}),
    (without_face, {"boundary edges": 3}),
    (flipped_face, {"misdirected edges": 3}),
    (lambda: CUBE.flipped(), {"inward components": 1}),
    (fin, {"boundary edges": 2, "crowded edges": 1}),
    (cubes_on_an_edge, {"crowded edges": 1}),
    (cubes_on_a_vertex, {"pinched vertices": 1}),
    (repeated_corner, {"degenerate faces": 2}),
    (flat_face, {"degenerate faces": 1}),
    (duplicate_face, {"duplicate faces": 1, "crowded edges": 3}),
    (split_vertex, {"coincident vertices": 1}),
    (lambda: joined(CUBE, CUBE), {"duplicate faces": 0, "coincident vertices": 8}),
    (pulled_through, {"intersecting pairs": None}),
    (folded, {"intersecting pairs": None}),
    (lambda: joined(CUBE, moved(CUBE, [0.5, 0.4, 0.3])), {"intersecting pairs": None}),
    (lambda: joined(CUBE, moved(CUBE, [0.25] * 3, 0.5)), {"inward components": 1}),
    (lambda: joined(CUBE, moved(CUBE, [3, 0, 0]).flipped()), {"inward components": 1}),
    (moebius_strip, {"misdirected edges": 1, "boundary edges": 24}),
    (lambda: Mesh(CUBE.vertices, np.empty((0, 3), dtype=int)), {"no faces": 1}),
    (lambda: Mesh(np.empty((0, 3)), np.empty((0, 3), dtype=int)), {"no faces": 1}),
]


@pytest.mark.parametrize(("make", "expected"), DEFECTS)
def test_planted_defects_are_found(make, expected):
    found = certify(make())
    assert not found.ok
    for name, count in expected.items():
        if count is None:
            assert found.problems[name] > 0, found.problems
        else:
            assert found.problems.get(name, 0) == count, found.problems
    assert "none" not in str(found).splitlines()[-1]


@pytest.mark.parametrize(
    ("mesh", "components", "genus", "euler"),
    [
        (CUBE, 1, 0, 2),
        (joined(CUBE, moved(CUBE, [3, 0, 0])), 2, 0, 4),
        (joined(CUBE, moved(CUBE, [0.25] * 3, 0.5).flipped()), 2, 0, 4),
        (
            joined(
                CUBE, moved(CUBE, [0.2] * 3, 0.6).flipped(), moved(CUBE, [0.3] * 3, 0.4), moved(CUBE, [0.4] * 3, 0.2).flipped()
            ),
            4,
            0,
            8,
        ),
        (moved(CUBE, [1e6, -1e6, 0.0], 1e3), 1, 0, 2),
        (extract_mesh(Torus(), resolution=24), 1, 1, 0),
    ],
)
def test_sound_meshes_pass(mesh, components, genus, euler):
    found = certify(mesh)
    assert found.ok, found.problems
    assert (found.components, found.genus, found.euler_number) == (components, genus, euler)
    assert found.closed
    assert found.edge_manifold
    assert found.vertex_manifold
    assert found.oriented
    assert found.outward
    assert str(found).splitlines()[-1].split() == ["problems", "none"]


@pytest.mark.parametrize("make", [make for make, _ in DEFECTS])
def test_manifold3d_has_nothing_to_add_where_nothing_is_wrong(make):
    for mesh in (make(), CUBE, extract_mesh(Torus(), resolution=24)):
        asked, alone = certify(mesh), certify(mesh, second_opinion=False)
        assert asked.ok == alone.ok
        assert alone.manifold3d is None
        assert "not asked" in str(alone)
        assert asked.manifold3d == "NoError" or alone.problems


@pytest.mark.parametrize(("gap", "sound"), [(1e-6, True), (1e-9, True), (1e-11, True), (1e-13, False), (0.0, False)])
def test_bodies_may_be_as_near_to_each_other_as_they_can_be_told_apart(gap, sound):
    for shift in ([1.0 + gap, 0.1, 0.1], [0.1, 1.0 + gap, 0.1]):
        assert certify(joined(CUBE, moved(CUBE, shift))).ok == sound
    hollow = joined(CUBE, moved(CUBE, [gap] * 3, 1.0 - 2.0 * gap).flipped())
    assert certify(hollow).ok == sound


def test_unused_vertices_are_said_and_not_refused():
    found = certify(unused_vertex())
    assert found.ok
    assert found.unused_vertices == 1
    assert found.euler_number == 2
    assert "9 (1 of no face), 12" in str(found)


@pytest.mark.parametrize("exponent", [-1040, -600, -200, 200, 330])
def test_size_does_not_matter(exponent):
    """Not even where areas vanish in float64, or overflow."""
    for make in (lambda: CUBE, pulled_through, flat_face, on_its_far_side):
        plain = make()
        large = certify(plain.with_vertices(np.ldexp(np.rint(np.ldexp(plain.vertices, 20)), exponent - 20)))
        assert large.problems.keys() == certify(plain.with_vertices(np.rint(np.ldexp(plain.vertices, 20)))).problems.keys()
    assert certify(CUBE.with_vertices(np.ldexp(CUBE.vertices, exponent))).area == 6.0 * 2.0 ** (2 * exponent)


@pytest.mark.parametrize("distance", [1e3, 1e9, 1e15])
def test_place_does_not_matter(distance):
    spread = CUBE.with_vertices(4.0 * CUBE.vertices)
    assert certify(moved(spread, [distance, -distance, 0.0])).ok
    assert certify(moved(spread, [distance, -distance, 0.0])).volume == 64.0


def test_volume_and_area_of_a_cavity():
    found = certify(joined(CUBE, moved(CUBE, [0.25] * 3, 0.5).flipped()))
    assert found.volume == pytest.approx(1 - 1 / 8)
    assert found.area == pytest.approx(6 + 6 / 4)


def test_components_far_along_x_do_not_confuse_the_nesting():
    shells = Union((Intersection((Sphere(0.3), Complement(Sphere(0.2)))), Sphere(0.05), Sphere(0.06, (0.45, 0.0, 0.0))))
    found = certify(extract_mesh(shells, resolution=48))
    assert found.ok, found.problems
    assert found.components == 4


def test_a_sample_of_faces_is_said_to_be_one():
    found = certify(CUBE, examined_faces=5)
    assert found.examined_faces == 5
    assert "5 faces sampled" in str(found)
    assert "all pairs" in str(certify(CUBE))


def test_an_open_surface_may_have_boundaries_and_they_are_counted() -> None:
    box = trimesh.creation.box()
    ring = Mesh(np.asarray(box.vertices), np.asarray(box.faces)[np.abs(box.face_normals[:, 2]) < 0.5])
    found = certify(ring, open_surface=True)
    assert found.ok
    assert (found.boundaries, found.boundary_edges, found.genus, found.components) == (2, 8, 0, 1)
    assert "2 boundaries of 8 edges" in str(found)
    assert "manifold3d" not in str(found)
    closed = certify(ring)
    assert not closed.ok
    assert closed.genus is None
    assert "NO: 2 boundaries of 8 edges" in str(closed)


def test_other_defects_of_an_open_surface_count() -> None:
    bow_tie = Mesh(np.array([[0.0, 0, 0], [1, 0, 0], [1, 1, 0], [-1, 0, 0], [-1, 1, 0]]), np.array([[0, 1, 2], [0, 3, 4]]))
    assert certify(bow_tie, open_surface=True).problems == {"pinched vertices": 1}
    torus = trimesh.creation.torus(1.0, 0.3)
    holed = Mesh(np.asarray(torus.vertices), np.asarray(torus.faces[1:]))
    assert (certify(holed, open_surface=True).genus, certify(holed, open_surface=True).boundaries) == (1, 1)
