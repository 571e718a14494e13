"""No value in a table of a network fills the memory, takes a minute, or ends in anything but a sentence with its key."""

from __future__ import annotations

import dataclasses
import time
from functools import partial
from typing import Any

import pytest
import torch

from occnet.errors import RecipeError
from occnet.networks.registry import DECODERS, ENCODERS, build_network
from occnet.networks.sizes import MOST_PARAMETERS, check_sizes, is_large, parameters_of

SMALL = {"code_channels": 8, "hidden_channels": 8, "point_channels": 8, "pair_channels": 8, "channels": 8, "unet_channels": 8}
SMALL |= {"resolution": 16, "image_size": 32, "shapes": 3, "heads": 2, "sparse_channels": [8, 8], "dense_channels": [8, 8, 8]}
SMALL |= {
    "plane_resolution": 16,
    "grid_resolution": 8,
    "plane_depth": 2,
    "grid_depth": 2,
    "first_channels": 8,
    "map_channels": 8,
    "sparse_blocks": [1, 1],
    "dense_blocks": [1, 1, 1],
    "categories": ["cup"],
}
HOSTILE = (-1, 0, 10**20, float("nan"), float("inf"), "text", True, [], {}, [[1]], [-1], [True], ["a"])
PARTNERS = {  # of each encoder, a decoder that reads its code
    name: next(other for other, decoder in DECODERS.items() if issubclass(encoder.code_kind, decoder.reads))
    for name, encoder in ENCODERS.items()
    if name != "nothing"
}


def tables(kind: str, name: str, **changes: Any) -> dict[str, Any]:
    """A small network with that encoder or decoder; changes are of its own table."""
    encoder = name if kind == "encoder" else next(own for own, other in PARTNERS.items() if other == name)
    made = {}
    for table, registry, chosen in (("encoder", ENCODERS, encoder), ("decoder", DECODERS, PARTNERS[encoder])):
        keys = [field.name for field in dataclasses.fields(registry[chosen].Config)]
        made[table] = {"name": chosen, **{key: SMALL[key] for key in keys if key in SMALL}}
    made[kind] |= changes
    return made


ALL = [("encoder", name) for name in PARTNERS] + [("decoder", name) for name in dict.fromkeys(PARTNERS.values())]


@pytest.mark.parametrize(("kind", "name"), ALL)
def test_a_hostile_value_of_any_key_is_a_sentence_with_the_key(kind: str, name: str) -> None:
    build_network(tables(kind, name))
    registry: Any = ENCODERS if kind == "encoder" else DECODERS
    for field in dataclasses.fields(registry[name].Config):
        for value in HOSTILE:
            said = refusal(tables(kind, name, **{field.name: value}))
            assert not said or ("here.toml" in said and (field.name in said or f"[{kind}]" in said))
            assert "\n" not in said
            assert not any(word in said for word in ("Traceback", "NoneType", "<class", "datetime", "tuple["))


def refusal(recipe: dict[str, Any]) -> str:
    """Why the network of a recipe cannot be; empty when it can."""
    try:
        build_network(recipe, "here.toml")
    except RecipeError as problem:
        return str(problem)
    return ""


@pytest.mark.parametrize(
    ("table", "key", "value", "message"),
    [
        ("encoder", "heads", 1, "Unknown key heads"),
        ("decoder", "heads", -1, r"heads in \[decoder\] of here\.toml must lie between 1 and 1,024, but is -1"),
        ("decoder", "heads", 99999999999999999999, r"heads in \[decoder\] .* not beyond 4,294,967,295"),
        ("decoder", "channels", 1_000_000_000, r"channels in \[decoder\] .* between 1 and 65,536"),
        ("decoder", "blocks", 200_000, r"blocks in \[decoder\] .* between 0 and 1,024, but is 200,000"),
        ("encoder", "sparse_channels", [8, 10**9], r"sparse_channels in \[encoder\]"),
        ("decoder", "channels", 1 << 16, r"would have [0-9,]+ parameters, more than 1,000,000,000"),
    ],
)
def test_sizes_beyond_all_use_are_refused_at_once(table: str, key: str, value: Any, message: str) -> None:
    made = tables("encoder", "neighbourhood_grid")
    made[table][key] = value
    begin = time.process_time()
    with pytest.raises(RecipeError, match=message):
        build_network(made, "here.toml")
    assert time.process_time() - begin < 10.0


def test_parameters_are_counted_without_being_made() -> None:
    network = build_network(tables("encoder", "residual_pointnet"))
    count = sum(parameter.numel() for parameter in network.parameters())
    assert parameters_of(lambda: build_network(tables("encoder", "residual_pointnet"))) == count
    assert parameters_of(lambda: torch.nn.Linear(1 << 20, 1 << 20)) > MOST_PARAMETERS


def test_usual_sizes_are_not_counted_first() -> None:
    needed = {"index_embedding": {"shapes": 3}, "category": {"categories": ("cup",)}}
    for name in PARTNERS:
        config = partial(ENCODERS[name].Config, **needed.get(name, {}))
        assert not is_large(config())
        check_sizes(config(), "here")
