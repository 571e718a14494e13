"""Categories as observations: their numbers, and shapes whose category the network does not know."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from occnet.data.datasets import open_split
from occnet.data.samples import Reader, SampleOf, SamplesConfig
from occnet.errors import DatasetError, ModelError
from occnet.observations.kinds import kind_named

READER = Reader("category", categories=("mug", "chair"))


def asked(shape: int, categories: tuple[str, ...] = ("chair", "mug")) -> SampleOf:
    split = open_split("procedural", "train", categories)
    return SampleOf(split, shape, shape, READER, SamplesConfig(uniform_queries=32), np.random.default_rng(0))


def test_endless_shapes_of_named_families_take_turns_and_have_their_numbers() -> None:
    kind = kind_named("category")
    assert [int(kind.sample(asked(shape)).observation) for shape in range(3)] == [1, 0, 1]


def test_a_shape_of_another_category_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(DatasetError, match=r"category lamp, which the categories under \[encoder\] lack: mug, chair"):
        kind_named("category").sample(asked(0, ("lamp",)))
    with pytest.raises(DatasetError, match=r"category \(none\).*categories under \[data\]"):
        kind_named("category").sample(asked(0, ()))


def test_a_number_without_a_category_is_refused_with_the_names() -> None:
    kind = kind_named("category")
    assert kind.checked(torch.tensor(1), READER).tolist() == [1]
    with pytest.raises(ModelError, match="no category 2; this model draws: 0 mug, 1 chair"):
        kind.checked(torch.tensor(2), READER)
