"""Recipes: short TOML files that become frozen dataclasses; an unknown key or a wrong type is an error."""

from __future__ import annotations

import dataclasses
import tomllib
import types
import typing
from pathlib import Path
from typing import Any, TypeVar

from occnet.errors import RecipeError
from occnet.extras import extra

T = TypeVar("T")
SHIPPED_RECIPES = Path(__file__).parent / "recipes"


def shipped_recipes() -> list[str]:
    """Names of the recipes that come with the package."""
    return sorted(path.stem for path in SHIPPED_RECIPES.glob("*.toml"))


def found_recipe(name_or_path: str | Path) -> Path:
    """The file of a recipe: that path, or the shipped recipe of that name. Raises RecipeError when there is neither."""
    path = Path(name_or_path)
    if path.exists():
        return path
    if str(name_or_path) in shipped_recipes():
        return SHIPPED_RECIPES / f"{name_or_path}.toml"
    raise RecipeError(
        f"The recipe {path} does not exist; give a .toml file, or the name of one that comes with the package: "
        f"{', '.join(shipped_recipes())}."
    )


def read_recipe(path: Path) -> dict[str, Any]:
    """The tables of a recipe, of a file or of a shipped one by its name, as plain dicts.

    Raises RecipeError when it is missing or no TOML.
    """
    try:
        return tomllib.loads(found_recipe(path).read_text(encoding="utf-8"))
    except IsADirectoryError:
        raise RecipeError(f"The recipe {path} is a folder; give a .toml file in it.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise RecipeError(f"The recipe {path} is not valid TOML: {problem}.") from None


def save_recipe(name_or_path: str | Path, destination: Path) -> None:
    """Write a recipe with its comments to a file of one's own. Raises RecipeError when that is there already."""
    text = found_recipe(name_or_path).read_text(encoding="utf-8")
    try:
        with Path(destination).open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise RecipeError(f"{destination} is there already; name another file.") from None
    except OSError as problem:
        raise RecipeError(f"{destination} cannot be written ({problem.strerror}); name another file.") from None


def to_toml(tables: dict[str, Any]) -> str:
    """Tables as TOML text; None has no TOML form and is left out."""
    with extra("train", "Writing a recipe"):
        import tomli_w
    return tomli_w.dumps(_without_none(tables))


def configured(kind: type[T], table: dict[str, Any], where: str) -> T:
    """The dataclass kind filled from a table; keys that are left out keep their defaults.

    where: how to name the table in errors, as "[training] of points.toml".
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
    if dataclasses.is_dataclass(hint) and isinstance(hint, type) and isinstance(value, dict):
        return configured(hint, value, where)
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
