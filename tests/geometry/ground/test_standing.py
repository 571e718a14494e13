"""The things on a table are told apart; what hovers goes to the thing that it belongs to."""

from __future__ import annotations

import numpy as np
import pytest

from occnet.geometry.ground.ground import Ground, find_ground
from occnet.geometry.ground.standing import things_apart, things_of
from tests.geometry.ground.table_scene import in_box, in_cylinder, table_scan


def ground_of(points: np.ndarray) -> Ground:
    ground = find_ground(points)
    assert ground is not None
    return ground


@pytest.mark.parametrize("noise", [0.0, 0.003])
def test_a_cylinder_and_a_box_are_two_things(noise: float) -> None:
    scan = table_scan(noise=noise)
    ground = ground_of(scan)
    things = things_of(scan, ground)
    assert things.standing.tolist() == [True, True]
    number = things.of_point
    cylinder, box = in_cylinder(scan[:, :2], 0.02), in_box(scan[:, :2], 0.02)
    assert (number >= 0).sum() > 0.97 * ground.above.sum()
    of_cylinder = number[cylinder & (number >= 0)]
    of_box = number[box & (number >= 0)]
    assert len(set(of_cylinder)) == len(set(of_box)) == 1
    assert of_cylinder[0] != of_box[0]
    assert not (number >= 0)[~cylinder & ~box].any()
    assert np.bincount(number[number >= 0]).argmax() == 0


def test_what_hovers_near_a_thing_is_of_it_and_what_hovers_far_off_is_by_itself() -> None:
    scan = table_scan()
    generator = np.random.default_rng(3)
    shade = generator.uniform([0.35, -0.25, 0.35], [0.55, 0.05, 0.38], (300, 3))  # a hand's breadth above the box
    far = generator.uniform([-0.8, -0.6, 1.4], [-0.7, -0.5, 1.5], (300, 3))
    scan = np.concatenate([scan, shade, far])
    things = things_of(scan, ground_of(scan))
    count = len(scan) - 600
    of_box = things.of_point[:count][in_box(scan[:count, :2]) & (scan[:count, 2] > 0.1)]
    assert set(things.of_point[count : count + 300]) == set(of_box)
    alone = set(things.of_point[count + 300 :])
    assert len(alone) == 1
    assert things.standing.tolist() == [number not in alone for number in range(3)]


def test_a_few_points_are_no_thing_and_what_is_beside_the_table_is_one_if_asked() -> None:
    scan = table_scan()
    generator = np.random.default_rng(4)
    speck = generator.uniform([-0.8, -0.6, 0.1], [-0.78, -0.58, 0.12], (20, 3))
    chair = generator.uniform([1.5, 0, -0.3], [1.8, 0.3, 0.1], (600, 3))
    scan = np.concatenate([scan, speck, chair])
    ground = ground_of(scan)
    alone, all_of_it = things_of(scan, ground), things_of(scan, ground, beside=True)
    assert len(alone.standing) == 2
    assert (alone.of_point[-620:] == -1).all()
    assert all_of_it.standing.tolist().count(False) == 1
    assert len(set(all_of_it.of_point[-600:])) == 1
    assert (all_of_it.of_point[-620:-600] == -1).all()


def test_without_a_ground_things_are_what_lies_apart() -> None:
    scan = table_scan()
    high = scan[scan[:, 2] > 0.02]
    specks = np.random.default_rng(5).uniform([-0.8, -0.6, 0.5], [-0.75, -0.55, 0.55], (20, 3))
    things = things_apart(np.concatenate([high, specks]))
    assert things.standing.tolist() == [False, False]
    assert (things.of_point[-20:] == -1).all()
    assert set(things.of_point[:-20][in_box(high[:, :2], 0.01)]) == {0}  # it has more points
    assert set(things.of_point[:-20][in_cylinder(high[:, :2], 0.01)]) == {1}
