"""What sensors know of a thing as a Field: empty where they saw through, on its side near what they saw, a guess elsewhere."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates
from torch import Tensor

from occnet.cube import PADDED_EDGE, PADDED_HALF
from occnet.field import Field, Numbers, points_of
from occnet.geometry.sensors.enclosure import winding_grid
from occnet.geometry.sensors.seen_surface import SeenSurface
from occnet.geometry.sensors.sighted_scan import SightedScan
from occnet.geometry.sensors.smooth_fit import smooth_fit
from occnet.geometry.sensors.thin_walls import ThinWalls

LOGITS = 6.0  # of a place that is surely inside
CELL = 1.5  # spacings of the points, in a cell: finer ones show nothing more
_FEWEST_CELLS, _MOST_CELLS = 56, 104  # along the edge of the padded cube
_WINDING_CELLS, _GUESS_CELLS = 64, 40
_BAND = 2.0  # cells from the surface at which a place is surely inside or outside
_BULGE = 0.38  # how much the winding number at the surface is below 1/2 of a thing that was seen from no side
_STEEP = 4.0  # of a winding number above its level to a place's certainty
_NEAR_WEIGHT, _EMPTY_WEIGHT, _GUESS_WEIGHT = 10.0, 2.0, 1.0  # against smoothness, see `smooth_fit`
_TRUST = 1.0  # widths of the surface that what is seen to be empty must reach into it, to count
_SURE = 0.95  # of a value of the grid: farther from the surface than there its neighbours change nothing
_MOST_CORRECTION = 0.25  # of a value of the grid by the surface nearby: more would be a contradiction, not a detail


class ObservedField:
    """The Field of a scan with sensors in its unit cube: points (N, 3) -> logits (N,), > 0 inside.

    guess: a Field that guesses what was not seen, > 0 inside, as a network does; without one the winding number alone does.

    It blends three answers, each a value from -1, surely outside, to 1, surely inside, with a weight:

    - near a point, the signed distance to the seen surface in bands of two cells, weight 10 times its belief (`SeenSurface`);
    - where a sensor saw through, and at the wall of the cube, -1, weight 2 (`SightedScan.space`); near the surface the smaller
      of this and of the first;
    - elsewhere a guess, weight 1: how far the winding number of the seen surface (`winding_grid`) is above a level, times 4.
      The level is 1/2 of what was seen from all sides, and lower the fewer sides were seen: 0.26 for one sensor far away, so
      that what was not seen bulges about half as deep as it is wide, and never reaches the wall of the cube. With a guess the
      mean of this and of the guess's own certainty, tanh(logit / 2), which counts as much as there are sides not seen.

    The smooth function that fits these on a grid best (`smooth_fit`) is computed once; asked for a place near the surface, it
    is corrected by the signed distance there, by up to 0.25, for that shows more than the cells of the grid do. Walls that
    were seen from both sides and are thinner than a cell are added to it (`ThinWalls`): on the grid their sides cancel.
    """

    def __init__(self, scan: SightedScan, guess: Field | None = None) -> None:
        self.surface = SeenSurface.of(scan)
        cells = int(np.clip(PADDED_EDGE / (CELL * scan.usual_spacing), _FEWEST_CELLS, _MOST_CELLS))
        self.step = PADDED_EDGE / cells
        self.band = _BAND * max(self.step, float(np.median(self.surface.width)))
        self.grid = self._blended(scan, cells, guess)
        self.thin = ThinWalls.of(self.surface)

    def __call__(self, points: Numbers) -> Tensor:
        points = points_of(points)
        places = points.detach().cpu().double().numpy()
        value = map_coordinates(self.grid, ((places + PADDED_HALF) / self.step).T, order=1, mode="nearest")
        unsure = np.flatnonzero(np.abs(value) < _SURE)
        if len(unsure):
            distance, belief = self.surface.at(places[unsure])
            change = (distance / self.band).clip(-1.0, 1.0) - value[unsure]
            value[unsure] += belief * change.clip(-_MOST_CORRECTION, _MOST_CORRECTION)
        if self.thin is not None:
            value = np.maximum(value, (self.thin.at(places) / self.band).clip(-1.0, 1.0))
        return torch.from_numpy(LOGITS * value).to(points.device, points.dtype)

    def _blended(self, scan: SightedScan, cells: int, guess: Field | None) -> NDArray[np.float64]:
        """The values at the corners of the grid, (cells + 1,) * 3."""
        places = _corners(cells)
        target, weight = _enclosed(scan, places), np.full(len(places), _GUESS_WEIGHT)
        if guess is not None:
            unseen = 1.0 - scan.shown_share
            target = (1.0 - unseen) * target + unseen * _guessed(scan, guess, places)
        near = np.flatnonzero(self.surface.tree.query(places, distance_upper_bound=self.band, workers=-1)[0] < self.band)
        distance, belief = self.surface.at(places[near])
        clear = scan.space.clearance(places)
        clear[near] += _TRUST * float(np.median(self.surface.width)) * belief
        empty = clear < 0.0
        empty |= np.abs(places).max(axis=1) > PADDED_HALF - 0.5 * self.step  # no thing goes on beyond the wall of the cube
        target[empty], weight[empty] = -1.0, _EMPTY_WEIGHT
        value = (np.where(empty[near], np.minimum(distance, clear[near]), distance) / self.band).clip(-1.0, 1.0)
        strong = _NEAR_WEIGHT * belief
        target[near] = (weight[near] * target[near] + strong * value) / (weight[near] + strong)
        weight[near] += strong
        return smooth_fit(target.reshape((cells + 1,) * 3), weight.reshape((cells + 1,) * 3))


def _enclosed(scan: SightedScan, places: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far places (N, 3) are enclosed by what was seen, from -1 to 1."""
    winding = winding_grid(scan, _WINDING_CELLS, PADDED_HALF)
    level = 0.5 - _BULGE * (1.0 - scan.shown_share)
    return (_STEEP * (_at(winding, places) - level)).clip(-1.0, 1.0)


def _guessed(scan: SightedScan, guess: Field, places: NDArray[np.float64]) -> NDArray[np.float64]:
    """What a guess says of places (N, 3), from -1 to 1: asked on a coarse grid, and only where no sensor saw through."""
    corners = _corners(_GUESS_CELLS)
    value = np.full(len(corners), -1.0)
    asked = np.flatnonzero(scan.space.clearance(corners) > -2.0 * PADDED_EDGE / _GUESS_CELLS)
    with torch.no_grad():
        logits = guess(torch.from_numpy(corners[asked].astype(np.float32)))
    value[asked] = np.tanh(0.5 * logits.double().cpu().numpy())
    return _at(value.reshape((_GUESS_CELLS + 1,) * 3), places)


def _corners(cells: int) -> NDArray[np.float64]:
    """The corners of so many cells along each edge of the padded cube, ((cells + 1)^3, 3), z fastest."""
    ticks = np.linspace(-PADDED_HALF, PADDED_HALF, cells + 1)
    return np.stack(np.meshgrid(ticks, ticks, ticks, indexing="ij"), axis=-1).reshape(-1, 3)


def _at(grid: NDArray[np.float64], places: NDArray[np.float64]) -> NDArray[np.float64]:
    """The values at places (N, 3) of a grid over the padded cube."""
    return map_coordinates(grid, ((places + PADDED_HALF) * ((len(grid) - 1) / PADDED_EDGE)).T, order=1)
