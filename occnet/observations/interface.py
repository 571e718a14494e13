"""What a kind of observation answers. To add one: a file with a subclass, a line in `kinds.py`, and an encoder for it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from occnet.data.batches import Sample
from occnet.data.needs import Needs
from occnet.data.samples import Reader, SampleOf, SamplesConfig
from occnet.data.viewer import Viewer
from occnet.errors import ModelError
from occnet.files.clouds import Cloud
from occnet.files.images import Pictured
from occnet.geometry.open_surface.open_scan import OpenScan
from occnet.geometry.sensors.sighted_scan import SightedScan
from occnet.mesh import Frame, Mesh
from occnet.observations.symmetries import Symmetry

MOST_SEEDS = 100_000  # more points than that say nothing new about where the surface is
SIDE = 224  # pixels of a drawn observation

Reading = tuple[Tensor, Symmetry]
"""An observation as `OccupancyNetwork.field` takes it, and the symmetry of the cube that has turned it."""


@dataclass(frozen=True)
class Floor:
    """What a thing stands on: the plane normal . x = offset, the normal being of length one and upward.

    reach: how high above it nothing was seen of the thing. depth: how far below it the thing is to end, 0 for at it.
    All in the unit cube of the thing.
    """

    normal: tuple[float, float, float]
    offset: float
    reach: float
    depth: float = 0.0


@dataclass(frozen=True, eq=False)
class Observation:
    """One observation, ready for a network."""

    readings: tuple[Reading, ...]  # their answers are averaged
    frame: Frame  # of the unit cube in the observation's own coordinates
    cloud: Tensor | None = None  # (N, 3) or (N, 6), all points that are used, in random order; of voxels the faces' centres
    tiles: int = 1  # along the longest edge, in which the cloud is read
    precise: bool = True  # not a cloud whose noise hides how the surface runs within a cell
    colored: Cloud | None = None  # all points measured, in their own coordinates, where they have colours
    notes: tuple[str, ...] = ()  # sentences on what was noticed and assumed as it was read
    sighted: SightedScan | None = None  # in place of readings: a scan, in the unit cube, of which it is known from where it saw
    floor: Floor | None = None  # that it stands on
    things: tuple[Observation, ...] = ()  # in place of readings: each is seen for itself
    slab: Mesh | None = None  # the ground that the things stand on, in the observation's own coordinates, if it is kept
    pictured: Pictured | None = None  # of a photo, for a network that answers as its viewer sees: what the first reading shows
    open_scan: OpenScan | None = None  # in place of readings: something open, of which there is a surface but no solid

    @property
    def seeds(self) -> Tensor | None:
        """Points near the surface, (N, 3) in the unit cube, where the observation gives any."""
        return None if self.cloud is None else self.cloud[:: -(-len(self.cloud) // MOST_SEEDS), :3]


class ObservationKind(ABC):
    """All that differs by what a network is conditioned on.

    `reader` is what the network's encoder takes of it, an `occnet.data.samples.Reader`.
    """

    name: ClassVar[str]  # what `Encoder.reads` says
    expected: ClassVar[str]  # what a tensor of it is, for messages: "a point cloud of shape (N, 3)"
    shipped_model: ClassVar[str | None] = None  # that reads it where nobody names one
    suffixes: ClassVar[tuple[str, ...]] = ()  # of its files, by which they are found in folders
    sized: ClassVar[bool] = False  # whether it comes in sizes, as clouds do: points; then scans of it are simulated
    training_shapes_only: ClassVar[bool] = False  # whether it means nothing beyond the shapes of a training

    @abstractmethod
    def checked(self, observation: Tensor | None, reader: Reader) -> Tensor:
        """The tensor as a batch of one, of the type that encoders take. Raises ModelError when it has another shape."""

    @abstractmethod
    def sample(self, of: SampleOf) -> Sample:
        """A training sample of a prepared shape."""

    def needs(self, reader: Reader, config: SamplesConfig) -> Needs:
        """What a shape must have stored, so that samples of it can be made."""
        del reader, config
        return Needs(())

    def shown(self, of: SampleOf, cloud: Callable[[], NDArray]) -> tuple[NDArray, Viewer | None]:
        """What a method is given of a shape that it is scored on, and how that is turned if the picture's viewer sees it so.

        cloud: makes the noisy points of the protocol, (N, 3). Raises ModelError where nothing could be shown.
        """
        del cloud
        raise ModelError(f"The model reads {self.name}, so there is no observation from which it could be scored.")

    def holds(self, path: Path) -> bool:
        """Whether the file is one of this kind, by its name (and its header where that is not enough)."""
        del path
        return False

    def takes(self, value: Any) -> bool:
        """Whether a value in memory is of this kind."""
        del value
        return False

    def read(self, path: Path) -> Any:
        """What the file holds, as `observed` takes it. Raises FileError or CloudError when it holds nothing of the kind."""
        raise ModelError(
            f"The model reads {self.name}, so it makes nothing of {path}; choose one that reads points, an image or voxels."
        )

    def observed(self, seen: Any, reader: Reader, options: Any) -> Observation:
        """What `read` gave, or a value that `takes` says is of this kind, as a network reads it.

        options: a `ReadingOptions`. Raises CloudError, EmptySurface or OccnetError when nothing can be made of it.
        """
        del reader, options
        raise ModelError(f"The model reads {self.name}, but was given {type(seen).__name__}.")

    def picture(self, observation: Tensor) -> NDArray[np.uint8]:
        """A picture (SIDE, SIDE, 3) of one observation of a batch, for reports; white where there is nothing to see."""
        del observation
        return np.full((SIDE, SIDE, 3), 255, dtype=np.uint8)

    def _refused(self, observation: Tensor | None) -> ModelError:
        given = "nothing" if observation is None else f"shape {tuple(observation.shape)}"
        return ModelError(f"This model reads {self.expected}, but was given {given}.")
