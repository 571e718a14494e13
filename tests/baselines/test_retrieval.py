"""The nearest example is the one with the smallest angle, whatever the lengths."""

from __future__ import annotations

import numpy as np

from occnet.baselines.retrieval import NearestExample


def test_every_example_is_nearest_to_itself_however_long_it_is() -> None:
    features = np.random.default_rng(0).standard_normal((200, 16)) * np.logspace(-6, 6, 200)[:, None]
    examples = NearestExample(features)
    for number, feature in enumerate(features):
        assert examples.nearest(feature) == examples.nearest(1e4 * feature) == number


def test_the_angle_decides_and_not_the_distance() -> None:
    examples = NearestExample([[100.0, 0.0, 0.0], [0.0, 1.0, 0.1], [0.0, -1.0, -1.0]])
    assert examples.nearest([1.0, 0.2, 0.0]) == 0  # 100 away from it, and 1.3 from the second
    assert examples.nearest([0.0, 3.0, 0.0]) == 1
    assert examples.nearest([0.0, -5.0, -4.0]) == 2  # the opposite of the second


def test_an_example_that_says_nothing_is_farther_than_any_that_points_the_same_way() -> None:
    examples = NearestExample(np.array([[0.0, 0.0], [1.0, 1.0]]))
    assert examples.nearest([2.0, 0.0]) == 1
    assert examples.nearest([0.0, 0.0]) in (0, 1)
