"""The number of a training shape: what an auto-decoder is given."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from occnet.data.batches import Sample
from occnet.data.samples import Reader, SampleOf, labelled
from occnet.data.viewer import Viewer
from occnet.mesh import Frame
from occnet.observations.interface import Observation, ObservationKind
from occnet.observations.symmetries import Symmetry


class Index(ObservationKind):
    """Numbers () of training shapes."""

    name: ClassVar[str] = "index"
    expected: ClassVar[str] = "the number of a training shape"
    training_shapes_only: ClassVar[bool] = True

    def checked(self, observation: Tensor | None, reader: Reader) -> Tensor:
        if observation is None or observation.ndim:
            raise self._refused(observation)
        return observation.unsqueeze(0).long()

    def shown(self, of: SampleOf, cloud: Any) -> tuple[NDArray, Viewer | None]:
        return np.array(of.index), None

    def takes(self, value: Any) -> bool:
        return isinstance(value, np.ndarray) and value.ndim == 0 and np.issubdtype(value.dtype, np.integer)

    def observed(self, seen: NDArray, reader: Reader, options: Any) -> Observation:
        return Observation(((torch.from_numpy(np.array(seen)), Symmetry.of(0)),), Frame(np.zeros(3), 1.0))

    def sample(self, of: SampleOf) -> Sample:
        return labelled(of, lambda: np.array(of.index, dtype=np.int64))
