"""The space between sensors and what they saw: it is empty."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from occnet.geometry.sensors.depth_picture import DepthPicture
from occnet.geometry.sensors.viewpoints import seen_from

_BEYOND_DOUBT = 3.0  # margins farther than where the empty space begins
MOST_PICTURES = 12  # of a scan whose sensor moved, each for the places around it: they cost seconds where points are many
_DEVIATIONS, _SPACINGS = 3.0, 0.5  # before the surface that was seen: so near to it, nothing is told by the rays


@dataclass(frozen=True, eq=False)
class SeenSpace:
    """What all sensors of a scan saw. margin: how far before a surface the space begins that is empty for certain."""

    pictures: tuple[DepthPicture, ...]
    margin: float

    @staticmethod
    def of(
        points: NDArray[np.float64],
        places: NDArray[np.float64],
        seen_by: NDArray[np.int64],
        spacing: NDArray[np.float64],
        noise: float,
    ) -> SeenSpace:
        """The space in which sensors at places (S, 3) saw points (N, 3), each that of its number in seen_by (N,).

        spacing: (N,) of the points. noise: their standard deviation from the surface.

        Into a sensor's picture go its own points and those of other sensors that nothing hides from it: where two saw the same
        surface, each point counts for both, and none of them looks through what the other saw.
        What lies beside all points was seen to be empty, too: a scan shows a thing as a whole, up to what hides itself.
        """
        if len(places) > MOST_PICTURES:
            chosen = spread_out(places, MOST_PICTURES)
            places, seen_by = chosen, np.asarray(KDTree(chosen).query(places)[1])[seen_by]
        pictures = []
        for number, place in enumerate(places):
            own, others = seen_by == number, None
            if len(places) > 1:
                others = points[seen_from(points, place, spacing) & ~own]
            pictures.append(DepthPicture.of(place, points[own], others))
        return SeenSpace(tuple(pictures), max(_DEVIATIONS * noise, _SPACINGS * float(np.median(spacing))))

    def clearance(self, places: NDArray[np.float64]) -> NDArray[np.float64]:
        """How far places (N, 3) are from the space that any sensor saw to be empty, (N,); negative within it."""
        result = np.full(len(places), np.inf)
        for picture in self.pictures:
            np.minimum(result, picture.clearance(places, self.margin), out=result)
        return result

    def saw_through(self, places: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Which of the places (N, 3) are empty for certain, farther before a surface than noise or gaps explain, (N,)."""
        return self.clearance(places) < -_BEYOND_DOUBT * self.margin


def spread_out(places: NDArray[np.float64], most: int) -> NDArray[np.float64]:
    """So many of the places (S, 3), the first, and then always the one farthest from those that were taken, (most, 3)."""
    taken = [0]
    apart = np.linalg.norm(places - places[0], axis=1)
    while len(taken) < most:
        taken.append(int(apart.argmax()))
        np.minimum(apart, np.linalg.norm(places - places[taken[-1]], axis=1), out=apart)
    return places[taken]
