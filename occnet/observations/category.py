"""The name of a category: all that some generative models are told of the shape that they draw."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from occnet.data.batches import Sample
from occnet.data.samples import Reader, SampleOf, labelled
from occnet.data.viewer import Viewer
from occnet.errors import DatasetError, ModelError
from occnet.mesh import Frame
from occnet.observations.interface import Observation, ObservationKind
from occnet.observations.symmetries import Symmetry


class Category(ObservationKind):
    """Numbers () of categories, in the order in which the reader has their names."""

    name: ClassVar[str] = "category"
    expected: ClassVar[str] = "the number of a category"

    def checked(self, observation: Tensor | None, reader: Reader) -> Tensor:
        if observation is None or observation.ndim:
            raise self._refused(observation)
        if not 0 <= int(observation) < len(reader.categories):
            named = ", ".join(f"{number} {name}" for number, name in enumerate(reader.categories))
            raise ModelError(f"There is no category {int(observation)}; this model draws: {named}.")
        return observation.unsqueeze(0).long()

    def shown(self, of: SampleOf, cloud: Any) -> tuple[NDArray, Viewer | None]:
        return np.array(_number(of)), None

    def observed(self, seen: NDArray, reader: Reader, options: Any) -> Observation:
        return Observation(((torch.from_numpy(np.array(seen)), Symmetry.of(0)),), Frame(np.zeros(3), 1.0))

    def sample(self, of: SampleOf) -> Sample:
        return labelled(of, lambda: np.array(_number(of), dtype=np.int64))


def _number(of: SampleOf) -> int:
    category = of.split.category(of.shape)
    if category not in of.reader.categories:
        raise DatasetError(
            f"A shape is of the category {category or '(none)'}, which the categories under [encoder] lack: "
            f"{', '.join(of.reader.categories)}. Endless procedural shapes have those of categories under [data]."
        )
    return of.reader.categories.index(category)
