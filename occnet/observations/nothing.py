"""Nothing at all: what a generative model without a condition reads."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import torch
from torch import Tensor

from occnet.data.batches import Sample
from occnet.data.samples import Reader, SampleOf, labelled
from occnet.errors import ModelError
from occnet.observations.interface import ObservationKind


class Nothing(ObservationKind):
    """No observation: None, or a tensor without elements."""

    name: ClassVar[str] = "nothing"
    expected: ClassVar[str] = "nothing"

    def checked(self, observation: Tensor | None, reader: Reader) -> Tensor:
        if observation is not None and observation.numel():
            raise ModelError("This model reads nothing, so it cannot be given an observation; use sample_field(seed).")
        return torch.zeros(1, 0)

    def sample(self, of: SampleOf) -> Sample:
        return labelled(of, lambda: np.zeros(0, dtype=np.float32))
