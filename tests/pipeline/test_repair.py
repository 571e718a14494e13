"""Broken meshes become one closed, manifold surface around the same solid."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import trimesh

from occnet.cli import main
from occnet.errors import FileError, MeshError
from occnet.files import read_mesh, write_mesh
from occnet.geometry.soundness.certificate import certify
from occnet.mesh import Mesh
from occnet.pipeline.repair import repair_file, repair_mesh
from occnet.pipeline.repair_options import RepairOptions

COARSE = RepairOptions(resolution=64)


def of(made: trimesh.Trimesh) -> Mesh:
    return Mesh(made.vertices, made.faces)


def joined(*meshes: Mesh) -> Mesh:
    starts = np.cumsum([0] + [len(mesh.vertices) for mesh in meshes])
    faces = [mesh.faces + start for mesh, start in zip(meshes, starts, strict=False)]
    return Mesh(np.concatenate([mesh.vertices for mesh in meshes]), np.concatenate(faces))


def ball(radius: float = 0.5, shift: float = 0.0) -> Mesh:
    mesh = of(trimesh.creation.icosphere(subdivisions=4, radius=radius))
    return mesh.with_vertices(mesh.vertices + np.array([shift, 0.0, 0.0]))


def test_a_sound_mesh_comes_back_itself() -> None:
    mesh = ball()
    solid = repair_mesh(mesh)
    assert solid.mesh is mesh
    assert solid.repairs == ()
    assert solid.certificate.ok


def test_lost_faces_come_back_without_extraction_far_from_the_origin() -> None:
    mesh = of(trimesh.creation.box((1.0, 0.6, 0.4)).subdivide().subdivide())
    lost = np.random.default_rng(0).permutation(len(mesh.faces))[:20]
    mesh = mesh.with_vertices(1e3 * mesh.vertices + 1e5)
    solid = repair_mesh(Mesh(mesh.vertices, np.delete(mesh.faces, lost, axis=0)))
    assert solid.certificate.ok
    assert solid.mesh.volume == pytest.approx(mesh.volume, rel=1e-9)
    assert len(solid.mesh.faces) == len(mesh.faces)
    assert solid.mesh.bounds == pytest.approx(mesh.bounds, abs=1e-6)


def test_overlapping_open_bodies_become_one_surface_with_their_own_faces() -> None:
    one, two = ball(), ball(0.4, shift=0.5)
    damaged = Mesh(two.vertices, two.faces[20:])
    solid = repair_mesh(joined(one, damaged))
    assert solid.certificate.ok
    assert solid.certificate.components == 1
    assert solid.repairs[-1] == "united overlapping bodies"
    x = (0.5**2 - 0.4**2 + 0.5**2) / (2 * 0.5)  # the balls meet in the plane at x
    caps = [np.pi * h**2 * (r - h / 3) for r, h in ((0.5, 0.5 - x), (0.4, 0.4 - (0.5 - x)))]
    assert solid.mesh.volume == pytest.approx(4 / 3 * np.pi * (0.5**3 + 0.4**3) - sum(caps), rel=0.01)


def test_boxes_that_touch_along_an_edge_keep_their_faces_and_their_colours() -> None:
    cube = of(trimesh.creation.box((1.0, 1.0, 1.0)))
    both = joined(cube, cube.with_vertices(cube.vertices + np.array([1.0, 1.0, 0.0])))
    painted = Mesh(both.vertices, both.faces, colors=np.repeat([[200, 0, 0], [0, 0, 200]], 8, axis=0))
    solid = repair_mesh(painted)
    assert solid.certificate.ok
    assert solid.repairs == ("parted touching bodies",)
    assert len(solid.mesh.faces) == 24
    assert solid.mesh.volume == pytest.approx(2.0, rel=1e-4)
    assert solid.mesh.colors is not None


def test_what_lies_within_is_gone_and_cavities_stay() -> None:
    nested = repair_mesh(joined(ball(), ball(0.3), of(trimesh.creation.box((1.2, 0.1, 0.1)))))
    assert nested.certificate.ok
    assert nested.certificate.components == 1
    assert nested.repairs[-1] == "united overlapping bodies"
    hollow = joined(ball(), ball(0.35).flipped(), of(trimesh.creation.box((0.2, 1.1, 0.2))))
    solid = repair_mesh(hollow, COARSE)
    assert solid.certificate.ok
    # the column is solid in the cavity, which no union tells
    assert solid.repairs[-2] == "rebuilt from its winding field at 64 cells"
    assert len(solid.mesh.faces) <= 20_000
    shell = 4 / 3 * np.pi * (0.5**3 - 0.35**3)
    assert solid.mesh.volume == pytest.approx(shell + 0.7 * 0.04 + 2 * 0.05 * 0.04, rel=0.03)


def test_a_sheet_across_a_ball_gets_its_thickness() -> None:
    sheet = Mesh(np.array([[-1.0, 0, -1], [-1, 0, 1], [1, 0, 1], [1, 0, -1]]), np.array([[0, 1, 2], [0, 2, 3]]))
    solid = repair_mesh(joined(ball(0.5), sheet), replace(COARSE, sheet_thickness=0.05))
    assert solid.certificate.ok
    assert solid.certificate.components == 1
    assert solid.mesh.volume == pytest.approx(np.pi / 6 + (4 - np.pi / 4) * 0.1, rel=0.03)  # the longest edge is 2


def card(thickness: float) -> Mesh:
    """A card of depth 1, bent three times at right angles so that its last part passes through its first."""
    left = 0.5 * thickness * np.array([[0, 1], [-1, 1], [-1, -1], [1, -1], [1, 0]])
    middle = np.array([[-0.4, 0.0], [0.4, 0.0], [0.4, 0.4], [0.0, 0.4], [0.0, -0.4]])
    flat = np.concatenate([middle + left, middle - left])
    vertices = np.concatenate([np.column_stack([flat, np.full(10, z)]) for z in (-0.5, 0.5)])
    quads = [(0, 5, 15, 10), (4, 14, 19, 9)]  # the two ends; left is 0 to 4, right 5 to 9, and 10 more stand on the upper face
    for k in range(4):
        lo, hi, up_lo, up_hi = k, k + 1, k + 10, k + 11
        quads += [(lo, up_lo, up_hi, hi), (lo + 5, hi + 5, up_hi + 5, up_lo + 5)]
        quads += [(lo, hi, hi + 5, lo + 5), (up_lo, up_lo + 5, up_hi + 5, up_hi)]
    return Mesh(vertices, np.array([(a, b, c) for a, b, c, _ in quads] + [(a, c, d) for a, _, c, d in quads]))


def with_fin(mesh: Mesh) -> Mesh:
    a, b, c = mesh.faces[10]
    tip = 1.02 * mesh.vertices[[a, b, c]].mean(axis=0)
    return Mesh(np.concatenate([mesh.vertices, [tip]]), np.concatenate([mesh.faces, [[a, b, len(mesh.vertices)]]]))


def test_a_loose_face_is_no_reason_to_rebuild_a_ball() -> None:
    whole = of(trimesh.creation.icosphere(subdivisions=3))
    solid = repair_mesh(with_fin(whole))
    assert solid.repairs == ("dropped 1 loose face",)
    assert solid.certificate.ok
    assert (solid.given_faces, len(solid.mesh.faces), solid.kept_faces) == (1281, 1280, 1280)
    assert solid.mesh.volume == pytest.approx(4.1527, abs=1e-4)
    assert np.array_equal(np.unique(solid.mesh.vertices, axis=0), np.unique(whole.vertices, axis=0))  # to the last bit


def test_what_is_wrong_in_one_place_leaves_the_others_alone() -> None:
    whole = of(trimesh.creation.icosphere(subdivisions=3))
    folded = whole.vertices.copy()
    folded[whole.faces[300, :2]] = folded[whole.faces[300, 1::-1]]
    twice = np.concatenate([whole.faces, whole.faces[:3], whole.faces[20:22, ::-1]])
    for broken, repair, kept in (
        (Mesh(whole.vertices, whole.faces[3:]), "filled 1 hole", 1277),
        (Mesh(whole.vertices, twice), "dropped 5 repeated faces", 1280),
        (Mesh(folded, whole.faces), "cut out and filled", 1248),
        (joined(whole, whole.with_vertices(0.5 * whole.vertices)), "united overlapping bodies", 1280),
    ):
        solid = repair_mesh(broken)
        assert solid.certificate.ok
        assert repair in "; ".join(solid.repairs)
        assert solid.kept_faces == kept
        assert len(solid.mesh.faces) <= 1280
        assert solid.mesh.volume == pytest.approx(4.1527, rel=2e-3)


def test_the_faces_of_the_result_are_as_few_as_asked_for() -> None:
    whole = ball()
    solid = repair_mesh(Mesh(whole.vertices, whole.faces[5:]), RepairOptions(faces=1000))
    assert solid.certificate.ok
    assert 900 < len(solid.mesh.faces) <= 1000
    assert solid.repairs[-1] == "simplified from 5,120 to 1,000 faces"
    assert solid.mesh.volume == pytest.approx(whole.volume, rel=0.01)
    painted = Mesh(whole.vertices, whole.faces, colors=np.full((len(whole.vertices), 3), [9, 99, 199]))
    few = repair_mesh(painted, RepairOptions(faces=500))
    assert few.repairs == ("simplified from 5,120 to 500 faces",)
    assert few.mesh.colors is not None
    assert (few.mesh.colors == [9, 99, 199]).all()


def test_a_card_through_itself_is_not_torn_and_a_thick_one_is_cut_out_anew() -> None:
    length, crossing = 0.8 + 0.4 + 0.4 + 0.8, 1.0
    for thickness, kept in ((0.004, True), (0.1, False)):
        mesh = card(thickness)
        volume = length * thickness - crossing * thickness**2
        given = certify(mesh)
        assert set(given.problems) == {"intersecting pairs", "touching pairs"}
        solid = repair_mesh(Mesh(mesh.vertices, mesh.faces[3:]), COARSE)
        assert (solid.repairs[-1] == "left faces crossing") == kept
        assert solid.certificate.closed
        assert solid.certificate.edge_manifold
        assert solid.certificate.outward
        assert set(solid.certificate.problems) == ({"intersecting pairs", "touching pairs"} if kept else set())
        assert solid.mesh.volume == pytest.approx(volume, rel=0.02)


def test_the_verb_repairs_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mesh = ball(3.0)
    write_mesh(tmp_path / "broken.obj", Mesh(mesh.vertices, mesh.faces[5:]))
    assert main(["repair", str(tmp_path / "broken.obj"), "-o", str(tmp_path / "solid.ply")]) == 0
    printed = capsys.readouterr().out
    assert "filled 2 holes" in printed
    assert "5,115 given, 5,120 written, 5,115 of them as they were" in printed
    assert certify(read_mesh(tmp_path / "solid.ply")).ok
    with pytest.raises(FileError):
        repair_file(tmp_path / "broken.obj", tmp_path / "solid.pdf", COARSE)
    write_mesh(tmp_path / "line.obj", Mesh(np.array([[0.0, 0, 0], [1, 0, 0], [2, 0, 0]]), np.array([[0, 1, 2]])))
    with pytest.raises(MeshError, match=r"line\.obj cannot be made a solid: its faces have no area"):
        repair_file(tmp_path / "line.obj", tmp_path / "solid.ply", COARSE)
