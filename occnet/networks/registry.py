"""The encoders and decoders by name, and the network that a recipe describes. A new one is one file and one line here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from torch import nn

from occnet.errors import RecipeError
from occnet.networks.decoders.conditional_batch_norm import ConditionalBatchNormDecoder
from occnet.networks.decoders.grid_features import GridFeaturesDecoder
from occnet.networks.decoders.nearest_points import NearestPointsDecoder
from occnet.networks.encoders.neighbourhood_grid import NeighbourhoodGridEncoder
from occnet.networks.encoders.pointnet import ResidualPointNet
from occnet.networks.interfaces import Decoder, Encoder
from occnet.networks.occupancy_network import OccupancyNetwork
from occnet.recipe import configured

ENCODERS: dict[str, type[Encoder]] = {
    "neighbourhood_grid": NeighbourhoodGridEncoder,
    "residual_pointnet": ResidualPointNet,
}
DECODERS: dict[str, type[Decoder]] = {
    "nearest_points": NearestPointsDecoder,
    "grid_features": GridFeaturesDecoder,
    "conditional_batch_norm": ConditionalBatchNormDecoder,
}


def build_network(recipe: dict[str, Any], where: str = "the recipe") -> OccupancyNetwork:
    """The untrained network that the tables [encoder] and [decoder] describe; their `name` keys pick the classes.

    Raises RecipeError on unknown names, keys or values, and on a decoder that cannot read the encoder's code.
    """
    encoder_kind, encoder_config = _chosen(ENCODERS, recipe, "encoder", where)
    decoder_kind, decoder_config = _chosen(DECODERS, recipe, "decoder", where)
    encoder = encoder_kind(encoder_config)
    if not issubclass(encoder.code_kind, decoder_kind.reads):
        raise RecipeError(
            f"The decoder {recipe['decoder']['name']} reads a {decoder_kind.reads.__name__}, but the encoder "
            f"{recipe['encoder']['name']} makes a {encoder.code_kind.__name__} (in {where})."
        )
    decoder = decoder_kind(decoder_config, encoder.code_channels)
    resolved = {
        "encoder": {"name": recipe["encoder"]["name"], **asdict(encoder_config)},
        "decoder": {"name": recipe["decoder"]["name"], **asdict(decoder_config)},
    }
    return OccupancyNetwork(encoder, decoder, resolved)


def _chosen(registry: Mapping[str, type[nn.Module]], recipe: dict[str, Any], kind: str, where: str) -> tuple[Any, Any]:
    table = dict(recipe.get(kind) or {})
    name = table.pop("name", None)
    if name not in registry:
        raise RecipeError(f"[{kind}] of {where} names {name!r}; the {kind}s are: {', '.join(sorted(registry))}.")
    chosen: Any = registry[name]
    return chosen, configured(chosen.Config, table, f"[{kind}] of {where}")
