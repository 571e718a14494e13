"""What an experiment is: a short TOML of data, methods and budget; those of the package, and files of one's own."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from occnet.errors import RecipeError
from occnet.recipe import checked_table, configured, read_recipe, table_of

SHIPPED_EXPERIMENTS = Path(__file__).parents[2] / "experiments"
SIZES = ("small", "smoke")  # tables of what else holds where an experiment takes minutes, or only shows that it runs
TABLES = ("data", "budget", "recipe", "methods", *SIZES)


@dataclass(frozen=True)
class ExperimentData:
    """The shapes: procedural ones, prepared where no dataset is named."""

    shapes: int = 2600
    categories: str = "thirteen"
    seed: int = 0
    views: int = 0  # pictures of each shape
    image_size: int = 137  # edge of the pictures in pixels
    voxels: tuple[int, ...] = ()  # resolutions of the grids that are stored
    split: str = "test"  # that is scored; "train" where a network knows its training shapes alone
    most: int | None = None  # shapes scored, spread evenly over the split; all of them if not said
    points: int = 300  # of the clouds that are shown, for what reads clouds
    noise: float = 0.005  # of these


@dataclass(frozen=True)
class ExperimentBudget:
    """How long each method is trained."""

    minutes: float = 20.0  # CPU minutes of the process for each method and seed; on an accelerator minutes of the clock
    seeds: int = 1
    interval: int = 100  # steps after which the clock is looked at; snapshots are kept of these, twice, four times as many, ...
    resolution: int = 128  # cells of the meshes that are scored, along the edge of the padded cube
    samples: int = 100_000  # points of the volume and of each surface that scores are taken on
    pictures: int = 6  # shapes in the grid of pictures


@dataclass(frozen=True)
class ExperimentMethod:
    """One row: a network with its own part of the recipe, a baseline, or the stored voxels of each shape."""

    name: str  # of its runs and files
    title: str  # in tables
    recipe: dict[str, Any] = field(default_factory=dict)  # the whole recipe of a network; empty for what learns nothing
    baseline: str = ""  # a name of `occnet.baselines.baseline.BASELINES`
    voxels: int = 0  # resolution of the stored voxels that are taken as they are

    @property
    def learned(self) -> bool:
        """Whether it is a network that has to be trained."""
        return bool(self.recipe)


@dataclass(frozen=True)
class Experiment:
    """All of it."""

    name: str
    title: str
    about: str
    data: ExperimentData
    budget: ExperimentBudget
    methods: tuple[ExperimentMethod, ...]
    text: str  # of the file, for the report


def shipped_experiments() -> list[str]:
    """Names of the experiments that come with the package."""
    return sorted(path.stem for path in SHIPPED_EXPERIMENTS.glob("*.toml"))


def read_experiment(
    name_or_path: str, size: str = "full", minutes: float | None = None, seeds: int | None = None
) -> Experiment:
    """The experiment of that name, or in that file.

    size: "full", or one of SIZES for what its table of that name says besides. minutes, seeds: replace those of its budget.
    Raises RecipeError when it does not follow the dataclasses above, or no such experiment is there.
    """
    path = Path(name_or_path)
    if name_or_path in shipped_experiments():
        path = SHIPPED_EXPERIMENTS / f"{name_or_path}.toml"
    elif not path.is_file():
        raise RecipeError(
            f"There is no experiment {name_or_path!r}; give a .toml file, or one of: {', '.join(shipped_experiments())}."
        )
    tables, where = read_recipe(path), str(path)
    if unknown := sorted(set(tables) - {*TABLES, "title", "about"}):
        raise RecipeError(f"Unknown key {unknown[0]} in {where}; the keys are: title, about, {', '.join(TABLES)}.")
    if size in SIZES:
        tables = _merged(tables, table_of(tables, size, where))
    given = {"minutes": minutes, "seeds": seeds}
    budget = _merged(table_of(tables, "budget", where), {key: value for key, value in given.items() if value is not None})
    shared = table_of(tables, "recipe", where)
    methods = [
        _method(name, checked_table(table, f"[methods.{name}] of {where}"), shared, where)
        for name, table in table_of(tables, "methods", where).items()
    ]
    if not methods:
        raise RecipeError(f"{where} has no table [methods.NAME], so that there is nothing to compare.")
    return Experiment(
        name=path.stem,
        title=str(tables.get("title", path.stem)),
        about=str(tables.get("about", "")),
        data=configured(ExperimentData, table_of(tables, "data", where), f"[data] of {where}"),
        budget=configured(ExperimentBudget, budget, f"[budget] of {where}"),
        methods=tuple(methods),
        text=path.read_text(encoding="utf-8"),
    )


def _method(name: str, table: dict[str, Any], shared: dict[str, Any], where: str) -> ExperimentMethod:
    own = {key: value for key, value in table.items() if key not in ("title", "baseline", "voxels")}
    said = {key: table[key] for key in ("title", "baseline", "voxels") if key in table}
    if ("baseline" in said or "voxels" in said) and own:
        raise RecipeError(f"[methods.{name}] of {where} has {sorted(own)[0]}, but learns nothing; remove one of the two.")
    recipe = {} if "baseline" in said or "voxels" in said else _merged(shared, own)
    values = {"title": name.replace("_", " "), **said, "name": name}
    found = configured(ExperimentMethod, values, f"[methods.{name}] of {where}")
    return ExperimentMethod(found.name, found.title, recipe, found.baseline, found.voxels)


def _merged(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """Tables in which the keys of the second replace or add to those of the first, table by table."""
    result = dict(below)
    for key, value in above.items():
        old = result.get(key)
        same = isinstance(value, dict) and isinstance(old, dict) and value.get("name", "") in ("", old.get("name", ""))
        result[key] = _merged(old, value) if same and isinstance(old, dict) else value  # another decoder has other keys
    return result
