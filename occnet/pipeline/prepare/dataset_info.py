"""What a dataset holds, and whether it is whole."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from occnet.data.array_forms import check_form
from occnet.data.dataset_files import (
    CHECKSUMS,
    DESCRIPTION,
    REPORT,
    checksum,
    finished_shards,
    mapped,
    read_checksums,
    read_description,
    read_names,
    read_report,
)
from occnet.data.shards import ARRAYS
from occnet.data.splits import SPLITS
from occnet.errors import DatasetError, plainly
from occnet.files.opening import exists
from occnet.pipeline.prepare.dataset_plan import Plan, plan_files, read_plan

_CATEGORIES = 12  # that are listed

Answer = TypeVar("Answer")


class _Reading:
    """Reads the files of a dataset; what is damaged is noted, and the rest is read on."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def of(self, read: Callable[[Path], Answer], path: Path, otherwise: Answer) -> Answer:
        """What a function reads at a path, or the other value where that is damaged or missing."""
        try:
            return read(path)
        except DatasetError as problem:
            self.problems.append(str(problem))
        except OSError as problem:
            self.problems.append(f"{path} cannot be read ({plainly(problem)}); copy it again.")
        return otherwise

    def plans(self, dataset: Path) -> list[Plan]:
        """The plans of a dataset that can be read."""
        return [plan for path in plan_files(dataset) if (plan := self.of(read_plan, path, None)) is not None]


def describe(dataset: Path) -> str:
    """A table of what a dataset holds, damaged as it may be. Raises DatasetError when the folder is no dataset."""
    dataset = Path(dataset)
    reading = _Reading()
    description = _described(dataset, reading)
    shapes: Counter[str] = Counter()
    verdicts: Counter[str] = Counter()
    categories: Counter[str] = Counter()
    size = 0
    arrays: dict[str, str] = {}
    for split in SPLITS:
        for folder in finished_shards(dataset / split):
            names = reading.of(read_names, folder, [])
            shapes[split] += len(names)
            categories.update(name.split("/")[0] if "/" in name else "(none)" for name in names)
            size += sum(path.stat().st_size for path in folder.iterdir())
            if (folder / REPORT).exists():
                verdicts.update(verdict for _, verdict, _ in reading.of(read_report, folder, []))
            if names and not arrays:
                arrays = {path.stem: reading.of(_form, path, "damaged") for path in sorted(folder.glob("*.npy"))}
    plans = reading.plans(dataset)
    planned, done = sum(plan.count for plan in plans), verdicts.total()
    options = description.get("options")
    rows = [
        ("dataset", f"{dataset}, format {description.get('format', 'unknown')}"),
        ("sources", ", ".join(dict.fromkeys(plan.source for plan in plans)) or str(description.get("source", "?"))),
        ("shapes", f"{shapes.total():,} (" + ", ".join(f"{shapes[split]:,} {split}" for split in SPLITS) + ")"),
        ("verdicts", ", ".join(f"{count:,} {verdict}" for verdict, count in sorted(verdicts.items())) or "not recorded"),
        ("disk", f"{size / 1e9:.3f} GB, {size / 1e6 / max(1, shapes.total()):.2f} MB a shape"),
        ("categories", _listed(categories)),
        *((f"  {name}", form) for name, form in arrays.items()),
        *((f"  {key}", str(value)) for key, value in (options if isinstance(options, dict) else {}).items()),
    ]
    if done < planned:
        waiting = sum(1 for _ in dataset.glob("unfinished/*/*.npz"))
        kept = f", {waiting:,} of them are made but for the rest of their shard" if waiting else ""
        rows.insert(
            1, ("UNFINISHED", f"{planned - done:,} of {planned:,} shapes are missing{kept}; run the same command to go on")
        )
    if reading.problems:
        rows.insert(1, ("DAMAGED", f"{len(reading.problems):,} files cannot be read; `occnet info --verify` names them"))
    return "\n".join(f"{name:<18} {value}" for name, value in rows)


