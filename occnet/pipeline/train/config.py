"""What a training recipe may say, beside the tables [encoder] and [decoder] of the network."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from occnet.data.photos.pictures_config import PicturesConfig
from occnet.data.photos.whole_pictures_config import WholePicturesConfig
from occnet.data.samples import SamplesConfig
from occnet.data.scans import ScanConfig
from occnet.errors import RecipeError
from occnet.networks.interfaces import Loss
from occnet.networks.occupancy_network import OccupancyNetwork
from occnet.networks.registry import LOSSES, build_loss
from occnet.pipeline.train.loggers import LOGGERS
from occnet.plugins import Plugin, run_stored
from occnet.recipe import configured, found_recipe, read_recipe, table_of

NETWORK_TABLES = ("encoder", "decoder", "latent", "field")
LOSS_TABLE = "loss"
SAMPLE_TABLES = ("scans", "samples", "pictures", "whole_pictures")  # each a way to make samples
PLUGINS = "plugins"  # the table of a run's recipe that names the files of code beside it
OPTIMIZERS = ("adamw", "muon")
PRECISIONS = ("auto", "32-true", "bf16-mixed", "16-mixed", "bf16-true", "16-true", "64-true")


@dataclass(frozen=True)
class DataConfig:
    """Which shapes to train on."""

    datasets: tuple[str, ...]  # folders by `occnet prepare` or in the published ShapeNet layout; "procedural": fresh shapes
    shares: tuple[float, ...]  # how often each is drawn from, relative to the others
    validation: str  # dataset whose validation split is scored during training
    categories: tuple[str, ...] = ()  # only shapes whose names start with one of these and a slash; all of them if empty

    def __post_init__(self) -> None:
        if not self.datasets:
            raise ValueError("datasets must name at least one dataset")


@dataclass(frozen=True)
class TrainingConfig:
    """How the network is optimised."""

    steps: int = 20_000  # optimiser steps in all
    batch_size: int = 8  # samples a step, over all processes
    accumulate: int = 1  # parts that a process takes its samples in, one after the other, in less memory
    workers: int = 0  # processes that make the coming samples, for each process that trains; 0: a thread makes the next ones
    optimizer: str = "adamw"  # or "muon": for the matrices, with AdamW for the rest
    learning_rate: float = 1e-3  # the highest
    weight_decay: float = 0.01  # decoupled, in units of the rate
    warmup_steps: int = 200  # linear from zero
    decay_share: float = 0.3  # last share of the steps, in which the rate falls to zero
    decay: str = "linear"  # how it falls; or "cosine"
    gradient_limit: float = 1.0  # largest norm of the gradient
    average_decay: float = 0.999  # of the running average of the weights, which is what is validated and shipped
    precision: str = "auto"  # "bf16-mixed" where that is faster, else "32-true"; or any other of PRECISIONS
    seed: int = 0  # of the initial weights and of all batches
    start_model: str = (
        ""  # a model (a name, or a folder) with the same layers, whose weights training starts from; "" at random
    )
    image_weights: str = ""  # file of ImageNet weights that an image encoder starts from; "" at random
    checkpoint_every: int = 250  # steps
    validate_every: int = 500  # steps
    validation_shapes: int = 48  # shapes scored at each validation
    validation_points: tuple[int, ...] = (300, 3000)  # scan sizes scored at each validation; the last one picks the best
    validation_queries: int = 8192  # uniform points a shape that the IoU is taken on
    validation_noise: float = 0.005  # standard deviation of these scans
    pictures: int = 3  # validation shapes drawn at each validation
    loggers: tuple[str, ...] = ("tensorboard",)  # where curves and pictures go, beside the run's own tables; () nowhere

    def __post_init__(self) -> None:
        if unknown := [name for name in self.loggers if name not in LOGGERS]:
            raise ValueError(f"there is no logger {unknown[0]!r}; the loggers are: {', '.join(LOGGERS)}")
        at_least_one = ("steps", "batch_size", "accumulate", "checkpoint_every", "validate_every", "validation_shapes")
        for name in (*at_least_one, "validation_queries"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, but is {getattr(self, name)}")
        for name in ("workers", "warmup_steps", "weight_decay", "validation_noise", "pictures"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} must be at least 0, but is {getattr(self, name)}")
        for name in ("learning_rate", "gradient_limit"):
            if not getattr(self, name) > 0.0:
                raise ValueError(f"{name} must be above 0, but is {getattr(self, name)}")
        if self.seed < 0:
            raise ValueError(f"seed must be at least 0, but is {self.seed}")
        if not 0.0 <= self.average_decay < 1.0:
            raise ValueError(f"average_decay must lie in [0, 1), but is {self.average_decay}")
        if not self.validation_points or min(self.validation_points) < 1:
            raise ValueError(f"validation_points must be one or more numbers of points, but are {self.validation_points}")
        if self.optimizer not in OPTIMIZERS:
            raise ValueError(f"optimizer must be {' or '.join(OPTIMIZERS)}, but is {self.optimizer!r}")
        if self.precision not in PRECISIONS:
            raise ValueError(f"precision must be one of {', '.join(PRECISIONS)}, but is {self.precision!r}")
        if self.decay not in ("linear", "cosine"):
            raise ValueError(f"decay must be linear or cosine, but is {self.decay!r}")
        if not 0.0 <= self.decay_share <= 1.0:
            raise ValueError(f"decay_share must lie between 0 and 1, but is {self.decay_share}")


@dataclass(frozen=True)
class TrainingRecipe:
    """A whole training: data, how samples are made, optimisation, and the network's own tables."""

    data: DataConfig
    scans: ScanConfig  # simulated scans, where there is no table [samples]
    samples: SamplesConfig | None  # the papers' samples: clouds of one size, images, voxels, indices, or nothing
    training: TrainingConfig
    network: dict[str, Any]
    loss: dict[str, Any]  # the table [loss]; empty for the loss that such a network has where nobody says otherwise
    pictures: PicturesConfig | None = None  # photos of procedural things, made as they are asked for; in place of both
    whole_pictures: WholePicturesConfig | None = None  # the same with their grounds; in place of all three


