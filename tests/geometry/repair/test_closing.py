"""Broken meshes become the solids that they stand for: volumes, whole winding numbers, stated thicknesses."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st

from occnet.data.sources import open_meshes
from occnet.errors import MeshError
from occnet.geometry.cleaning import clean, is_closed, unit_mesh
from occnet.geometry.inside import InsideTest, winding_number
from occnet.geometry.orientation import bodies
from occnet.geometry.repair.closing import close_up
from occnet.geometry.repair.openings import find_openings, opening_area, with_openings_closed
from occnet.geometry.repair.sheets import slab
from occnet.geometry.sampling import sample_volume
from occnet.mesh import Mesh

SHARED = Path(__file__).parents[3] / ".." / "shared" / "data" / "cc0_meshes.npz"


def of(made: trimesh.Trimesh) -> Mesh:
    return Mesh(made.vertices, made.faces)


def box(edges: tuple[float, float, float] = (1.0, 0.8, 0.6), cuts: int = 0) -> Mesh:
    made = trimesh.creation.box(edges)
    for _ in range(cuts):
        made = made.subdivide()
    return of(made)


def without(mesh: Mesh, share: float, seed: int = 0) -> Mesh:
    removed = np.random.default_rng(seed).permutation(len(mesh.faces))[: max(1, int(share * len(mesh.faces)))]
    return Mesh(mesh.vertices, np.delete(mesh.faces, removed, axis=0))


def joined(*meshes: Mesh) -> Mesh:
    starts = np.cumsum([0] + [len(mesh.vertices) for mesh in meshes])
    faces = [mesh.faces + start for mesh, start in zip(meshes, starts, strict=False)]
    return Mesh(np.concatenate([mesh.vertices for mesh in meshes]), np.concatenate(faces))


def rectangle(corners: list[list[float]]) -> Mesh:
    return Mesh(np.array(corners), np.array([[0, 1, 2], [0, 2, 3]]))


SEAT = rectangle([[-0.5, 0.0, -0.4], [-0.5, 0.0, 0.4], [0.5, 0.0, 0.4], [0.5, 0.0, -0.4]])


def volume(mesh: Mesh) -> float:
    """The volume of the solid that a mesh bounds, overlaps counted once, to about 2e-3."""
    return float(InsideTest(mesh).inside(sample_volume(200_000, np.random.default_rng(0))).mean() * 1.1**3)


@pytest.mark.parametrize("missing", [0.02, 0.1, 0.25])
def test_what_is_missing_from_a_box_comes_back_exactly(missing: float) -> None:
    whole = box(cuts=4)
    closed = close_up(without(whole, missing))
    assert is_closed(closed.mesh)
    assert closed.mesh.volume == pytest.approx(whole.volume, rel=1e-12)
    assert closed.mesh.area == pytest.approx(whole.area, rel=1e-12)
    assert any(repair.startswith("filled") for repair in closed.repairs)


def test_an_edge_that_lost_both_its_faces_stays_sharp() -> None:
    whole = box(cuts=2)
    corners = whole.triangles
    at_edge = [
        (np.isclose(corners[:, :, 0], 0.5) & np.isclose(corners[:, :, 1], 0.4)).sum(axis=1) == 2,
        np.isclose(corners[:, :, 2].mean(axis=1), 0.0, atol=0.08),
    ]
    lost = np.logical_and(*at_edge)
    assert lost.sum() >= 2
    closed = close_up(Mesh(whole.vertices, whole.faces[~lost]))
    assert closed.mesh.volume == pytest.approx(whole.volume, rel=1e-12)


def test_a_cylinder_loses_little_with_a_tenth_of_its_faces() -> None:
    whole = of(trimesh.creation.cylinder(radius=0.3, height=1.0, sections=64).subdivide().subdivide())
    assert close_up(without(whole, 0.1)).mesh.volume == pytest.approx(whole.volume, rel=2e-4)


def test_a_box_without_a_lid_is_filled_and_so_is_a_long_tube() -> None:
    mesh = box()
    lid = np.isclose(mesh.triangles[:, :, 1], 0.4).all(axis=1)
    closed = close_up(Mesh(mesh.vertices, mesh.faces[~lid]))
    assert closed.mesh.volume == pytest.approx(0.48)
    assert closed.repairs == ("filled 1 hole",)
    tube = of(trimesh.creation.cylinder(radius=0.1, height=1.0, sections=200))
    sides = np.abs(tube.face_normals[:, 2]) < 1e-9
    closed = close_up(Mesh(tube.vertices, tube.faces[sides]))
    assert closed.mesh.volume == pytest.approx(tube.volume, rel=1e-9)  # openings longer than the programme takes
    assert closed.repairs == ("filled 2 holes",)


@pytest.mark.parametrize("two_sided", [False, True])
@pytest.mark.parametrize("thickness", [0.01, 0.04])
def test_a_sheet_becomes_a_slab_of_the_stated_thickness(two_sided: bool, thickness: float) -> None:
    sheet = Mesh(SEAT.vertices, np.concatenate([SEAT.faces, SEAT.faces[:, ::-1]])) if two_sided else SEAT
    closed = close_up(sheet, thickness)
    assert is_closed(closed.mesh)
    assert volume(closed.mesh) == pytest.approx(0.8 * thickness, rel=0.1)
    points = np.array([[0.1, 0.49 * thickness, 0.2], [0.1, -0.49 * thickness, 0.2]])
    assert InsideTest(closed.mesh).inside(points).all()
    assert not InsideTest(closed.mesh).inside(points * [1, 1.05, 1]).any()


def test_a_chair_of_planes_on_solid_legs_keeps_its_legs_as_they_are() -> None:
    legs = [box((0.06, 0.45, 0.06)) for _ in range(4)]
    places = [[x, -0.25, z] for x in (-0.4, 0.4) for z in (-0.3, 0.3)]
    legs = [leg.with_vertices(leg.vertices + place) for leg, place in zip(legs, places, strict=True)]
    closed = close_up(joined(SEAT, *legs))
    assert volume(closed.mesh) == pytest.approx(0.8 * 0.01 + 4 * 0.06 * 0.06 * 0.45, rel=0.05)
    assert closed.repairs == ("thickened 1 sheet to 0.01",)


def test_a_curved_sheet_keeps_its_thickness_and_shape() -> None:
    angle = np.linspace(0.0, 0.5 * np.pi, 40)
    vertices = np.array([[0.8 * np.cos(a), 0.8 * np.sin(a), z] for a in angle for z in (-0.4, 0.4)])
    rows = 2 * np.arange(39)[:, None]
    sheet = Mesh(vertices, np.concatenate([rows + np.array([0, 2, 1]), rows + np.array([1, 2, 3])]))
    made = slab(sheet, 0.02)
    assert is_closed(made)
    assert made.volume == pytest.approx(sheet.area * 0.02, rel=1e-3)
    radius = np.linalg.norm(made.vertices[:, :2], axis=1)
    assert np.abs(np.abs(radius - 0.8) - 0.01).max() < 1e-4


def test_loose_walls_that_surround_a_room_are_one_solid() -> None:
    walls = box()
    soup = Mesh(walls.vertices, walls.faces)
    apart = [Mesh(soup.vertices, soup.faces[rows]) for rows in _sides_of_a_box(soup)]
    grown = [wall.with_vertices(wall.vertices + 1e-3 * wall.face_normals[0]) for wall in apart]  # they do not share vertices
    closed = close_up(joined(*grown))
    assert closed.repairs == ("joined 6 loose walls",)
    assert volume(closed.mesh) == pytest.approx(walls.volume, rel=0.02)
    alone = close_up(joined(*grown[:2]))
    assert alone.repairs == ("thickened 2 sheets to 0.01",)


def _sides_of_a_box(mesh: Mesh) -> list[np.ndarray]:
    axis = np.abs(mesh.face_normals).argmax(axis=1)
    side = 2 * axis + (np.take_along_axis(mesh.face_normals, axis[:, None], axis=1)[:, 0] > 0)
    return [np.flatnonzero(side == value) for value in range(6)]


def test_a_sheet_within_a_solid_is_dropped() -> None:
    closed = close_up(joined(box(), SEAT.with_vertices(0.5 * SEAT.vertices)))
    assert np.isclose(closed.mesh.volume, 0.48)
    assert len(closed.mesh.faces) == 12
    assert closed.repairs == ("dropped 100 % of the sheets, which lies within",)


def test_of_a_sheet_through_a_solid_only_what_sticks_out_becomes_a_slab() -> None:
    wide = SEAT.with_vertices(SEAT.vertices * [1.0, 1.0, 1.25])  # 1 x 1
    pillar = box((0.5, 0.4, 0.5))
    for sheet in (wide, Mesh(wide.vertices, np.concatenate([wide.faces, wide.faces[:, ::-1]]))):
        closed = close_up(joined(sheet, pillar))
        assert volume(closed.mesh) == pytest.approx(0.1 + 0.75 * 0.01, rel=0.02)
        assert is_closed(closed.mesh)


def test_solids_come_back_as_they_were() -> None:
    ball = of(trimesh.creation.icosphere(subdivisions=3, radius=0.5))
    hollow = joined(ball, ball.with_vertices(0.8 * ball.vertices).flipped())
    across = joined(box(), ball)
    for mesh in (ball, hollow, across):
        closed = close_up(mesh)
        assert closed.repairs == ()
        assert closed.mesh is mesh


def test_a_mesh_inside_out_with_faces_of_their_own_is_turned() -> None:
    ball = of(trimesh.creation.icosphere(subdivisions=3, radius=0.5)).flipped()
    soup = Mesh(ball.triangles.reshape(-1, 3), np.arange(3 * len(ball.faces)).reshape(-1, 3))
    closed = close_up(soup)
    assert closed.repairs == (f"turned {len(ball.faces):,} faces",)
    assert closed.mesh.volume == pytest.approx(-ball.volume)


def test_repeated_faces_do_not_count_twice() -> None:
    """A face that comes twice winds twice, and would spread its winding number beyond the surface."""
    mesh = box(cuts=1)
    rows = np.concatenate([np.arange(len(mesh.faces)), np.arange(0, len(mesh.faces), 4)])
    soup = Mesh(mesh.vertices[mesh.faces[rows]].reshape(-1, 3), np.arange(3 * len(rows)).reshape(-1, 3))
    closed = close_up(soup)
    assert closed.repairs == ("dropped 12 repeated faces",)
    points = sample_volume(50_000, np.random.default_rng(0))
    assert np.array_equal(InsideTest(closed.mesh).inside(points), (np.abs(points) < [0.5, 0.4, 0.3]).all(axis=1))


def test_a_plate_that_lost_its_triangular_top_is_no_tray_but_a_tray_is() -> None:
    triangle = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    plate = of(trimesh.creation.extrude_triangulation(triangle, np.array([[0, 1, 2]]), height=0.1))
    top = np.isclose(plate.triangles[:, :, 2], 0.1).all(axis=1)
    assert top.sum() == 1
    closed = close_up(Mesh(plate.vertices - 0.3, plate.faces[~top]))
    assert closed.repairs == ("filled 1 hole",)
    assert closed.mesh.volume == pytest.approx(0.05)
    flat = box((1.0, 0.1, 0.8))
    lid = np.isclose(flat.triangles[:, :, 1], 0.05).all(axis=1)
    tray = close_up(Mesh(flat.vertices, flat.faces[~lid]))
    assert tray.repairs == ("thickened 1 sheet to 0.01",)
    assert volume(tray.mesh) == pytest.approx(0.01 * (0.8 + 0.36), rel=0.1)  # its floor and four walls, mitred


def test_a_body_without_area_is_dropped_and_the_rest_is_used() -> None:
    line = Mesh(np.array([[0.1, 0.6, 0.0], [0.2, 0.6, 0.0], [0.3, 0.6, 0.0]]), np.array([[0, 1, 2]]))
    closed = close_up(joined(SEAT, line))
    assert closed.repairs == ("dropped 1 face without area", "thickened 1 sheet to 0.01")
    assert volume(closed.mesh) == pytest.approx(0.8 * 0.01, rel=0.02)


def test_nothing_to_close_is_an_error() -> None:
    with pytest.raises(MeshError, match="no faces"):
        close_up(Mesh(np.eye(3), np.zeros((0, 3), dtype=np.int64)))
    with pytest.raises(MeshError, match="no area"):
        close_up(Mesh(np.array([[0.0, 0, 0], [1, 0, 0], [2, 0, 0]]), np.array([[0, 1, 2]])))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(*[st.integers(0, 11)] * 3), min_size=1, max_size=40), st.integers(0, 10**6))
def test_any_soup_gets_whole_winding_numbers_once_its_openings_are_closed(faces: list, seed: int) -> None:
    """Whatever faces share whichever edges, twists and all: with all openings filled nothing is left open."""
    generator = np.random.default_rng(seed)
    mesh = clean(Mesh(generator.uniform(-0.5, 0.5, (12, 3)), np.array(faces, dtype=np.int64)))
    if not len(mesh.faces):
        return
    openings = find_openings(mesh, bodies(mesh.faces))
    closed = with_openings_closed(mesh, openings)
    assert is_closed(closed)
    assert len(closed.faces) == len(mesh.faces) + sum(len(opening.loop) - 2 for opening in openings)
    assert all(len(set(opening.loop.tolist())) == len(opening.loop) for opening in openings)
    winding = winding_number(closed, generator.uniform(-0.6, 0.6, (50, 3))) if closed.area > 1e-6 else np.zeros(1)
    assert np.abs(winding - np.rint(winding)).max() < 0.1


def test_the_area_of_an_opening() -> None:
    mesh = box()
    lid = np.isclose(mesh.triangles[:, :, 1], 0.4).all(axis=1)
    bare = Mesh(mesh.vertices, mesh.faces[~lid])
    (opening,) = find_openings(bare, bodies(bare.faces))
    assert opening_area(bare, opening) == pytest.approx(0.6)


def test_damaged_procedural_solids_keep_their_labels(procedural_meshes: list[Mesh]) -> None:
    wrong = []
    for index, mesh in enumerate(procedural_meshes):
        points = sample_volume(5000, np.random.default_rng(index))
        repaired = close_up(without(mesh, 0.02, seed=index)).mesh
        wrong.append((InsideTest(repaired).inside(points) != InsideTest(mesh).inside(points)).mean())
    assert np.mean(wrong) < 2e-4
    assert max(wrong) < 2e-3


def test_damaged_real_meshes_keep_their_labels() -> None:
    if not SHARED.exists():
        pytest.skip("the CC0 meshes are not beside the repository")
    source = open_meshes(SHARED)
    wrong, compared = [], 0
    for index in range(7, 3131, 120):
        mesh = source.read(index)
        if not is_closed(mesh) or len(mesh.faces) > 4000:
            continue
        mesh, _ = unit_mesh(mesh)
        points = sample_volume(5000, np.random.default_rng(index))
        repaired = close_up(without(mesh, 0.1, seed=index)).mesh
        wrong.append((InsideTest(repaired).inside(points) != InsideTest(mesh).inside(points)).mean())
        compared += 1
    assert compared >= 8
    assert np.mean(wrong) < 2e-4
    assert max(wrong) < 2e-3
