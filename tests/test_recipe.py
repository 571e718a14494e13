"""Recipes are read strictly."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from occnet.data.scans import ScanConfig
from occnet.errors import RecipeError
from occnet.recipe import configured, read_recipe, to_toml


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
    ],
)
def test_what_does_not_fit_is_one_sentence(table: dict, message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        configured(_Config, table, "[x]")


def test_tables_survive_the_way_through_a_file(tmp_path: Path) -> None:
    tables = {"a": {"b": 1, "c": [0.5, 2.0], "d": "text"}, "e": {"f": True}}
    (tmp_path / "r.toml").write_text(to_toml({**tables, "g": {"h": None}}))
    assert read_recipe(tmp_path / "r.toml") == {**tables, "g": {}}
    (tmp_path / "bad.toml").write_text("a = = 3")
    with pytest.raises(RecipeError, match="not valid TOML"):
        read_recipe(tmp_path / "bad.toml")


def test_a_table_within_a_table_is_a_dataclass_within_one() -> None:
    found = configured(ScanConfig, {"points_max": 500, "sensors": {"share": 0.25}}, "[scans] of here")
    assert (found.points_max, found.sensors.share, found.sensors.cameras_max) == (500, 0.25, 4)
    with pytest.raises(RecipeError, match="Unknown key blue in sensors in"):
        configured(ScanConfig, {"sensors": {"blue": 1}}, "[scans] of here")
    with pytest.raises(RecipeError, match="share must lie between 0 and 1"):
        configured(ScanConfig, {"sensors": {"share": 2.0}}, "[scans] of here")
