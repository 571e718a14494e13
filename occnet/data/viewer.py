"""Shapes as a picture shows them: turned about the vertical so that the camera stands in front, and framed anew.

A single picture tells how a thing stands to the camera, but seldom which side its maker called the front. A network that
answers in the viewer's axes need not guess. Shin, Fowlkes, Hoiem, Pixels, voxels, and views, 2018 (viewer-centred prediction).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from occnet.cube import PADDED_HALF
from occnet.data.split_protocol import PreparedSplit, Split
from occnet.geometry.sampling import sample_volume
from occnet.mesh import Frame

_FRAMED_BY = 4096  # surface points that the turned shape's box is taken from
_DRAWN = 4  # stored points drawn for one that is wanted, for some lie beyond the turned cube


@dataclass(frozen=True, eq=False)
class Viewer:
    """The way from a shape's own unit cube to the one that its viewer sees."""

    turn: NDArray[np.float64]  # (3, 3) rotation about the vertical (y) axis
    frame: Frame  # of the unit cube around the turned shape

    def to_viewer(self, points: NDArray) -> NDArray[np.float64]:
        """Points (N, 3) of the shape's own unit cube -> of the viewer's."""
        return self.frame.to_unit(points @ self.turn.T)

    def to_own(self, points: NDArray) -> NDArray[np.float64]:
        """Points (N, 3) of the viewer's unit cube -> of the shape's own."""
        return self.frame.to_original(points) @ self.turn

    def labelled(
        self, points: NDArray, inside: NDArray[np.bool_], count: int, generator: np.random.Generator
    ) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """count labelled points uniform in the viewer's padded cube, from ones uniform in the shape's own padded cube.

        What of the viewer's cube lies beyond the shape's own is outside, and filled with as many points as it ought to hold.
        """
        drawn = sample_volume(count, generator)
        own = self.to_own(drawn)
        beyond = drawn[(np.abs(own) > PADDED_HALF).any(axis=1)]
        seen = self.to_viewer(points)
        within = np.flatnonzero((np.abs(seen) <= PADDED_HALF).all(axis=1))
        wanted = count - len(beyond)
        chosen = within[:wanted] if len(within) >= wanted else generator.choice(within, wanted)
        labels = np.concatenate([inside[chosen], np.zeros(len(beyond), dtype=bool)])
        return np.concatenate([seen[chosen], beyond]).astype(np.float32), labels


def viewer_of(split: PreparedSplit, shape: int, view: int) -> Viewer:
    """The viewer who sees that picture of a shape: straight ahead is the camera, up stays up."""
    to_camera = -split.camera(shape, view)[2, :3].astype(np.float64)  # the third row is the optical axis
    length = np.hypot(to_camera[0], to_camera[2])
    sine, cosine = (to_camera[[0, 2]] / length) if length > 0.0 else (0.0, 1.0)
    turn = np.array([[cosine, 0.0, -sine], [0.0, 1.0, 0.0], [sine, 0.0, cosine]])
    surface, _ = split.surface(shape, min(_FRAMED_BY, split.surface_points), np.random.default_rng(shape))
    return Viewer(turn, Frame.of(surface @ turn.T))


def stored_for(split: Split, count: int) -> int:
    """How many stored points to draw so that `Viewer.labelled` has enough for count."""
    return min(_DRAWN * count, split.labelled_points("uniform"))
