"""The mean of a network's answers to several readings of one thing."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from torch import Tensor

from occnet.field import Field
from occnet.inference.augmentation import SymmetricField, TurnedField
from occnet.networks.occupancy_network import OccupancyNetwork
from occnet.observations.interface import Reading
from occnet.observations.views import View


def mean_field(network: OccupancyNetwork, seen: Sequence[Reading], read: Callable[[Tensor], Field] | None = None) -> Field:
    """The mean of the network's fields of several readings of one thing, as a SymmetricField.

    read: how one of them becomes a field, if not by `network.field`.
    """
    answers = [((read or network.field)(sample), view) for sample, view in seen]
    fields = [field if view == View.of(0) else TurnedField(field, view) for field, view in answers]
    return fields[0] if len(fields) == 1 else SymmetricField(fields)
