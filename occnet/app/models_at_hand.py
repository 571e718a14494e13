"""The models that the page uses, each loaded once, at first use, and remembering what it was shown last."""

from __future__ import annotations

import threading

from occnet.inference.remembered import remember_fields
from occnet.networks.checkpoint import load_model
from occnet.networks.devices import device_of
from occnet.networks.occupancy_network import OccupancyNetwork
from occnet.pipeline.models import list_models


class ModelsAtHand:
    """Shipped models by name, on one device."""

    def __init__(self, device: str) -> None:
        self.device = device_of(device)
        self._loaded: dict[str, OccupancyNetwork] = {}
        self._lock = threading.Lock()

    def __getitem__(self, name: str) -> OccupancyNetwork:
        with self._lock:
            if name not in self._loaded:
                self._loaded[name] = remember_fields(load_model(name, self.device))
            return self._loaded[name]


def generative() -> dict[str, str]:
    """The shipped models that draw new shapes: by name, what they draw, as the first words of their cards say it."""
    return {
        model.name: "cars" if model.name == "generate" else model.name.removeprefix("generate_")
        for model in list_models()
        if model.reads == "nothing" and not model.problem
    }
