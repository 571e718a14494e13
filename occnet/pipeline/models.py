"""The models that can be used here: those that come with the package, and those of one's own runs."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from safetensors import SafetensorError, safe_open

from occnet.errors import FileError, OccnetError
from occnet.networks.checkpoint import SHIPPED, shipped_models
from occnet.networks.registry import ENCODERS
from occnet.pipeline.train.run_tables import MEASURES
from occnet.recipe import read_recipe, table_of

WEIGHTS = "model.safetensors"

_DOES = {"nothing": "draws new shapes", "picture": "finds the thing in a picture"}
"""What a model is for that makes no solid of what it reads, by that."""


@dataclass(frozen=True)
class ListedModel:
    """A model folder, described without loading it."""

    name: str  # what --model is given: the name of a shipped one, else the folder
    reads: str  # points, image, voxels, index or nothing
    encoder: str
    decoder: str
    parameters: int
    megabytes: float  # of its weights
    about: str  # the first sentence of its card; of a run, its best validation score; empty where there is neither
    problem: str = ""  # why it cannot be used, if so

    def __str__(self) -> str:
        if self.problem:
            return f"{self.name}\n    cannot be used: {self.problem}"
        size = f"{self.parameters / 1e6:.1f} M parameters, {self.megabytes:.1f} MB"
        does = _DOES.get(self.reads, f"reads {self.reads}")
        lines = [f"{self.name}", f"    {does}; {self.encoder} -> {self.decoder}; {size}"]
        return "\n".join([*lines, *([f"    {self.about}"] if self.about else [])])


def list_models(folders: Sequence[Path] = ()) -> list[ListedModel]:
    """The shipped models, and every model in these folders or below them; a broken one is listed with what is wrong with it.

    Raises FileError when a folder does not exist.
    """
    shipped = [_listed(SHIPPED / name, name) for name in shipped_models()]
    own = []
    for folder in folders:
        if not folder.is_dir():
            raise FileError(f"There is no folder {folder}; name one with models in it, such as runs/.")
        own += [_listed(path.parent, str(path.parent)) for path in sorted(folder.rglob(WEIGHTS))]
    return shipped + own


def _listed(folder: Path, name: str) -> ListedModel:
    try:
        recipe = read_recipe(folder / "recipe.toml")
        encoder, decoder = (str(table_of(recipe, part, name).get("name", "?")) for part in ("encoder", "decoder"))
        reads = ENCODERS[encoder].reads if encoder in ENCODERS else "what its plugin says"
        with safe_open(folder / WEIGHTS, framework="numpy") as weights:
            sizes = [math.prod(weights.get_slice(key).get_shape()) for key in weights.keys()]  # noqa: SIM118 (it is no dict)
        megabytes = (folder / WEIGHTS).stat().st_size / 1e6
        return ListedModel(name, reads, encoder, decoder, sum(sizes), megabytes, _card(folder) or _score(folder))
    except (OccnetError, SafetensorError, OSError) as problem:
        return ListedModel(name, "?", "?", "?", 0, 0.0, "", " ".join(str(problem).split()))


def _card(folder: Path) -> str:
    """The first sentence of the model card, on one line; empty where there is no card."""
    path = folder / "CARD.md"
    if not path.is_file():
        return ""
    paragraphs = path.read_text(encoding="utf-8").split("\n\n")
    text = " ".join(next((part for part in paragraphs if part.strip() and not part.startswith("#")), "").split())
    sentence, dot, _ = text.partition(". ")
    return sentence + (dot.strip() or "")


def _score(folder: Path) -> str:
    """The best validation score of the run that the folder is part of; empty where it is none."""
    path = folder.parent / "validation.csv"
    if not path.is_file():
        return ""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    try:
        measure = next(name for name in MEASURES if name in rows[0])
        best = max(rows, key=lambda row: (float(row["points"]), float(row[measure])))
        return f"best validation {MEASURES[measure]} {float(best[measure]):.4f}, step {int(float(best['step'])):,}"
    except (KeyError, IndexError, StopIteration, ValueError, TypeError):
        return ""
