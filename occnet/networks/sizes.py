"""Sizes that a recipe may give a network: a typing error must not fill the memory, or take a minute to be refused."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

import torch

from occnet.errors import OccnetError, RecipeError, plainly

MOST_PARAMETERS = 1_000_000_000  # of a network: 4 GB of weights
_SIZES = (  # what a key of [encoder], [decoder] or [latent] is called, the least and the most that it may be
    (re.compile(r"(.*_)?channels"), 1, 1 << 16),
    (re.compile(r"(.*_)?(resolution|voxels|image_size|kernel|neighbours)"), 1, 1 << 13),
    (re.compile(r"heads"), 1, 1 << 10),
    (re.compile(r"(.*_)?(blocks|layers|depth)"), 0, 1 << 10),
    (re.compile(r"shapes"), 1, 1 << 30),
    (re.compile(r"tokens"), 0, 1 << 12),
    (re.compile(r"frequencies"), 0, 1 << 5),
)
_USUAL = {"channels": 1 << 11, "blocks": 1 << 6, "layers": 1 << 6, "depth": 1 << 6, "shapes": 1 << 20}


def check_sizes(config: Any, where: str) -> None:
    """Raise RecipeError, with the key, when a size in a config of an encoder, a decoder or a latent code is beyond all use."""
    for name, value in _numbers(config):
        for pattern, least, most in _SIZES:
            if pattern.fullmatch(name) and not least <= value <= most:
                raise RecipeError(f"{name} in {where} must lie between {least} and {most:,}, but is {value:,}.")


def is_large(config: Any) -> bool:
    """Whether sizes in a config are so unusual that the parameters are better counted before they are made."""
    return any(value > _USUAL.get(name.split("_")[-1], value) for name, value in _numbers(config))


def check_parameters(count: int, where: str) -> None:
    """Raise RecipeError when a network would have more parameters than are ever wanted."""
    if count > MOST_PARAMETERS:
        raise RecipeError(
            f"The network of {where} would have {count:,} parameters, more than {MOST_PARAMETERS:,}; give it fewer channels or "
            "blocks."
        )


@contextmanager
def building(where: str) -> Iterator[None]:
    """Turn what layers say against their sizes into a RecipeError. where: the table, as "[encoder] of points.toml"."""
    try:
        yield
    except OccnetError:
        raise
    except ValueError as problem:  # of a config, which says what it wants
        raise RecipeError(f"{problem} (in {where})") from problem
    except (RuntimeError, TypeError, MemoryError, ArithmeticError, LookupError) as problem:
        raise RecipeError(f"No network has the sizes in {where} ({plainly(problem)}); correct them.") from problem


def _numbers(config: Any) -> Iterator[tuple[str, int]]:
    """The whole numbers in a config, by the names of their keys, those in lists one by one."""
    return _numbers_in(asdict(config))


def _numbers_in(table: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    for name, value in table.items():
        if isinstance(value, Mapping):
            yield from _numbers_in(value)
        for item in value if isinstance(value, (list, tuple)) else (value,):
            if isinstance(item, int) and not isinstance(item, bool):
                yield name, item


def parameters_of(build: Any) -> int:
    """How many parameters a network has that a function builds, told without making them."""
    with torch.device("meta"):
        return sum(parameter.numel() for parameter in build().parameters())