def verify(dataset: Path) -> list[str]:
    """What is wrong with a dataset, a sentence each; empty when every byte is as it was written and every shape is there.

    Reads everything: each file's checksum, the forms of the arrays, the names of the shapes against the plan, and that no
    shape is there twice. Raises DatasetError when the folder is no dataset.
    """
    dataset = Path(dataset)
    reading = _Reading()
    options = _described(dataset, reading).get("options")
    seen: Counter[str] = Counter()
    damaged: set[Path] = set()  # what is in these cannot be believed
    for split in SPLITS:
        for folder in finished_shards(dataset / split):
            wrong = reading.of(_problems_of, folder, None)
            reading.problems += wrong or []
            if wrong != []:
                damaged.add(folder)
            else:
                seen.update(read_names(folder))
    reading.problems += [f"The shape {name!r} is there {count} times." for name, count in seen.items() if count > 1]
    if not plan_files(dataset):
        reading.problems.append(
            f"{dataset} has no plan (it was made by an earlier version), so that missing shapes cannot be told."
        )
    shard_size = options.get("shapes_per_shard") if isinstance(options, dict) else None
    for plan in reading.plans(dataset):
        if isinstance(shard_size, int) and shard_size > 0:
            reading.problems += reading.of(lambda _, plan=plan: _missing_of(plan, shard_size, damaged), plan.path, [])
    return reading.problems


def _described(dataset: Path, reading: _Reading) -> dict:
    """What `dataset.json` says; nothing where it is damaged. Raises DatasetError when there is none."""
    if exists(dataset / DESCRIPTION, DatasetError):
        return reading.of(read_description, dataset, {})
    return read_description(dataset)


def _problems_of(folder: Path) -> list[str]:
    """What is wrong with a shard. Raises DatasetError when the files that tell of it are damaged."""
    if not (folder / CHECKSUMS).exists():
        return [f"{folder} has no checksums (it was made by an earlier version)."]
    sums = read_checksums(folder)
    there = {path.name for path in folder.iterdir()} - {CHECKSUMS}
    problems = [f"{folder / name} is not part of the dataset; remove it." for name in sorted(there - set(sums))]
    remedy = f"Delete {folder} and run `occnet prepare` again."
    missing = [f"{folder / name} is missing. {remedy}" for name in sums if name not in there]
    wrong = [name for name, expected in sums.items() if name in there and _checksum(folder / name) != expected]
    missing += [f"{folder / name} is damaged: its checksum is wrong. {remedy}" for name in wrong]
    return problems + (missing or list(_inconsistencies_of(folder)))


def _checksum(path: Path) -> str:
    return checksum(path) if path.is_file() else "a folder has none"


def _inconsistencies_of(folder: Path) -> Iterator[str]:
    """What does not fit together in a shard whose files are as they were written."""
    names, rows = read_names(folder), read_report(folder)
    if names != [name for name, verdict, _ in rows if verdict != "rejected"]:
        yield f"{folder} names other shapes than its report."
    arrays = {path.stem for path in folder.glob("*.npy")}
    if names and not set(ARRAYS) <= arrays:
        yield f"{folder} lacks the arrays {', '.join(sorted(set(ARRAYS) - arrays))}."
    for name in sorted(arrays):
        path = folder / f"{name}.npy"
        array = mapped(path)
        if len(array) != len(names):
            yield f"{path} holds {len(array)} shapes instead of {len(names)}."
            continue
        try:
            check_form(array, path, len(names))
        except DatasetError as problem:
            yield str(problem)


def _missing_of(plan: Plan, shard_size: int, damaged: set[Path]) -> list[str]:
    """Which shards of a plan are not there, or hold other shapes, but for the damaged ones."""
    problems = []
    for shard in plan.shards(shard_size):
        if not shard.folder.exists():
            problems.append(f"{shard.folder} is missing; run the same `occnet prepare` command to make it.")
        elif shard.folder not in damaged and [name for name, _, _ in read_report(shard.folder)] != list(shard.names):
            problems.append(f"{shard.folder} does not hold the shapes that {plan.path.name} tells.")
    return problems


def _form(path: Path) -> str:
    array = mapped(path)
    packed = path.stem.endswith("_inside") or re.fullmatch(r"voxels_\d+", path.stem)
    return f"{' x '.join(map(str, array.shape[1:]))} {array.dtype}{', packed bits' if packed else ''}"


def _listed(counts: Counter[str]) -> str:
    named = [f"{name} {count:,}" for name, count in counts.most_common(_CATEGORIES)]
    rest = len(counts) - len(named)
    return ", ".join(named) + (f" and {rest:,} more" if rest > 0 else "")
