"""A scan of things on a table is taken apart so that nothing is lost but what is said."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from occnet.data.samples import Reader
from occnet.files import Cloud
from occnet.mesh import Frame
from occnet.observations.points import Points
from occnet.observations.reading_options import CloudReading, ReadingOptions
from occnet.observations.taken_apart import taken_apart
from tests.geometry.ground.table_scene import table_scan


def cloud(with_sensors: bool = False) -> Cloud:
    """A table scan whose normals and sensors tell which point they belong to."""
    points = table_scan() * 4.0 + [10.0, 20.0, 30.0]
    return Cloud(points, normals=points, sensors=points + np.array([0.0, 0.0, 9.0]) if with_sensors else None)


def test_things_keep_what_belongs_to_their_points_and_get_a_bottom() -> None:
    scan = cloud()
    scene = taken_apart(scan, "keep")
    assert scene is not None
    assert [thing.standing for thing in scene.things] == [True, True]
    for thing in scene.things:
        own = np.isclose(thing.cloud.points[:, 2], 30.0, atol=1e-9)  # the bottom; the other points lie above it
        assert thing.cloud.normals is not None
        assert own.sum() > 50
        np.testing.assert_array_equal(thing.cloud.normals[~own], thing.cloud.points[~own])
        np.testing.assert_allclose(thing.cloud.normals[own], np.tile([0.0, 0.0, -1.0], (own.sum(), 1)), atol=1e-6)
    assert len(scene.shown) == len(scan.points)
    assert "2 things stand on a ground" in scene.notes[0]
    assert len(scene.notes) == 1


def test_a_bottom_that_no_sensor_saw_is_not_made_up() -> None:
    scene = taken_apart(cloud(with_sensors=True), "keep")
    assert scene is not None
    for thing in scene.things:
        assert thing.standing
        assert thing.cloud.sensors is not None
        np.testing.assert_array_equal(thing.cloud.sensors, thing.cloud.points + np.array([0.0, 0.0, 9.0]))
        assert thing.cloud.points[:, 2].min() > 30.0


def test_the_floor_of_a_thing_lies_in_its_own_frame() -> None:
    scene = taken_apart(cloud(), "keep")
    assert scene is not None
    assert scene.slab is not None
    thing = scene.things[0]
    frame = Frame.of(thing.cloud.points)
    floor = scene.floor_of(thing, frame)
    assert floor is not None
    np.testing.assert_allclose(floor.normal, [0, 0, 1], atol=1e-6)
    lowest = frame.to_unit(np.array([[12.0, 21.0, 30.0]]))[0, 2]
    assert floor.offset == pytest.approx(lowest, abs=1e-5)
    assert floor.depth * frame.scale == pytest.approx(0.5 * 0.02 * 8.0, rel=0.1)
    assert scene.floor_of(replace(thing, standing=False), frame) is None


def test_a_ground_that_is_removed_is_not_shown_and_one_that_is_ignored_is_not_looked_for() -> None:
    scan = cloud()
    scene = taken_apart(scan, "remove")
    assert scene is not None
    assert scene.slab is None
    assert scene.sunk == 0.0
    assert scene.shown[:, 2].min() > 30.0
    assert taken_apart(scan, "ignore") is None


def test_a_scan_on_a_ground_is_observed_thing_by_thing() -> None:
    kind, reader, scan = Points(), Reader("points", local=True), cloud()
    seen = kind.observed(scan, reader, ReadingOptions())
    assert len(seen.things) == 2
    assert seen.slab is not None
    assert seen.cloud is not None
    np.testing.assert_allclose(seen.frame.to_original(seen.cloud.numpy()), scan.points, atol=1e-4)
    assert all(thing.floor is not None and thing.readings for thing in seen.things)
    whole = kind.observed(scan, reader, ReadingOptions(CloudReading(ground="ignore")))
    assert not whole.things
    assert whole.readings


def test_where_no_ground_is_to_be_removed_that_is_said() -> None:
    ball = np.random.default_rng(0).standard_normal((500, 3))
    ball /= np.linalg.norm(ball, axis=1, keepdims=True)
    seen = Points().observed(Cloud(ball), Reader("points", local=True), ReadingOptions(CloudReading(ground="remove")))
    assert "No plane was found" in seen.notes[0]
    assert seen.readings


def test_what_is_to_be_split_needs_no_ground() -> None:
    scan = cloud()
    apart = taken_apart(scan, "keep", split=True)
    assert apart is not None
    assert apart.slab is None  # the ground is left out of things that are wanted one by one
    assert [thing.standing for thing in apart.things] == [True, True]
    generator = np.random.default_rng(0)
    balls = generator.standard_normal((1500, 3))
    balls /= np.linalg.norm(balls, axis=1, keepdims=True)
    balls[:500] += [0.0, 5.0, 1.0]
    found = taken_apart(Cloud(balls), "keep", split=True)
    assert found is not None
    assert [len(thing.cloud.points) for thing in found.things] == [1000, 500]
    assert "2 things lie apart" in found.notes[0]
    assert found.floor_of(found.things[0], Frame.of(balls)) is None
    assert taken_apart(Cloud(balls), "keep") is None
