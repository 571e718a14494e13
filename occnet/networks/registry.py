"""The encoders and decoders by name, and the network that a recipe describes. A new one is one file and one line here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from torch import Tensor, nn

from occnet.errors import RecipeError
from occnet.networks.decoders.batch_norm import BatchNormDecoder
from occnet.networks.decoders.concatenation import ConcatenationDecoder
from occnet.networks.decoders.conditional_batch_norm import ConditionalBatchNormDecoder
from occnet.networks.decoders.grid_features import GridFeaturesDecoder
from occnet.networks.decoders.local_features import LocalFeaturesDecoder
from occnet.networks.decoders.nearest_points import NearestPointsDecoder
from occnet.networks.decoders.pixel_features import PixelFeaturesDecoder
from occnet.networks.encoders.index_embedding import IndexEmbedding
from occnet.networks.encoders.local_pointnet import LocalPointNet
from occnet.networks.encoders.local_voxels import LocalVoxels
from occnet.networks.encoders.neighbourhood_grid import NeighbourhoodGridEncoder
from occnet.networks.encoders.nothing import Nothing
from occnet.networks.encoders.pointnet import PointNet, ResidualPointNet
from occnet.networks.encoders.resnet import ResNetEncoder
from occnet.networks.encoders.resnet_pixels import ResNetPixelsEncoder
from occnet.networks.encoders.voxel_convolutions import VoxelConvolutions
from occnet.networks.encoders.voxel_surface import VoxelSurfaceEncoder
from occnet.networks.interfaces import Decoder, Encoder
from occnet.networks.latent import LatentConfig, LatentEncoder
from occnet.networks.occupancy_network import FieldConfig, OccupancyNetwork
from occnet.recipe import configured

ENCODERS: dict[str, type[Encoder]] = {
    "neighbourhood_grid": NeighbourhoodGridEncoder,
    "residual_pointnet": ResidualPointNet,
    "pointnet": PointNet,
    "local_pointnet": LocalPointNet,
    "resnet": ResNetEncoder,
    "resnet_pixels": ResNetPixelsEncoder,
    "voxel_convolutions": VoxelConvolutions,
    "local_voxels": LocalVoxels,
    "voxel_surface": VoxelSurfaceEncoder,
    "index_embedding": IndexEmbedding,
    "nothing": Nothing,
}
DECODERS: dict[str, type[Decoder]] = {
    "nearest_points": NearestPointsDecoder,
    "grid_features": GridFeaturesDecoder,
    "conditional_batch_norm": ConditionalBatchNormDecoder,
    "batch_norm": BatchNormDecoder,
    "concatenation": ConcatenationDecoder,
    "local_features": LocalFeaturesDecoder,
    "pixel_features": PixelFeaturesDecoder,
}


def build_network(recipe: dict[str, Any], where: str = "the recipe") -> OccupancyNetwork:
    """The untrained network that the tables [encoder], [decoder] and, if it is generative, [latent] describe.

    The `name` keys of the first two pick the classes.
    Raises RecipeError on unknown names, keys or values, and on a decoder that cannot read the encoder's code.
    """
    encoder_kind, encoder_config = _chosen(ENCODERS, recipe, "encoder", where)
    decoder_kind, decoder_config = _chosen(DECODERS, recipe, "decoder", where)
    try:
        encoder = encoder_kind(encoder_config)
    except ValueError as problem:
        raise RecipeError(f"{problem} (in [encoder] of {where})") from None
    if not issubclass(encoder.code_kind, decoder_kind.reads):
        raise RecipeError(
            f"The decoder {recipe['decoder']['name']} reads a {decoder_kind.reads.__name__}, but the encoder "
            f"{recipe['encoder']['name']} makes a {encoder.code_kind.__name__} (in {where})."
        )
    resolved = {
        "encoder": {"name": recipe["encoder"]["name"], **asdict(encoder_config)},
        "decoder": {"name": recipe["decoder"]["name"], **asdict(decoder_config)},
        "field": asdict(configured(FieldConfig, recipe.get("field") or {}, f"[field] of {where}")),
    }
    latent = None
    channels = dict(encoder.code_channels)
    if recipe.get("latent"):
        if encoder.code_kind is not Tensor:
            raise RecipeError(f"A latent code needs an encoder with one code a shape; {resolved['encoder']['name']} has none.")
        latent_config = configured(LatentConfig, recipe["latent"], f"[latent] of {where}")
        latent = LatentEncoder(latent_config, channels["code"])
        channels["latent"] = latent_config.latent_channels
        resolved["latent"] = asdict(latent_config)
    if sum(channels.values()) == 0:
        raise RecipeError(f"{where} has neither an encoder that reads something nor a table [latent]; add one.")
    return OccupancyNetwork(encoder, decoder_kind(decoder_config, channels), resolved, latent)


def _chosen(registry: Mapping[str, type[nn.Module]], recipe: dict[str, Any], kind: str, where: str) -> tuple[Any, Any]:
    table = dict(recipe.get(kind) or {})
    name = table.pop("name", None)
    if name not in registry:
        raise RecipeError(f"[{kind}] of {where} names {name!r}; the {kind}s are: {', '.join(sorted(registry))}.")
    chosen: Any = registry[name]
    return chosen, configured(chosen.Config, table, f"[{kind}] of {where}")
