"""Recipes are read strictly."""

from __future__ import annotations

import datetime
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from occnet.data.scans import ScanConfig
from occnet.errors import RecipeError
from occnet.recipe import configured, read_recipe, save_recipe, to_toml


@dataclass(frozen=True)
class _Config:
    width: int
    rate: float = 0.5
    sizes: tuple[int, ...] = (1, 2)
    name: str | None = None
    fast: bool = False

    def __post_init__(self) -> None:
        if self.width < 1:
            raise ValueError(f"width must be at least 1, but is {self.width}")


def test_values_become_the_dataclass() -> None:
    found = configured(_Config, {"width": 3, "rate": 2, "sizes": [4, 5, 6], "name": "a", "fast": True}, "[x]")
    assert found == _Config(3, 2.0, (4, 5, 6), "a", True)
    assert isinstance(found.rate, float)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"width": 3, "widht": 4}, "Unknown key widht"),
        ({}, "Missing key width"),
        ({"width": "3"}, "width in \\[x\\] must be a whole number"),
        ({"width": True}, "must be a whole number"),
        ({"width": 3, "fast": 1}, "must be true or false"),
        ({"width": 3, "sizes": [1, "b"]}, "must be a whole number"),
        ({"width": 0}, "at least 1"),
        ({"width": 3.0}, r"width in \[x\] must be a whole number, but is 3.0"),
        ({"width": 10**20}, r"width in \[x\] must be a finite number and not beyond 4,294,967,295, but is 1000"),
        ({"width": -(10**5000)}, "but is a number of more than 60 digits"),
        ({"width": 3, "rate": float("nan")}, r"rate in \[x\] must be a finite number .*, but is nan"),
        ({"width": 3, "rate": float("-inf")}, "but is -inf"),
        ({"width": 3, "rate": 10**400}, "rate in .* must be a finite number"),
        ({"width": 3, "rate": True}, "rate in .* must be a number, but is true"),
        ({"width": 3, "rate": [1]}, "rate in .* must be a number, but is a list of 1"),
        ({"width": 3, "sizes": 4}, "sizes in .* must be a list, each of it a whole number, but is 4"),
        ({"width": 3, "sizes": [[1]]}, "sizes in .* must be a whole number, but is a list of 1"),
        ({"width": {"a": 1}}, "must be a whole number, but is a table of 1"),
        ({"width": "x" * 99}, "but is a text of 99 characters"),
        ({"width": datetime.date(2020, 1, 2)}, "must be a whole number, but is 2020-01-02"),
        ([1, 2], r"\[x\] must be a table of keys and values, but is a list of 2"),
        ("text", r'\[x\] must be a table of keys and values, but is "text"'),
    ],
)
def test_what_does_not_fit_is_one_sentence(table: Any, message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        configured(_Config, table, "[x]")


def test_tables_survive_the_way_through_a_file(tmp_path: Path) -> None:
    tables = {"a": {"b": 1, "c": [0.5, 2.0], "d": "text"}, "e": {"f": True}}
    (tmp_path / "r.toml").write_text(to_toml({**tables, "g": {"h": None}}))
    assert read_recipe(tmp_path / "r.toml") == {**tables, "g": {}}
    (tmp_path / "bad.toml").write_text("a = = 3")
    with pytest.raises(RecipeError, match="not valid TOML"):
        read_recipe(tmp_path / "bad.toml")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a = 2020-13-45", "not valid TOML: "),
        (b"a = " + b"9" * 5000, "not valid TOML, for a number in it has too many digits"),
        (b"a = " + b"[" * 100_000, "nested too deep"),
        (b"a = 1\na = 2", "not valid TOML: "),
        (b"\xff\xfe", "is no text"),
        (b"# " + b"x" * (1 << 20), "more than 1 MiB"),
    ],
)
def test_a_file_that_is_no_recipe_is_one_sentence(content: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / "r.toml").write_bytes(content)
    with pytest.raises(RecipeError, match=message) as refusal:
        read_recipe(tmp_path / "r.toml")
    assert "r.toml" in str(refusal.value)
    assert "sys." not in str(refusal.value)
    with pytest.raises(RecipeError, match=message) if b"\xff" in content or b"#" in content else nullcontext():
        save_recipe(tmp_path / "r.toml", tmp_path / "copy.toml")


def test_a_recipe_that_cannot_be_opened_is_one_sentence(tmp_path: Path) -> None:
    for path, message in ((tmp_path / ("x" * 300), "too long"), (tmp_path, "is a folder"), (Path("a\0b"), "does not exist")):
        for use in (read_recipe, lambda path: save_recipe(path, tmp_path / "copy.toml")):
            with pytest.raises(RecipeError, match=message):
                use(path)


def test_a_table_within_a_table_is_a_dataclass_within_one() -> None:
    found = configured(ScanConfig, {"points_max": 500, "sensors": {"share": 0.25}}, "[scans] of here")
    assert (found.points_max, found.sensors.share, found.sensors.cameras_max) == (500, 0.25, 4)
    with pytest.raises(RecipeError, match="Unknown key blue in sensors in"):
        configured(ScanConfig, {"sensors": {"blue": 1}}, "[scans] of here")
    with pytest.raises(RecipeError, match="share must lie between 0 and 1"):
        configured(ScanConfig, {"sensors": {"share": 2.0}}, "[scans] of here")
