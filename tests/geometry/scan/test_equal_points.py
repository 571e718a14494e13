"""Equal points are found as a dictionary would find them, in the order of the cloud."""

from __future__ import annotations

import numpy as np
import pytest

from occnet.geometry.scan.equal_points import places_of


@pytest.mark.parametrize("count", [1, 40, 2000])
def test_places_are_those_of_a_dictionary(count: int) -> None:
    points = np.random.default_rng(count).integers(-4, 5, (count, 3)) * 0.1
    number: dict[tuple[float, ...], int] = {}
    of_point = [number.setdefault(tuple(point), len(number)) for point in points.tolist()]
    found = places_of(points)
    assert found.of_point.tolist() == of_point
    assert found.counts.tolist() == np.bincount(of_point).tolist()
    assert found.first.tolist() == [of_point.index(place) for place in range(len(number))]


def test_zero_has_one_place_whatever_its_sign_and_the_last_bit_counts() -> None:
    assert places_of(np.array([[0.0, 1.0, 2.0], [-0.0, 1.0, 2.0]])).counts.tolist() == [2]
    assert places_of(np.array([[1.0, 1.0, 2.0], [np.nextafter(1.0, 2.0), 1.0, 2.0]])).counts.tolist() == [1, 1]
    assert len(places_of(np.zeros((0, 3))).first) == 0
