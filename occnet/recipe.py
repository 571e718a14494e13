"""Recipes: short TOML files that become frozen dataclasses; an unknown key or a wrong type is an error."""

from __future__ import annotations

import dataclasses
import math
import tomllib
import types
import typing
from pathlib import Path
from typing import Any, TypeVar

from occnet.errors import RecipeError, plainly
from occnet.extras import extra

T = TypeVar("T")
LONGEST = 1 << 20  # bytes of a recipe
LARGEST = 2**32 - 1  # whole number in one, up or down: random numbers start from no larger ones
_SHOWN = 60  # characters of a value in a message
SHIPPED_RECIPES = Path(__file__).parent / "recipes"


def shipped_recipes() -> list[str]:
    """Names of the recipes that come with the package."""
    return sorted(path.stem for path in SHIPPED_RECIPES.glob("*.toml"))


def found_recipe(name_or_path: str | Path) -> Path:
    """The file of a recipe: that path, or the shipped recipe of that name. Raises RecipeError when there is neither."""
    path = Path(name_or_path)
    try:
        if path.exists():
            return path
    except (OSError, ValueError) as problem:  # a name too long, a zero byte in it, no permission on the way
        raise _unopened(path, problem) from problem
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
        return tomllib.loads(_text_of(path))
    except RecursionError:
        raise RecipeError(f"The recipe {path} is nested too deep; a recipe has tables of plain values.") from None
    except ValueError as problem:  # of tomllib, or a number of thousands of digits
        said = f": {problem}" if isinstance(problem, tomllib.TOMLDecodeError) else ", for a number in it has too many digits"
        raise RecipeError(f"The recipe {path} is not valid TOML{said}.") from None


def save_recipe(name_or_path: str | Path, destination: Path) -> None:
    """Write a recipe with its comments to a file of one's own. Raises RecipeError when that is there already."""
    text = _text_of(name_or_path)
    try:
        with Path(destination).open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise RecipeError(f"{destination} is there already; name another file.") from None
    except OSError as problem:
        raise RecipeError(f"{destination} cannot be written ({problem.strerror}); name another file.") from None


def _text_of(name_or_path: str | Path) -> str:
    path = found_recipe(name_or_path)
    try:
        if path.is_file() and path.stat().st_size > LONGEST:
            raise RecipeError(f"The recipe {path} has more than {LONGEST >> 20} MiB; give the .toml file of a training.")
        return path.read_text(encoding="utf-8")
    except IsADirectoryError:
        raise RecipeError(f"The recipe {path} is a folder; give a .toml file in it.") from None
    except UnicodeDecodeError:
        raise RecipeError(f"The recipe {path} is no text; give a .toml file in UTF-8.") from None
    except OSError as problem:
        raise _unopened(path, problem) from problem


def _unopened(path: Path, problem: Exception) -> RecipeError:
    return RecipeError(f"The recipe {path} cannot be opened ({plainly(problem)}); check the path and its rights.")


def to_toml(tables: dict[str, Any]) -> str:
    """Tables as TOML text; None has no TOML form and is left out."""
    with extra("train", "Writing a recipe"):
        import tomli_w
    return tomli_w.dumps(_without_none(tables))


def table_of(tables: dict[str, Any], key: str, where: str) -> dict[str, Any]:
    """The table of that name; empty where there is none. Raises RecipeError when something else has the name."""
    return checked_table(tables.get(key, {}), f"[{key}] of {where}")


def checked_table(value: Any, where: str) -> dict[str, Any]:
    """The value, a table. Raises RecipeError when it is something else."""
    if isinstance(value, dict):
        return value
    raise RecipeError(f"{where} must be a table of keys and values, but is {shown(value)}.")


def configured(kind: type[T], table: dict[str, Any], where: str) -> T:
    """The dataclass kind filled from a table; keys that are left out keep their defaults.

    where: how to name the table in errors, as "[training] of points.toml".
    Raises RecipeError on an unknown or missing key, or a value of the wrong type or beyond all use.
    """
    assert dataclasses.is_dataclass(kind)
    table = checked_table(table, where)
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
    values = {name: converted(value, hints[name], f"{name} in {where}") for name, value in table.items()}
    try:
        return kind(**values)
    except ValueError as problem:
        raise RecipeError(f"{problem} (in {where})") from None


def converted(value: Any, hint: Any, where: str) -> Any:
    """A value of a file as the type that a hint names: lists become tuples, whole numbers numbers.

    where: how to name the value in errors, as "steps in [training] of points.toml".
    Raises RecipeError when it is of another type, no finite number, or a whole number that is larger than any size.
    """
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if dataclasses.is_dataclass(hint) and isinstance(hint, type) and isinstance(value, dict):
        return configured(hint, value, where)
    if origin in (typing.Union, types.UnionType):
        options = [option for option in arguments if option is not type(None)]
        return None if value is None else converted(value, options[0], where)
    if origin is tuple and isinstance(value, (list, tuple)):
        if len(arguments) == 2 and arguments[1] is Ellipsis:
            return tuple(converted(item, arguments[0], where) for item in value)
        if len(arguments) == len(value):
            return tuple(converted(item, kind, where) for item, kind in zip(value, arguments, strict=True))
    elif hint in (int, float) and isinstance(value, (int, float)) and not isinstance(value, bool):
        return _number(value, hint, where)
    elif (hint is bool or not isinstance(value, bool)) and isinstance(hint, type) and isinstance(value, hint):
        return value  # a bool is an int in Python, but not in a recipe
    raise RecipeError(f"{where} must be {_named(hint)}, but is {shown(value)}.")


def _number(value: float, hint: type, where: str) -> float:
    if hint is int and not isinstance(value, int):
        raise RecipeError(f"{where} must be a whole number, but is {shown(value)}.")
    if not math.isfinite(value) if isinstance(value, float) else abs(value) > LARGEST:
        raise RecipeError(f"{where} must be a finite number and not beyond {LARGEST:,}, but is {shown(value)}.")
    return hint(value)


def _named(hint: Any) -> str:
    plain = {int: "a whole number", float: "a number", str: "a text", bool: "true or false"}
    arguments = typing.get_args(hint)
    if typing.get_origin(hint) is tuple and arguments[1:] == (Ellipsis,):
        return f"a list, each of it {_named(arguments[0])}"
    if typing.get_origin(hint) is tuple:
        return f"a list of {len(arguments)}, each of it {_named(arguments[0])}"
    return plain.get(hint, "a table of keys and values")


def shown(value: Any) -> str:
    """A value as a recipe writes it, or what it is where that is long."""
    if isinstance(value, (dict, list, tuple)):
        return f"a {'table' if isinstance(value, dict) else 'list'} of {len(value)}"
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "nothing"}[value]
    if isinstance(value, str):
        return f'"{value}"' if len(value) <= _SHOWN else f"a text of {len(value):,} characters"
    if isinstance(value, int) and abs(value) > 10**_SHOWN:
        return f"a number of more than {_SHOWN} digits"
    return str(value)[:_SHOWN]


def _without_none(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_none(item) for key, item in value.items() if item is not None}
    return [_without_none(item) for item in value] if isinstance(value, (list, tuple)) else value
