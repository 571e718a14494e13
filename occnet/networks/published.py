"""The authors' checkpoints of Occupancy Networks and Convolutional Occupancy Networks: told apart by keys and shapes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor

from occnet.errors import ModelError
from occnet.networks.occupancy_network import OccupancyNetwork
from occnet.networks.random_numbers import own_random_numbers
from occnet.networks.registry import build_network

Shapes = Mapping[str, tuple[int, ...]]

# What a published name becomes here. The first pattern that matches the start of a name decides.
_RENAMED: tuple[tuple[str, str], ...] = (
    (r"encoder_latent\.", "latent."),
    (r"encoder\.block_(\d+)\.", r"encoder.blocks.\1."),
    (r"encoder\.fc_(\d)\.", r"encoder.layers.\1."),
    (r"encoder\.conv_(\d)\.", r"encoder.convs.\1."),
    (r"encoder\.weight$", "encoder.codes.weight"),
    (r"encoder\.unet\.", "encoder.spread.planes."),
    (r"encoder\.unet3d\.encoders\.(\d+)\.basic_module\.SingleConv1\.", r"encoder.spread.grid.down.\1.first."),
    (r"encoder\.unet3d\.encoders\.(\d+)\.basic_module\.SingleConv2\.", r"encoder.spread.grid.down.\1.second."),
    (r"encoder\.unet3d\.decoders\.(\d+)\.basic_module\.SingleConv1\.", r"encoder.spread.grid.up.\1.first."),
    (r"encoder\.unet3d\.decoders\.(\d+)\.basic_module\.SingleConv2\.", r"encoder.spread.grid.up.\1.second."),
    (r"encoder\.unet3d\.final_conv\.", "encoder.spread.grid.final."),
    (r"decoder\.block(\d+)\.", r"decoder.blocks.\1."),
    (r"decoder\.conv_p\.", "decoder.fc_p."),
    (r"decoder\.conv_out\.", "decoder.fc_out."),
)


@dataclass(frozen=True, eq=False)
class PublishedModel:
    """A network with the authors' weights, and what could not be seen in the file."""

    network: OccupancyNetwork
    assumed: dict[str, Any] = field(default_factory=dict)  # settings that leave no trace in the weights


def network_from_published(state: Mapping[str, Tensor], settings: Mapping[str, Any], source: str) -> PublishedModel:
    """The network with the weights of the `model` entry of an authors' checkpoint.

    settings: what the weights do not show, as far as known: "features" (planes and grid), "plane_resolution",
    "grid_resolution", "padding"; the published defaults otherwise. source: the file, for messages.

    Raises ModelError that names the keys when the architecture is not one of the published ones.
    """
    state = {key.removeprefix("module."): value for key, value in state.items()}
    shapes = {key: tuple(value.shape) for key, value in state.items()}
    encoder, assumed = _encoder_table(shapes, settings, source)
    recipe = {"encoder": encoder, "decoder": _decoder_table(shapes, source)}
    if "encoder_latent.fc_mean.weight" in shapes:
        channels, hidden = shapes["encoder_latent.fc_mean.weight"]
        recipe["latent"] = {"latent_channels": channels, "hidden_channels": hidden}
    with own_random_numbers():  # the weights that it is made with are replaced at once
        network = build_network(recipe, source)
    _load(network, {_renamed(key, recipe): value for key, value in state.items()}, source)
    return PublishedModel(network.eval().requires_grad_(False), assumed)


def _renamed(key: str, recipe: Mapping[str, Any]) -> str:
    if recipe["decoder"].get("residual") is False:  # the ablation without residual blocks: one layer a block
        count = recipe["decoder"]["blocks"]
        key = re.sub(rf"^decoder\.bn_{count}\.", "decoder.bn.", key)
        key = re.sub(r"^decoder\.(bn|fc)_(\d+)\.", r"decoder.blocks.\2.\1_0.", key)
    for pattern, replacement in _RENAMED:
        if re.match(pattern, key):
            return re.sub(f"^{pattern}", replacement, key)
    return key


def _load(network: OccupancyNetwork, state: dict[str, Tensor], source: str) -> None:
    wanted = network.state_dict()
    # a 1x1 convolution over points is a linear layer
    state = {
        key: value.squeeze(-1) if key in wanted and value.ndim == 3 and wanted[key].ndim == 2 else value
        for key, value in state.items()
    }
    differences = [f"{key} is missing" for key in wanted if key not in state]
    differences += [f"{key} has no place" for key in state if key not in wanted]
    differences += [
        f"{key} has shape {tuple(state[key].shape)} instead of {tuple(value.shape)}"
        for key, value in wanted.items()
        if key in state and state[key].shape != value.shape
    ]
    if differences:
        more = f", and {len(differences) - 5} more" if len(differences) > 5 else ""
        raise ModelError(
            f"{source} looks like {network.recipe['encoder']['name']} with {network.recipe['decoder']['name']}, "
            f"but does not fit it: {'; '.join(differences[:5])}{more}."
        )
    network.load_state_dict(state)


