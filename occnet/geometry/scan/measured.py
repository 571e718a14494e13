"""What of a cloud was measured: no pixels without depth, nothing twice, no strays."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from occnet.errors import CloudError
from occnet.files.clouds import FEWEST_POINTS, Cloud, check_length
from occnet.geometry.scan.equal_points import places_of
from occnet.geometry.scan.strays import strays
from occnet.geometry.scan.thinning import thinned
from occnet.geometry.scan.unmeasured import at_farthest, at_no_data, at_sensor, piled


def measured(cloud: Cloud, most: int | None = None) -> Cloud:
    """The cloud without what says nothing about a surface, in its order, with a note on each kind that is left out.

    In turn: points without a depth (see unmeasured.py), all but the first of points that are equal to the last bit, strays.
    What belongs to a point, normal, colour and sensor, stays with it; of equal points the first one's do. A cloud in which
    nothing is wrong is returned as it is. most: points that can be used; where there are many more, some are left out where the
    scan is densest (see `thinned`), which is said, too.
    Raises CloudError when fewer than 32 points are left of more, or those left are too large or small to compute with.
    """
    whole = cloud
    for step in (_with_finite, _with_depth, _distinct):
        cloud = step(cloud)
    cloud = _without_strays(cloud if most is None else _thinned(cloud, most))
    if len(cloud.points) < FEWEST_POINTS <= len(whole.points):
        why = " ".join(cloud.notes[len(whole.notes) :])
        raise CloudError(
            f"{whole.source}: {len(cloud.points)} points of {len(whole.points):,} are left, too few for a surface. {why}"
        )
    if len(cloud.points) >= FEWEST_POINTS:
        check_length(cloud.points, whole.source)
    return cloud


def _with_finite(cloud: Cloud) -> Cloud:
    finite = np.isfinite(cloud.points).all(axis=1)
    return _less(cloud, np.asarray(~finite), "are NaN or infinite, as pixels without a depth are")


def _with_depth(cloud: Cloud) -> Cloud:
    if cloud.sensors is not None:
        cloud = _less(cloud, at_sensor(cloud.points, cloud.sensors), "lie where the sensor was")
    cloud = _less(cloud, at_no_data(cloud.points), "have coordinates that stand for no measurement")
    if cloud.sensors is not None:
        far = at_farthest(cloud.points, cloud.sensors)
        cloud = _less(cloud, far, "lie at one and the same largest depth, as pixels out of reach do")
    return cloud


def _distinct(cloud: Cloud) -> Cloud:
    places = places_of(cloud.points)
    if len(places.first) == len(cloud.points):
        return cloud
    piles = piled(cloud.points, places)
    in_pile = piles[places.of_point]
    if piles.any():
        where = [f"({', '.join(f'{value:g}' for value in cloud.points[row])})" for row in places.first[piles][:2]]
        more = f" and {int(piles.sum()) - 2:,} more places" if piles.sum() > 2 else ""
        what = f"lie on top of each other at {' and '.join(where)}{more}, as pixels without a depth do"
        cloud = replace(cloud, notes=(*cloud.notes, _note(int(in_pile.sum()), len(cloud.points), what)))
    first = places.first[~piles]
    repeated = len(cloud.points) - int(in_pile.sum()) - len(first)
    if repeated:
        note = f"{repeated:,} of its {len(cloud.points):,} points are exact repetitions of others; each counts once."
        cloud = replace(cloud, notes=(*cloud.notes, note))
    return cloud.at(first)


def _thinned(cloud: Cloud, most: int) -> Cloud:
    rows = thinned(cloud.points, most)
    if len(rows) == len(cloud.points):
        return cloud
    note = f"Of {len(cloud.points):,} points {len(rows):,} are looked at, as many as can be used; --tiles N looks at more."
    return replace(cloud.at(rows), notes=(*cloud.notes, note))


def _without_strays(cloud: Cloud) -> Cloud:
    return _less(cloud, strays(cloud.points), "lie alone, far from all others")


def _less(cloud: Cloud, wrong: NDArray[np.bool_], what: str) -> Cloud:
    """The cloud without some of its points, (N,) bool, with a note that says what they are."""
    if not wrong.any():
        return cloud
    notes = (*cloud.notes, _note(int(wrong.sum()), len(wrong), what))
    return replace(cloud.at(~wrong), notes=notes)


def _note(count: int, of: int, what: str) -> str:
    return f"{count:,} of its {of:,} points {what}; they are left out."
