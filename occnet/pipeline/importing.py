"""A published checkpoint -> a model folder that every other command understands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from occnet.errors import ModelError
from occnet.files.settings import read_settings
from occnet.networks.checkpoint import save_model
from occnet.networks.layers.planes import AXES
from occnet.networks.published import network_from_published
from occnet.networks.weight_files import read_torch_file

_THRESHOLD = 0.2  # the probability at the surface in the authors' settings of their published models


@dataclass(frozen=True)
class Imported:
    """What an import found."""

    reads: str  # what the model is conditioned on
    encoder: str
    decoder: str
    parameters: int
    ignored: tuple[str, ...]  # entries of the file that are not needed: optimiser, counters
    assumed: dict[str, Any]  # settings that leave no trace in the weights and were not given


def import_checkpoint(source: Path, folder: Path, config: Path | None = None) -> Imported:
    """Write the model of an authors' checkpoint (.pt) as a model folder, which `occnet.load_model` opens.

    config: the authors' .yaml file; it gives what the weights do not show (planes, resolutions, padding, threshold).

    Raises FileError or ModelError that says what does not fit; then nothing is written. The file is read with
    `weights_only=True`: whatever would have to be run to be read is refused.
    """
    checkpoint = read_torch_file(source)
    entry = checkpoint.get("model") if isinstance(checkpoint, Mapping) else None
    if entry is None or not isinstance(entry, Mapping) or not all(isinstance(value, Tensor) for value in entry.values()):
        raise ModelError(f"{source} has no entry 'model' with named tensors, so it is no checkpoint of the published code.")
    settings = {} if config is None else _settings(read_settings(config), config)
    threshold = settings.pop("threshold", None)
    model = network_from_published(entry, settings, str(source))
    model.network.threshold = _THRESHOLD if threshold is None else threshold
    save_model(folder, model.network)
    return Imported(
        reads=model.network.reads,
        encoder=model.network.recipe["encoder"]["name"],
        decoder=model.network.recipe["decoder"]["name"],
        parameters=sum(value.numel() for value in model.network.parameters()),
        ignored=tuple(sorted(str(key) for key in checkpoint if key != "model")),
        assumed=model.assumed | ({"threshold": _THRESHOLD} if threshold is None else {}),
    )


def _settings(config: Mapping[str, Any], source: Path) -> dict[str, Any]:
    """The settings that leave no trace in the weights. Raises ModelError on those that cannot be met here."""
    model = _table(config, "model")
    encoder, decoder = _table(model, "encoder_kwargs"), _table(model, "decoder_kwargs")
    if encoder.get("leaky") or decoder.get("leaky"):
        raise ModelError(f"{source} asks for leaky ReLUs, with which no published model was trained; they are not built here.")
    if decoder.get("sample_mode", "bilinear") != "bilinear":
        raise ModelError(f"{source} asks for sample_mode {decoder['sample_mode']!r}, but only 'bilinear' is built here.")
    if encoder.get("scatter_type", "max") != "max":
        raise ModelError(f"{source} asks for scatter_type {encoder['scatter_type']!r}, but only 'max' is built here.")
    settings: dict[str, Any] = {}
    if "plane_type" in encoder:
        kinds = encoder["plane_type"]
        settings["features"] = tuple(kinds) if isinstance(kinds, list) else tuple(kind for kind in AXES if kind in kinds)
    settings |= {key: encoder[key] for key in ("plane_resolution", "grid_resolution") if encoder.get(key)}
    if "padding" in _table(config, "data"):
        settings["padding"] = float(config["data"]["padding"])
    if "threshold" in _table(config, "test"):
        settings["threshold"] = float(config["test"]["threshold"])
        if not 0.0 < settings["threshold"] < 1.0:
            raise ModelError(f"{source} has a threshold of {settings['threshold']:g}, but it is a probability between 0 and 1.")
    return settings


def _table(config: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = config.get(key)
    return found if isinstance(found, Mapping) else {}