def _encoder_table(shapes: Shapes, settings: Mapping[str, Any], source: str) -> tuple[dict[str, Any], dict[str, Any]]:
    if not any(key.startswith("encoder.") for key in shapes):
        return {"name": "nothing"}, {}
    if "encoder.weight" in shapes:
        count, channels = shapes["encoder.weight"]
        return {"name": "index_embedding", "shapes": count, "code_channels": channels}, {}
    if "encoder.features.conv1.weight" in shapes:
        return _resnet_table(shapes, source), {}
    if "encoder.block_0.fc_0.weight" in shapes:
        channels, hidden = shapes["encoder.fc_c.weight"]
        blocks = _count(shapes, r"encoder\.block_(\d+)\.")
        return {"name": "residual_pointnet", "code_channels": channels, "hidden_channels": hidden, "blocks": blocks}, {}
    if "encoder.blocks.0.fc_0.weight" in shapes or ("encoder.conv_in.weight" in shapes and "encoder.fc.weight" not in shapes):
        return _local_table(shapes, settings)
    if "encoder.conv_in.weight" in shapes:
        first, inputs = shapes["encoder.conv_in.weight"][:2]
        if inputs != 1:
            raise ModelError(f"{source} has a voxel encoder that reads coordinates too, which is not among those imported.")
        stages = _count(shapes, r"encoder\.conv_(\d+)\.")
        table = {"code_channels": shapes["encoder.fc.weight"][0], "resolution": 2 << stages, "first_channels": first}
        widest = max(shapes[f"encoder.conv_{stage}.weight"][0] for stage in range(stages))
        return {"name": "voxel_convolutions", **table, "most_channels": widest}, {}
    if "encoder.fc_pos.weight" in shapes and "encoder.fc_0.weight" in shapes:
        channels, hidden = shapes["encoder.fc_c.weight"]
        layers = _count(shapes, r"encoder\.fc_(\d+)\.")
        return {"name": "pointnet", "code_channels": channels, "hidden_channels": hidden, "layers": layers}, {}
    found = sorted({".".join(key.split(".")[:2]) for key in shapes if key.startswith("encoder.")})
    raise ModelError(f"{source} has an encoder that is not among the published ones imported here: {', '.join(found[:8])}.")


def _resnet_table(shapes: Shapes, source: str) -> dict[str, Any]:
    blocks = _count(shapes, r"encoder\.features\.layer3\.(\d+)\.")
    bottleneck = "encoder.features.layer1.0.conv3.weight" in shapes
    depth = {(2, False): 18, (6, False): 34, (6, True): 50}.get((blocks, bottleneck))
    if depth is None or "encoder.fc.weight" not in shapes:
        raise ModelError(f"{source} has an image encoder that is no ResNet-18, -34 or -50 with a linear layer behind it.")
    channels = shapes["encoder.features.conv1.weight"][0]
    return {"name": "resnet", "depth": depth, "channels": channels, "code_channels": shapes["encoder.fc.weight"][0]}


def _local_table(shapes: Shapes, settings: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    table: dict[str, Any] = {
        "plane_depth": _count(shapes, r"encoder\.unet\.down_convs\.(\d+)\."),
        "grid_depth": _count(shapes, r"encoder\.unet3d\.encoders\.(\d+)\."),
    }
    guess = ("grid",) if table["grid_depth"] and not table["plane_depth"] else ("xz", "xy", "yz")
    assumed = {"features": guess, "plane_resolution": 64, "grid_resolution": 32, "padding": 0.1, **settings}
    if table["plane_depth"]:
        table["unet_channels"] = shapes["encoder.unet.down_convs.0.conv1.weight"][0]
    elif table["grid_depth"]:
        table["unet_channels"] = shapes["encoder.unet3d.encoders.0.basic_module.SingleConv2.conv.weight"][0]
    if "encoder.conv_in.weight" in shapes:
        channels, _, kernel, *_ = shapes["encoder.conv_in.weight"]
        table |= {"name": "local_voxels", "code_channels": channels, "kernel": kernel}
    else:
        channels, hidden = shapes["encoder.fc_c.weight"]
        blocks = _count(shapes, r"encoder\.blocks\.(\d+)\.")
        table |= {"name": "local_pointnet", "code_channels": channels, "hidden_channels": hidden, "blocks": blocks}
    unseen = {key: value for key, value in assumed.items() if key not in settings and _matters(key, assumed["features"])}
    return {**table, **assumed}, unseen


def _matters(setting: str, features: tuple[str, ...]) -> bool:
    return {"plane_resolution": set(features) != {"grid"}, "grid_resolution": "grid" in features}.get(setting, True)


def _decoder_table(shapes: Shapes, source: str) -> dict[str, Any]:
    if "decoder.fc_c.0.weight" in shapes:
        hidden = shapes["decoder.fc_p.weight"][0]
        return {"name": "local_features", "hidden_channels": hidden, "blocks": _count(shapes, r"decoder\.fc_c\.(\d+)\.")}
    first = shapes.get("decoder.fc_p.weight") or shapes.get("decoder.conv_p.weight")
    blocks = _count(shapes, r"decoder\.(?:block|blocks\.)(\d+)\.")
    if first is not None and "decoder.bn_0.conv_gamma.weight" in shapes:
        layers = _count(shapes, r"decoder\.fc_(\d+)\.")
        return {"name": "conditional_batch_norm", "hidden_channels": first[0], "blocks": layers, "residual": False}
    if first is not None and blocks:
        kinds = {"decoder.bn.conv_gamma.weight": "conditional_batch_norm", "decoder.bn.weight": "batch_norm"}
        name = next((kind for key, kind in kinds.items() if key in shapes), "concatenation")
        return {"name": name, "hidden_channels": first[0], "blocks": blocks}
    found = sorted({".".join(key.split(".")[:2]) for key in shapes if key.startswith("decoder.")}) or ["no keys at all"]
    raise ModelError(f"{source} has a decoder that is not among the published ones imported here: {', '.join(found[:8])}.")


def _count(shapes: Shapes, pattern: str) -> int:
    return len({found.group(1) for key in shapes if (found := re.match(pattern, key))})
