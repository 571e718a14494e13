"""A network that remembers what it was shown last: asked again, by other thresholds or resolutions, it encodes nothing."""

from __future__ import annotations

import hashlib
from collections import OrderedDict

import numpy as np

from occnet.field import Numbers, array_of
from occnet.networks.network_field import NetworkField
from occnet.networks.occupancy_network import OccupancyNetwork

_KEPT = 32  # fields, of 15 MB each for a scan: one for each reading of a scan and for each tile of it


def remember_fields(network: OccupancyNetwork, kept: int = _KEPT) -> OccupancyNetwork:
    """The same network, whose `field` from now on gives equal observations the same field, of the last ones so many."""
    fields: OrderedDict[str, NetworkField] = OrderedDict()
    encode = network.field

    def field(observation: Numbers | None = None) -> NetworkField:
        key = "nothing" if observation is None else _fingerprint(observation)
        if key not in fields:
            fields[key] = encode(observation)
            while len(fields) > kept:
                fields.popitem(last=False)
        fields.move_to_end(key)
        return fields[key]

    network.field = field
    return network


def _fingerprint(observation: Numbers) -> str:
    """Of the numbers of an observation, their shape and their type."""
    values = np.ascontiguousarray(array_of(observation))
    return f"{values.shape} {values.dtype} {hashlib.sha256(values.tobytes()).hexdigest()}"
