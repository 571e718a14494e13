"""Recipes: short TOML files that become frozen dataclasses; an unknown key or a wrong type is an error."""

from __future__ import annotations

import dataclasses
import tomllib
import types
import typing
from pathlib import Path
from typing import Any, TypeVar

import tomli_w

from occnet.errors import RecipeError

T = TypeVar("T")


def read_recipe(path: Path) -> dict[str, Any]:
    """The tables of a recipe file as plain dicts. Raises RecipeError when it is missing or no TOML."""
    try:
        return tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (FileNotFoundError, IsADirectoryError):
        raise RecipeError(
            f"The recipe {path} does not exist; give the path of a .toml file such as recipes/points.toml."
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise RecipeError(f"The recipe {path} is not valid TOML: {problem}.") from None


def to_toml(tables: dict[str, Any]) -> str:
    """Tables as TOML text; None has no TOML form and is left out."""
    return tomli_w.dumps(_without_none(tables))


def configured(kind: type[T], table: dict[str, Any], where: str) -> T:
    """The dataclass kind filled from a table; keys that are left out keep their defaults.

    where: how to name the table in errors, as "[training] of recipes/points.toml".
    Raises RecipeError on an unknown or missing key, or a value of the wrong type.
    """
    assert dataclasses.is_dataclass(kind)
    fields = {field.name: field for field in dataclasses.fields(kind)}
    hints = typing.get_type_hints(kind)
    unknown = sorted(set(table) - set(fields))
    if unknown:
        raise RecipeError(f"Unknown key {', '.join(unknown)} in {where}; the keys are: {', '.join(fields)}.")
    absent = [
        name
        for name, field in fields.items()
        if name not in table and field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    ]
    if absent:
        raise RecipeError(f"Missing key {', '.join(absent)} in {where}.")
    values = {name: _converted(value, hints[name], f"{name} in {where}") for name, value in table.items()}
    try:
        return kind(**values)
    except ValueError as problem:
        raise RecipeError(f"{problem} (in {where})") from None


def _converted(value: Any, hint: Any, where: str) -> Any:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        options = [option for option in arguments if option is not type(None)]
        return None if value is None else _converted(value, options[0], where)
    if origin is tuple and isinstance(value, (list, tuple)):
        if len(arguments) == 2 and arguments[1] is Ellipsis:
            return tuple(_converted(item, arguments[0], where) for item in value)
        if len(arguments) == len(value):
            return tuple(_converted(item, kind, where) for item, kind in zip(value, arguments, strict=True))
    elif hint is float and isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    elif (hint is bool or not isinstance(value, bool)) and isinstance(hint, type) and isinstance(value, hint):
        return value  # a bool is an int in Python, but not in a recipe
    raise RecipeError(f"{where} must be {_named(hint)}, but is {value!r}.")


def _named(hint: Any) -> str:
    plain = {int: "a whole number", float: "a number", str: "a text", bool: "true or false"}
    return plain.get(hint, str(hint))


def _without_none(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_none(item) for key, item in value.items() if item is not None}
    return [_without_none(item) for item in value] if isinstance(value, (list, tuple)) else value
