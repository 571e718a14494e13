"""Encoders, decoders and losses by name, and the network that a recipe describes. A new one is one file and one line here."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from typing import Any

from torch import Tensor

from occnet.errors import PluginError, RecipeError
from occnet.networks.interfaces import Decoder, Encoder, Loss, SurfaceDecoder
from occnet.networks.latent import LatentConfig, LatentEncoder
from occnet.networks.occupancy_network import FieldConfig, OccupancyNetwork
from occnet.networks.sizes import building, check_parameters, check_sizes, is_large, parameters_of
from occnet.networks.surface_network import SurfaceNetwork
from occnet.networks.token_latent import TokenLatent
from occnet.observations.kinds import KINDS
from occnet.plugins import Registry
from occnet.recipe import configured, converted, table_of

ENCODERS = Registry[type[Encoder]](
    kind="encoder",
    group="occnet.encoders",
    expected="occnet.networks.interfaces:Encoder",
    own={
        "neighbourhood_grid": "occnet.networks.encoders.neighbourhood_grid:NeighbourhoodGridEncoder",
        "residual_pointnet": "occnet.networks.encoders.pointnet:ResidualPointNet",
        "pointnet": "occnet.networks.encoders.pointnet:PointNet",
        "local_pointnet": "occnet.networks.encoders.local_pointnet:LocalPointNet",
        "resnet": "occnet.networks.encoders.resnet:ResNetEncoder",
        "resnet_pixels": "occnet.networks.encoders.resnet_pixels:ResNetPixelsEncoder",
        "visible_surface": "occnet.networks.encoders.visible_surface:VisibleSurfaceEncoder",
        "whole_picture": "occnet.networks.encoders.whole_picture:WholePictureEncoder",
        "voxel_convolutions": "occnet.networks.encoders.voxel_convolutions:VoxelConvolutions",
        "local_voxels": "occnet.networks.encoders.local_voxels:LocalVoxels",
        "voxel_surface": "occnet.networks.encoders.voxel_surface:VoxelSurfaceEncoder",
        "index_embedding": "occnet.networks.encoders.index_embedding:IndexEmbedding",
        "category": "occnet.networks.encoders.category_embedding:CategoryEmbedding",
        "nothing": "occnet.networks.encoders.unconditional:Nothing",
    },
)
DECODERS = Registry[type[Decoder]](
    kind="decoder",
    group="occnet.decoders",
    expected="occnet.networks.interfaces:Decoder",
    own={
        "nearest_points": "occnet.networks.decoders.nearest_points:NearestPointsDecoder",
        "grid_features": "occnet.networks.decoders.grid_features:GridFeaturesDecoder",
        "conditional_batch_norm": "occnet.networks.decoders.conditional_batch_norm:ConditionalBatchNormDecoder",
        "batch_norm": "occnet.networks.decoders.batch_norm:BatchNormDecoder",
        "concatenation": "occnet.networks.decoders.concatenation:ConcatenationDecoder",
        "local_features": "occnet.networks.decoders.local_features:LocalFeaturesDecoder",
        "pixel_features": "occnet.networks.decoders.pixel_features:PixelFeaturesDecoder",
        "picture_places": "occnet.networks.decoders.picture_places:PicturePlacesDecoder",
        "voxel_grid": "occnet.networks.decoders.voxel_grid:VoxelGridDecoder",
        "cross_attention": "occnet.networks.decoders.cross_attention:CrossAttentionDecoder",
    },
)
SURFACE_DECODERS = Registry[type[SurfaceDecoder]](
    kind="decoder of surfaces",
    group="occnet.surface_decoders",
    expected="occnet.networks.interfaces:SurfaceDecoder",
    own={
        "point_set": "occnet.networks.surface_decoders.point_set:PointSet",
        "template_mesh": "occnet.networks.surface_decoders.template_mesh:TemplateMesh",
        "surface_patches": "occnet.networks.surface_decoders.surface_patches:SurfacePatches",
    },
)
LOSSES = Registry[type[Loss]](
    kind="loss",
    group="occnet.losses",
    expected="occnet.networks.interfaces:Loss",
    own={
        "cross_entropy": "occnet.networks.losses.cross_entropy:CrossEntropy",
        "near_surface": "occnet.networks.losses.near_surface:NearSurface",
        "signed_distance": "occnet.networks.losses.signed_distance:SignedDistance",
        "pixel_truth": "occnet.networks.losses.pixel_truth:PixelTruth",
        "evidence_bound": "occnet.networks.losses.evidence_bound:EvidenceBound",
        "surface_distance": "occnet.networks.losses.surface_distance:SurfaceDistance",
    },
)


def build_network(recipe: dict[str, Any], where: str = "the recipe") -> OccupancyNetwork:
    """The untrained network that the tables [encoder], [decoder] and, if it is generative, [latent] describe.

    The `name` keys of the first two pick the classes.
    Raises RecipeError on unknown names, keys or values, sizes that are beyond all use, and on a decoder that cannot read the
    encoder's code.
    """
    encoder = _chosen(ENCODERS, recipe, "encoder", where)
    decoder = _chosen(_decoders_of(recipe), recipe, "decoder", where)
    latent = configured(LatentConfig, table_of(recipe, "latent", where), f"[latent] of {where}")
    configs = {"encoder": encoder[1], "decoder": decoder[1], "latent": latent}
    for table, config in configs.items():
        check_sizes(config, f"[{table}] of {where}")
    build = partial(_built, encoder, decoder, latent if recipe.get("latent") else None, recipe, where)
    if any(map(is_large, configs.values())):
        check_parameters(parameters_of(build), where)
    return build()


def _decoders_of(recipe: dict[str, Any]) -> Registry[Any]:
    """The table that the name of a recipe's decoder is in: of fields or of surfaces; that of fields where it is in none."""
    table = recipe.get("decoder")
    name = table.get("name") if isinstance(table, dict) else None
    return SURFACE_DECODERS if isinstance(name, str) and name in SURFACE_DECODERS else DECODERS


