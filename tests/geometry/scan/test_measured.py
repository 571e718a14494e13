"""What a scanner did not measure is left out before anything else is, with a word on each kind."""

from __future__ import annotations

import numpy as np
import pytest

from occnet.errors import CloudError
from occnet.files import Cloud, checked_points
from occnet.geometry.scan.measured import measured


def ball(count: int = 800) -> np.ndarray:
    points = np.random.default_rng(0).standard_normal((count, 3))
    return points / np.linalg.norm(points, axis=1, keepdims=True)


def test_a_clean_cloud_stays_the_same_object() -> None:
    cloud = Cloud(ball(), ball(), sensors=np.array([0.0, 0.0, 9.0]), notes=("As it was.",))
    assert measured(cloud) is cloud


def test_every_kind_is_left_out_and_all_that_belongs_to_a_point_stays_with_it() -> None:
    good = ball() + np.array([0, 0, 5.0])
    bad = np.concatenate(
        [
            [[np.nan, 0, 0], [0, np.inf, 1]],
            np.zeros((3, 3)),  # at the sensor
            [[1.0, 2.0, -9999.0]],
            np.full((70, 3), 7.0),
            good[:300],
            [[90.0, 80.0, 70.0], [90.0, 80.0, 71.0]],
        ]
    )
    shuffle = np.random.default_rng(1).permutation(len(good) + len(bad))
    points = np.concatenate([good, bad])
    normals, colors = points * 2.0, np.arange(len(points)).repeat(3).reshape(-1, 3).astype(np.uint8)
    each = np.tile([0.0, 0.0, 1e-9], (len(points), 1))
    result = measured(Cloud(points[shuffle], normals[shuffle], colors[shuffle], sensors=each[shuffle]))
    rows = np.array([row for row, point in enumerate(points[shuffle]) if tuple(point) in set(map(tuple, good))])
    _, first = np.unique(points[shuffle][rows], axis=0, return_index=True)
    rows = rows[np.sort(first)]
    assert len(rows) == 800
    np.testing.assert_array_equal(result.points, points[shuffle][rows])
    np.testing.assert_array_equal(result.normals, normals[shuffle][rows])
    np.testing.assert_array_equal(result.points * 2.0, result.normals)
    assert result.colors is not None
    assert len(result.colors) == 800
    assert result.sensors is not None
    assert result.sensors.shape == (800, 3)
    said = " ".join(result.notes)
    for words in (
        "2 of its 1,178 points are NaN",
        "3 of its 1,176 points lie where the sensor was",
        "1 of its 1,173 points have",
    ):
        assert words in said
    for words in (
        "70 of its 1,172 points lie on top of each other at (7, 7, 7)",
        "300 of its 1,172",
        "2 of its 802 points lie alone",
    ):
        assert words in said


@pytest.mark.parametrize("far", [1e7, -3e8])
def test_one_far_point_does_not_make_good_ones_a_line(far: float) -> None:
    points = np.concatenate([ball(), [[far, far, 0.0]]])
    with pytest.raises(CloudError, match="one line"):
        checked_points(points, "before")
    assert len(checked_points(measured(Cloud(points)).points, "after")) == 800


def test_what_is_left_out_of_many_points_is_said() -> None:
    result = measured(Cloud(ball(9000)), most=3000)
    assert len(result.points) == pytest.approx(3000, rel=0.05)
    assert result.notes == (
        f"Of 9,000 points {len(result.points):,} are looked at, as many as can be used; --tiles N looks at more.",
    )
    assert len(measured(Cloud(ball(9000)), most=9000).points) == 9000


def test_where_hardly_a_point_is_left_the_reason_is_said() -> None:
    points = np.concatenate([ball(20), np.zeros((500, 3))])
    with pytest.raises(CloudError, match=r"scan\.xyz: 20 points of 520 are left, .* 500 of its 520 points lie on top of each"):
        measured(Cloud(points, source="scan.xyz"))
