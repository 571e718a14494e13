"""What one sensor saw, as a picture of the nearest distances by direction, whose pixels are as fine as its points lie."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from occnet.geometry.scan.spacing import local_spacing
from occnet.vectors import normalized

_REACH = 1.5  # spacings of directions around a point that it covers: of points at random, one gap in a thousand stays open
_SPARSE = 3.0  # times the usual spacing: a point that lies alone covers no more
_PIXELS = 2.0  # along a spacing
_MOST_PIXELS = 1 << 20  # of a picture
_COVERING = 4  # points next to a pixel that may cover it
_NARROW = 0.35  # cosine of the angle from the middle within which one plane shows all; a wider view takes the faces of a cube
_BORDER = 4.0  # spacings around the points, in which nothing was seen


@dataclass(frozen=True, eq=False)
class DepthPicture:
    """The directions around a sensor at a place (3,), on one plane, or on the six faces of a cube."""

    place: NDArray[np.float64]
    faces: tuple[_Face, ...]

    @staticmethod
    def of(place: NDArray[np.float64], points: NDArray[np.float64], others: NDArray[np.float64] | None = None) -> DepthPicture:
        """The picture of points (N, 3) that were seen from there, and of others (M, 3) that hide what is behind them, too.

        None of them may be there. The points tell how fine the picture is; others lie askew in it, in rows with gaps between.
        """
        own = len(points)
        points = points if others is None else np.concatenate([points, others])
        arms = points - place
        distance = np.linalg.norm(arms, axis=1)
        directions = arms / distance[:, None]
        middle = normalized(directions.mean(axis=0))
        wide = not (directions @ middle).min() > _NARROW
        planes = _cube() if wide else [_axes(middle)]
        return DepthPicture(place, tuple(_Face.of(axes, directions, distance, own, wide) for axes in planes))

    def clearance(self, places: NDArray[np.float64], slack: float = 0.0) -> NDArray[np.float64]:
        """How far places (N, 3) are from the space that the sensor saw to be empty: (N,), negative within it.

        Along the ray, from slack before the nearest surface that covers the place's direction; where none does, across the
        rays to the next direction that is covered, which is negative. So things end 1.5 spacings beyond their last points.
        """
        arms = places - self.place
        distance = np.linalg.norm(arms, axis=1)
        result = np.full(len(places), -math.inf)
        for face in self.faces:
            nearest, margin = face.look(arms)
            here = np.where(margin < 0.0, margin * distance, distance - nearest + slack)
            result = np.where(np.isnan(margin), result, here)
        return np.where(np.isneginf(result), -distance, result)


@dataclass(frozen=True, eq=False)
class _Face:
    """A plane at distance 1 from the sensor. axes: (3, 3) rows: right, up, ahead. low: (2,) the middle of the first pixel.

    nearest: (A, B) distance of the nearest point that covers a pixel, infinite where none does. margin: (A, B) how far within
    what is covered a pixel is, at distance 1; negative outside.
    """

    axes: NDArray[np.float64]
    low: NDArray[np.float64]
    pixel: float
    nearest: NDArray[np.float64]
    margin: NDArray[np.float64]
    is_one_of_six: bool

    @staticmethod
    def of(axes: NDArray, directions: NDArray, distance: NDArray, own: int, is_one_of_six: bool) -> _Face:
        local = directions @ axes.T
        shown = local[:, 2] > (0.5 if is_one_of_six else 0.0)  # of a face of a cube with a border around
        if shown[:own].sum() < _COVERING + 1:
            return _Face(axes, np.zeros(2), 1.0, np.full((1, 1), math.inf), np.full((1, 1), -math.inf), is_one_of_six)
        flat, distance = local[shown, :2] / local[shown, 2:], distance[shown]
        tree = KDTree(flat)
        spacing = local_spacing(flat)
        usual = float(np.median(local_spacing(flat[np.flatnonzero(shown) < own])))
        reach = _REACH * spacing.clip(usual, _SPARSE * usual)
        low, high = flat.min(axis=0) - _BORDER * usual, flat.max(axis=0) + _BORDER * usual
        pixel = max(usual / _PIXELS, math.sqrt(float(np.prod(high - low)) / _MOST_PIXELS))
        counts = np.ceil((high - low) / pixel).astype(int) + 1
        apart, near = tree.query(low + pixel * np.indices(counts).reshape(2, -1).T, k=_COVERING, workers=-1)
        margin = reach[near] - apart
        nearest = np.where(margin > 0.0, distance[near], math.inf).min(axis=1)
        return _Face(axes, low, pixel, nearest.reshape(counts), margin.max(axis=1).reshape(counts), is_one_of_six)

    def look(self, arms: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """What lies in the directions of arms (N, 3): nearest and margin, (N,) each; NaN where another face tells."""
        local = arms @ self.axes.T
        ahead = local[:, 2]
        own = ahead >= np.abs(local[:, :2]).max(axis=1) if self.is_one_of_six else ahead > 0.0
        with np.errstate(divide="ignore", invalid="ignore"):
            pixels = np.rint((local[:, :2] / ahead[:, None] - self.low) / self.pixel)
        held = own & ((pixels >= 0) & (pixels < self.nearest.shape)).all(axis=1)
        rows = pixels[held].astype(np.int64)
        nearest, margin = np.full(len(arms), math.inf), np.where(own, -math.inf, math.nan)
        nearest[held], margin[held] = self.nearest[rows[:, 0], rows[:, 1]], self.margin[rows[:, 0], rows[:, 1]]
        return nearest, margin


def _axes(ahead: NDArray[np.float64]) -> NDArray[np.float64]:
    right = normalized(np.cross(np.eye(3)[np.abs(ahead).argmin()], ahead))
    return np.stack([right, np.cross(ahead, right), ahead])


def _cube() -> list[NDArray[np.float64]]:
    return [_axes(sign * axis) for axis in np.eye(3) for sign in (1.0, -1.0)]
