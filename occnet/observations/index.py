"""The number of a training shape: what an auto-decoder is given."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from torch import Tensor

from occnet.data.batches import Sample
from occnet.data.samples import Reader, SampleOf, labelled
from occnet.observations.interface import ObservationKind


class Index(ObservationKind):
    """Numbers () of training shapes."""

    name: ClassVar[str] = "index"
    expected: ClassVar[str] = "the number of a training shape"
    training_shapes_only: ClassVar[bool] = True

    def checked(self, observation: Tensor | None, reader: Reader) -> Tensor:
        if observation is None or observation.ndim:
            raise self._refused(observation)
        return observation.unsqueeze(0).long()

    def sample(self, of: SampleOf) -> Sample:
        return labelled(of, lambda: np.array(of.index, dtype=np.int64))
