"""An experiment from its definition to its report: shapes prepared, methods trained and scored, each as far as it is not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from occnet.data.datasets import open_prepared
from occnet.data.samples import Reader
from occnet.errors import OccnetError, RecipeError
from occnet.networks.checkpoint import load_model
from occnet.networks.random_numbers import own_random_numbers
from occnet.networks.registry import build_network
from occnet.pipeline.evaluate.cases import is_dataset
from occnet.pipeline.evaluate.scores import Method
from occnet.pipeline.experiment.experiment_definition import Experiment, ExperimentMethod
from occnet.pipeline.experiment.experiment_drawings import drawing_tables, write_drawings
from occnet.pipeline.experiment.experiment_page import write_page
from occnet.pipeline.experiment.experiment_pictures import curves, write_grid
from occnet.pipeline.experiment.experiment_scores import MINUTES, STEPS, Entry, Stage, entries_of, made_method, run_folder
from occnet.pipeline.experiment.experiment_sizes import sizes
from occnet.pipeline.experiment.experiment_tables import Cost, Costs, as_tables, write_table
from occnet.pipeline.experiment.timed_runs import Reading, common_step, train_for
from occnet.pipeline.prepare.prepare import prepare_synthetic
from occnet.pipeline.prepare.prepare_options import PrepareOptions


def run_experiment(
    experiment: Experiment,
    folder: Path,
    dataset: Path | None = None,
    device: str = "auto",
    say: Callable[[str], None] = lambda sentence: None,
) -> str:
    """Carry out an experiment in a folder, or go on where it stopped; its tables, as Markdown.

    The folder gets `dataset/` (unless another dataset is named), `runs/`, `scores/`, and at the end `table.csv`, `table.md`,
    `pictures.png`, `curves.svg` and `report.html`. What is there already is not done again: a larger budget trains further.
    say: is told what begins. Raises RecipeError, DatasetError and what trainings raise.
    """
    learned = [method for method in experiment.methods if method.learned]
    if not learned:
        raise RecipeError(f"The experiment {experiment.name} has no network to train; add a table [methods.NAME] with one.")
    reader = _reader_of(learned)
    dataset = _prepared(experiment, folder, dataset, say)
    clocks: dict[tuple[str, int], list[Reading]] = {}
    for seed in range(experiment.budget.seeds):
        for method in learned:
            say(f"training {method.title}, seed {seed}: {experiment.budget.minutes:g} minutes")
            run = run_folder(folder, method, seed)
            recipe = _recipe_of(method, seed, dataset)
            clocks[method.name, seed] = train_for(recipe, run, experiment.budget.minutes, experiment.budget.interval, device)
    step = common_step([run_folder(folder, method, seed) for method in learned for seed in range(experiment.budget.seeds)])
    stage = Stage(experiment, folder, dataset, reader, device)
    costs = _costs(stage, clocks, step)
    if reader.kind == "nothing":
        say("drawing shapes")
        tables = drawing_tables(stage, learned, costs)
        write_drawings(folder / "pictures.png", stage, learned)
        _report(stage, tables)
        return tables
    any_model = stage.model_of(learned[0], 0, MINUTES, step)
    entries = entries_of(stage, step, any_model, say)
    tables = as_tables(entries, costs, experiment.budget.minutes, step)
    write_table(folder / "table.csv", entries)
    say("drawing pictures and curves")
    write_grid(folder / "pictures.png", stage, _that_ran(stage, entries, any_model))
    drawn = sizes(entries, costs, len(open_prepared(dataset, "train")))
    _report(stage, tables, drawn)
    return tables


def _prepared(experiment: Experiment, folder: Path, dataset: Path | None, say: Callable[[str], None]) -> Path:
    """The dataset: the one that is named, or procedural shapes of the experiment's own, prepared as far as they are not."""
    if dataset is not None:
        if not is_dataset(dataset):
            raise OccnetError(f"{dataset} is no dataset; name a folder by `occnet prepare` or in the published layout.")
        return dataset
    data = experiment.data
    say(f"preparing {data.shapes:,} shapes")
    options = PrepareOptions(
        categories=data.categories, seed=data.seed, views=data.views, image_sizes=(data.image_size,), voxels=data.voxels
    )
    prepare_synthetic(data.shapes, folder / "dataset", options)
    return folder / "dataset"


def _recipe_of(method: ExperimentMethod, seed: int, dataset: Path) -> dict[str, Any]:
    """The recipe of a method with its data and its seed."""
    data = {"datasets": [str(dataset)], "shares": [1.0], "validation": str(dataset)}
    training = {"loggers": [], "pictures": 0, **method.recipe.get("training", {}), "seed": seed}
    return {**method.recipe, "data": {**data, **method.recipe.get("data", {})}, "training": training}


@own_random_numbers()
def _reader_of(learned: list[ExperimentMethod]) -> Reader:
    """What all networks of an experiment read. Raises RecipeError when they do not read the same."""
    tables = ("encoder", "decoder", "latent", "field")
    readers = {}
    for method in learned:
        network = build_network({key: method.recipe[key] for key in tables if key in method.recipe}, f"[methods.{method.name}]")
        readers[method.name] = network.reader
    kinds = {name: reader.kind for name, reader in readers.items()}
    if len(set(kinds.values())) > 1:
        raise RecipeError(f"The networks of an experiment must read the same kind of observation, but read {kinds}.")
    return readers[learned[0].name]


def _costs(stage: Stage, clocks: dict[tuple[str, int], list[Reading]], step: int) -> Costs:
    """What the trainings took, the means over the seeds."""
    costs: Costs = {}
    for method in stage.experiment.methods:
        if method.voxels:
            costs |= {(method.name, budget): Cost(method.voxels**3) for budget in (MINUTES, STEPS)}
        if not method.learned:
            continue
        of = [readings for (name, _), readings in clocks.items() if name == method.name]
        network = load_model(stage.model_of(method, 0, MINUTES, step))
        parameters = sum(parameter.numel() for parameter in network.parameters())
        for budget in (MINUTES, STEPS):
            ends = [readings[-1] for readings in of]
            if budget == STEPS:
                ends = [next((one for one in readings if one.step == step), readings[-1]) for readings in of]
            costs[method.name, budget] = Cost(
                parameters,
                sum(end.minutes for end in ends) / len(ends),
                sum(end.step for end in ends) / len(ends),
                max(end.peak_megabytes for end in ends),
            )
    return costs


def _that_ran(stage: Stage, entries: list[Entry], any_model: Path) -> dict[str, Method]:
    """The methods that have scores, by their titles, as they are after equal minutes with the first seed."""
    ran = {entry.method.name for entry in entries if entry.scores}
    return {
        method.title: made_method(stage, method, stage.model_of(method, 0, MINUTES, 0), any_model)
        for method in stage.experiment.methods
        if method.name in ran
    }


def _report(stage: Stage, tables: str, compared_sizes: str = "") -> None:
    """Write the tables as Markdown, the curves, and the page with both and the pictures. compared_sizes: an SVG, or empty."""
    experiment, folder = stage.experiment, stage.folder
    (folder / "table.md").write_text(f"# {experiment.title}\n\n{tables}\n", encoding="utf-8")
    drawn = {"Curves": curves(experiment, folder)}
    (folder / "curves.svg").write_text(drawn["Curves"], encoding="utf-8")
    if compared_sizes:
        drawn["What is stored"] = compared_sizes
        (folder / "sizes.svg").write_text(compared_sizes, encoding="utf-8")
    write_page(folder / "report.html", experiment, tables, folder / "pictures.png", drawn, stage.device)
