"""The mean of a network's answers to several readings of one thing."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from torch import Tensor

from occnet.field import Field
from occnet.inference.augmentation import SymmetricField, TurnedField
from occnet.networks.occupancy_network import OccupancyNetwork
from occnet.observations.interface import Reading
from occnet.observations.symmetries import Symmetry


def mean_field(network: OccupancyNetwork, seen: Sequence[Reading], read: Callable[[Tensor], Field] | None = None) -> Field:
    """The mean of the network's fields of several readings of one thing, as a SymmetricField.

    read: how one of them becomes a field, if not by `network.field`.
    """
    answers = [((read or network.field)(sample), symmetry) for sample, symmetry in seen]
    fields = [field if symmetry == Symmetry.of(0) else TurnedField(field, symmetry) for field, symmetry in answers]
    return fields[0] if len(fields) == 1 else SymmetricField(fields)
