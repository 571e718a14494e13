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
from occnet.recipe import checked_table, converted, shown

_MOST_PADDING = 10.0  # edges of the unit cube; the authors' have 0.1
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
    settings = {} if config is None else settings_of(read_settings(config), config)
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


def settings_of(config: Mapping[str, Any], source: Path) -> dict[str, Any]:
    """The settings in the authors' .yaml file, `source`, that leave no trace in the weights.

    Raises ModelError on those that cannot be met here, RecipeError, with the key, on values of another type.
    """
    model = _table(config, "model", source)
    encoder, decoder = (_table(model, key, source, "model.") for key in ("encoder_kwargs", "decoder_kwargs"))
    if encoder.get("leaky") or decoder.get("leaky"):
        raise ModelError(f"{source} asks for leaky ReLUs, with which no published model was trained; they are not built here.")
    if decoder.get("sample_mode", "bilinear") != "bilinear":
        raise ModelError(f"{source} asks for sample_mode {shown(decoder['sample_mode'])}, but only 'bilinear' is built here.")
    if encoder.get("scatter_type", "max") != "max":
        raise ModelError(f"{source} asks for scatter_type {shown(encoder['scatter_type'])}, but only 'max' is built here.")
    settings: dict[str, Any] = {}
    if (kinds := encoder.get("plane_type")) is not None:
        where = f"model.encoder_kwargs.plane_type in {source}"
        named = converted(kinds, tuple[str, ...] if isinstance(kinds, list) else str, where)
        settings["features"] = named if isinstance(named, tuple) else tuple(kind for kind in AXES if kind in named)
    for key in ("plane_resolution", "grid_resolution"):
        if encoder.get(key) is not None:
            settings[key] = converted(encoder[key], int, f"model.encoder_kwargs.{key} in {source}")
    if (padding := _table(config, "data", source).get("padding")) is not None:
        settings["padding"] = converted(padding, float, f"data.padding in {source}")
        if not 0.0 <= settings["padding"] <= _MOST_PADDING:
            raise ModelError(f"{source} has a padding of {padding:g}, but it lies between 0 and {_MOST_PADDING:g}.")
    if (threshold := _table(config, "test", source).get("threshold")) is not None:
        settings["threshold"] = converted(threshold, float, f"test.threshold in {source}")
        if not 0.0 < settings["threshold"] < 1.0:
            raise ModelError(f"{source} has a threshold of {threshold:g}, but it is a probability between 0 and 1.")
    return settings


def _table(config: Mapping[str, Any], key: str, source: Path, above: str = "") -> dict[str, Any]:
    """The table of that name; empty where there is none, or nothing is said of it."""
    found = config.get(key)
    return {} if found is None else checked_table(found, f"{above}{key} in {source}")
