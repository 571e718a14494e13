"""Which scans are read by what their sensors saw, and what is said about it."""

from __future__ import annotations

import numpy as np

from occnet.data.samples import Reader
from occnet.files.clouds import Cloud
from occnet.observations.kinds import kind_named
from occnet.observations.reading_options import CloudReading, ReadingOptions
from tests.geometry.sensors.views_of_solids import seen_ball

PLACE = np.array([0.3, 0.4, 2.0])
SEEN = seen_ball(PLACE, pixels=70)
RANDOM = np.random.default_rng(0)


def observed(cloud: Cloud, **reading):
    return kind_named("points").observed(cloud, Reader("points"), ReadingOptions(CloudReading(**reading)))


def test_a_scan_with_a_sensor_is_read_by_it_in_its_unit_cube() -> None:
    cloud = Cloud(1000.0 * SEEN + 70.0, sensors=1000.0 * PLACE + 70.0)
    seen = observed(cloud)
    assert seen.sighted is not None
    assert not seen.readings
    assert np.allclose(seen.frame.to_original(seen.sighted.sensors), 1000.0 * PLACE + 70.0)
    assert seen.seeds is not None
    assert len(seen.seeds) == len(SEEN)
    assert any("--ignore-sensors" in note for note in seen.notes)


def test_where_one_side_was_seen_the_sensor_is_estimated_and_said() -> None:
    seen = observed(Cloud(SEEN))
    assert seen.sighted is not None
    (place,) = seen.frame.to_original(seen.sighted.sensors)
    assert place @ PLACE > 0.95 * np.linalg.norm(place) * np.linalg.norm(PLACE)
    assert any("taken to be seen from" in note for note in seen.notes)


def test_the_model_reads_what_was_seen_from_all_sides_and_what_it_alone_can_do() -> None:
    ball = RANDOM.standard_normal((900, 3))
    ball /= np.linalg.norm(ball, axis=1, keepdims=True)
    assert observed(Cloud(ball)).sighted is None
    for reading in ({"ignore_sensors": True}, {"tiles": 1}, {"tune": 3}):
        seen = observed(Cloud(SEEN, sensors=PLACE), **reading)
        assert seen.sighted is None
        assert seen.readings
