"""Keys, places and positions of the lattice, and the choice of the starting grid."""

import math

import pytest
import torch

from occnet.meshing.lattice import Lattice, start_stride
from occnet.meshing.table import CORNERS, EDGES, FACES

BOUNDS = ((-1.0, 0.0, 2.0), (1.0, 0.5, 2.2))


@pytest.mark.parametrize("stride", [1, 2, 8])
def test_keys_and_places_are_each_others_inverse_and_keep_their_order(stride):
    lattice = Lattice.of(BOUNDS, 21).at(stride)
    x, y, z = lattice.shape
    places = torch.cartesian_prod(torch.arange(-1, z - 1), torch.arange(-1, y - 1), torch.arange(-1, x - 1)).flip(1)
    keys = lattice.keys(places)
    assert keys.tolist() == list(range(x * y * z))
    assert (lattice.places(keys) == places).all()
    assert int(lattice.is_real(places).sum()) == math.prod(lattice.corners)


def test_cells_fill_the_box_and_are_nearly_cubes():
    lattice = Lattice.of(BOUNDS, 21)
    assert lattice.cells == (21, 5, 2)
    corners = lattice.positions(torch.tensor([[0, 0, 0], lattice.cells]))
    assert corners.tolist() == [pytest.approx(bound) for bound in BOUNDS]
    assert lattice.longest == pytest.approx(2.0)
    assert Lattice.of(((0.0, 0.0, 0.0), (1.0, 1e-3, 1.0)), 8).cells == (8, 1, 8)


def test_levels_share_their_corners():
    fine = Lattice.of(BOUNDS, 32)
    coarse = fine.at(4)
    places = torch.tensor([[0, 1, 0], [5, 1, 0], [8, 2, 0]])
    assert (coarse.positions(places) == fine.positions(places * 4)).all()


def test_points_find_their_cells_and_points_outside_none():
    lattice = Lattice.of(BOUNDS, 20)
    points = torch.tensor([[-0.999, 0.251, 2.101], [0.99, 0.01, 2.19], [1.2, 0.0, 2.1]], dtype=torch.float64)
    assert lattice.cells_of(points).tolist() == [[0, 2, 1], [19, 0, 1]]


@pytest.mark.parametrize("resolution", [7, 31, 32, 64, 100, 255, 256, 1000])
def test_the_starting_grid_has_at_least_the_cells_asked_for_and_less_than_twice_as_many(resolution):
    stride = start_stride(Lattice.of(((0.0,) * 3, (1.0,) * 3), resolution), 32, None)  # type: ignore[arg-type]
    assert stride & (stride - 1) == 0
    assert stride == 1 if resolution < 64 else 32 <= resolution / stride < 64


def test_no_ball_of_the_smallest_feature_fits_between_corners_of_the_starting_grid():
    lattice = Lattice.of(((0.0, 0.0, 0.0), (1.0, 1.0, 1.0)), 512)
    for feature in (0.01, 0.05, 0.3):
        stride = start_stride(lattice, 32, feature)
        assert stride * math.sqrt(3) / 512 <= feature < 2 * stride * math.sqrt(3) / 512
    assert start_stride(lattice, 32, 1e-5) == 1


def test_edges_and_faces_of_cells_are_found_by_their_offsets():
    lattice = Lattice.of(BOUNDS, 8)
    cells = torch.cartesian_prod(torch.arange(8), torch.arange(2), torch.arange(1))
    keys = lattice.keys(cells)
    for (axis, corner), offset in zip(EDGES.tolist(), lattice.edge_offsets(keys.device).tolist(), strict=True):
        low = cells + torch.tensor(CORNERS[corner])
        assert (3 * keys + offset == 3 * lattice.keys(low) + axis).all()
    for (axis, side), offset in zip(FACES.tolist(), lattice.face_offsets(), strict=True):
        beyond = cells.clone()
        beyond[:, axis] += 1 if side else -1
        assert (keys + offset == lattice.keys(beyond)).all()


def test_edges_are_real_where_both_ends_are_corners_of_the_box():
    lattice = Lattice.of(BOUNDS, 8)  # 9 x 3 x 2 corners
    places = torch.cartesian_prod(torch.arange(-1, 10), torch.arange(-1, 4), torch.arange(-1, 3))
    counts = [int(lattice.is_real_edge(places, torch.full((len(places),), axis)).sum()) for axis in range(3)]
    assert counts == [8 * 3 * 2, 9 * 2 * 2, 9 * 3 * 1]