def _built(
    encoder_choice: tuple[type[Encoder], Any],
    decoder_choice: tuple[type[Decoder] | type[SurfaceDecoder], Any],
    latent_config: LatentConfig | None,
    recipe: dict[str, Any],
    where: str,
) -> OccupancyNetwork:
    (encoder_kind, encoder_config), (decoder_kind, decoder_config) = encoder_choice, decoder_choice
    with building(f"[encoder] of {where}"):
        encoder = encoder_kind(encoder_config)
    if not issubclass(encoder.code_kind, decoder_kind.reads):
        raise RecipeError(
            f"The decoder {recipe['decoder']['name']} reads a {decoder_kind.reads.__name__}, but the encoder "
            f"{recipe['encoder']['name']} makes a {encoder.code_kind.__name__} (in {where})."
        )
    resolved = {
        "encoder": {"name": recipe["encoder"]["name"], **asdict(encoder_config)},
        "decoder": {"name": recipe["decoder"]["name"], **asdict(decoder_config)},
        "field": asdict(configured(FieldConfig, table_of(recipe, "field", where), f"[field] of {where}")),
    }
    latent = None
    channels = dict(encoder.code_channels)
    if latent_config is not None:
        if encoder.code_kind is not Tensor:
            raise RecipeError(f"A latent code needs an encoder with one code a shape; {resolved['encoder']['name']} has none.")
        with building(f"[latent] of {where}"):
            latent_kind = TokenLatent if latent_config.tokens else LatentEncoder
            latent = latent_kind(latent_config, channels["code"])
        channels["latent"] = latent_config.latent_channels
        resolved["latent"] = asdict(latent_config)
    if sum(channels.values()) == 0:
        raise RecipeError(f"{where} has neither an encoder that reads something nor a table [latent]; add one.")
    decoders = _decoders_of(resolved)
    names = ((ENCODERS, resolved["encoder"]["name"]), (decoders, resolved["decoder"]["name"]), (KINDS, encoder.reads))
    plugins = [registry.plugin_of(name) for registry, name in names]
    with building(f"[decoder] of {where}"):
        decoder = decoder_kind(decoder_config, channels)
        if isinstance(decoder, SurfaceDecoder):
            if latent is not None:
                raise RecipeError(f"A latent code needs a decoder of fields; {resolved['decoder']['name']} draws surfaces.")
            network = SurfaceNetwork(encoder, decoder, resolved)
        else:
            network = OccupancyNetwork(encoder, decoder, resolved, latent)
    network.plugins = tuple(dict.fromkeys(plugin for plugin in plugins if plugin))
    return network


def build_loss(recipe: dict[str, Any], where: str = "the recipe") -> Loss:
    """The loss that the table [loss] names; without one the evidence bound of a generative network, the distance of surfaces
    where the decoder draws them, else the cross-entropy.

    Raises RecipeError on an unknown name or key, and on a loss that is not for such a network.
    """
    generative, surfaces = bool(recipe.get("latent")), _decoders_of(recipe) is SURFACE_DECODERS
    usual = "evidence_bound" if generative else "surface_distance" if surfaces else "cross_entropy"
    table = table_of(recipe, "loss", where) or {"name": usual}
    kind, config = _chosen(LOSSES, {"loss": table}, "loss", where)
    if kind.latent != generative:
        wanted, there = ("with", "without") if kind.latent else ("without", "with")
        raise RecipeError(
            f"The loss {table['name']} is for networks {wanted} a latent code, but {where} describes one {there} it."
        )
    if kind.of_surfaces != surfaces:
        wanted, there = ("surfaces", "fields") if kind.of_surfaces else ("fields", "surfaces")
        raise RecipeError(f"The loss {table['name']} is for decoders of {wanted}, but the one of {where} is of {there}.")
    return kind(config)


def _chosen(registry: Registry[Any], recipe: dict[str, Any], kind: str, where: str) -> tuple[Any, Any]:
    table = dict(table_of(recipe, kind, where))
    if "name" not in table:
        raise RecipeError(f"[{kind}] of {where} lacks the key name; the {registry.plural} are: {', '.join(registry)}.")
    name = converted(table.pop("name"), str, f"name in [{kind}] of {where}")
    try:
        chosen = registry[name]
    except PluginError as problem:
        raise RecipeError(f"{problem} (in [{kind}] of {where})") from None
    return chosen, configured(chosen.Config, table, f"[{kind}] of {where}")