def training_recipe(path: Path, **changes: int | str) -> TrainingRecipe:
    """The training that a recipe file describes; changes replace keys of [training].

    Raises RecipeError when it does not follow the tables above, PluginError when it needs code that was not run here before.
    """
    tables = read_recipe(path)
    run_stored(found_recipe(path).parent, table_of(tables, PLUGINS, str(path)))
    tables.pop(PLUGINS, None)
    return recipe_of({**tables, "training": {**table_of(tables, "training", str(path)), **changes}}, str(path))


def recipe_of(tables: dict[str, Any], where: str) -> TrainingRecipe:
    """The training that the tables of a recipe describe. where: the recipe's name in errors; raises RecipeError as above."""
    known = {"data", *SAMPLE_TABLES, "training", LOSS_TABLE, *NETWORK_TABLES}
    if unknown := sorted(set(tables) - known):
        raise RecipeError(f"Unknown table [{unknown[0]}] in {where}; the tables are: {', '.join(sorted(known))}.")
    given = [f"[{name}]" for name in SAMPLE_TABLES if name in tables]
    if len(given) > 1:
        raise RecipeError(
            f"{where} has the tables {' and '.join(given)}, which are {len(given)} ways to make samples; keep one."
        )
    pictures = configured(PicturesConfig, tables["pictures"], f"[pictures] of {where}") if "pictures" in tables else None
    whole = tables.get("whole_pictures")
    samples = configured(SamplesConfig, tables["samples"], f"[samples] of {where}") if "samples" in tables else None
    return TrainingRecipe(
        data=configured(DataConfig, table_of(tables, "data", where), f"[data] of {where}"),
        scans=configured(ScanConfig, table_of(tables, "scans", where), f"[scans] of {where}"),
        samples=samples,
        training=configured(TrainingConfig, table_of(tables, "training", where), f"[training] of {where}"),
        network={key: table_of(tables, key, where) for key in NETWORK_TABLES if key in tables},
        loss=table_of(tables, LOSS_TABLE, where),
        pictures=pictures,
        whole_pictures=None if whole is None else configured(WholePicturesConfig, whole, f"[whole_pictures] of {where}"),
    )


def plugins_of(recipe: TrainingRecipe, network: OccupancyNetwork) -> tuple[Plugin, ...]:
    """The files of one's own code that a training needs."""
    loss = LOSSES.plugin_of(recipe.loss["name"]) if recipe.loss else None
    return tuple(dict.fromkeys([*network.plugins, *([loss] if loss else [])]))


def loss_of(recipe: TrainingRecipe, where: str = "the recipe") -> Loss:
    """What the training of a recipe makes small. Raises RecipeError as `build_loss` does."""
    return build_loss({**recipe.network, LOSS_TABLE: recipe.loss}, where)
