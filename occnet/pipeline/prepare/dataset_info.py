"""What a dataset holds, and whether it is whole."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from occnet.data.shards import ARRAYS, CHECKSUMS, checksum, finished_shards, read_description, read_names
from occnet.data.splits import SPLITS
from occnet.pipeline.prepare.dataset_plan import plans

_CATEGORIES = 12  # that are listed


def describe(dataset: Path) -> str:
    """A table of what a dataset holds. Raises DatasetError when the folder is no dataset."""
    dataset = Path(dataset)
    description = read_description(dataset)
    shapes: Counter[str] = Counter()
    verdicts: Counter[str] = Counter()
    categories: Counter[str] = Counter()
    size = 0
    arrays: dict[str, str] = {}
    for split in SPLITS:
        for folder in finished_shards(dataset / split):
            names = read_names(folder)
            shapes[split] += len(names)
            categories.update(name.split("/")[0] if "/" in name else "(none)" for name in names)
            size += sum(path.stat().st_size for path in folder.iterdir())
            if (folder / "report.json").exists():
                verdicts.update(row[1] for row in json.loads((folder / "report.json").read_text(encoding="utf-8")))
            if names and not arrays:
                arrays = {path.stem: _form(path) for path in sorted(folder.glob("*.npy"))}
    planned = sum(plan.count for plan in plans(dataset))
    done = verdicts.total()
    rows = [
        ("dataset", f"{dataset}, format {description['format']}"),
        ("sources", ", ".join(dict.fromkeys(plan.source for plan in plans(dataset))) or str(description.get("source", "?"))),
        ("shapes", f"{shapes.total():,} (" + ", ".join(f"{shapes[split]:,} {split}" for split in SPLITS) + ")"),
        ("verdicts", ", ".join(f"{count:,} {verdict}" for verdict, count in sorted(verdicts.items())) or "not recorded"),
        ("disk", f"{size / 1e9:.3f} GB, {size / 1e6 / max(1, shapes.total()):.2f} MB a shape"),
        ("categories", _listed(categories)),
        *((f"  {name}", form) for name, form in arrays.items()),
        *((f"  {key}", str(value)) for key, value in description.get("options", {}).items()),
    ]
    if done < planned:
        waiting = sum(1 for _ in dataset.glob("unfinished/*/*.npz"))
        kept = f", {waiting:,} of them are made but for the rest of their shard" if waiting else ""
        rows.insert(
            1, ("UNFINISHED", f"{planned - done:,} of {planned:,} shapes are missing{kept}; run the same command to go on")
        )
    return "\n".join(f"{name:<18} {value}" for name, value in rows)


def verify(dataset: Path) -> list[str]:
    """What is wrong with a dataset, a sentence each; empty when every byte is as it was written and every shape is there.

    Reads everything: each file's checksum, the forms of the arrays, the names of the shapes against the plan, and that no
    shape is there twice. Raises DatasetError when the folder is no dataset.
    """
    dataset = Path(dataset)
    options = read_description(dataset).get("options", {})
    problems: list[str] = []
    seen: Counter[str] = Counter()
    damaged: set[Path] = set()  # what is in these cannot be believed
    for split in SPLITS:
        for folder in finished_shards(dataset / split):
            wrong = list(_problems_of(folder))
            problems += wrong
            if wrong:
                damaged.add(folder)
            else:
                seen.update(read_names(folder))
    problems += [f"The shape {name!r} is there {count} times." for name, count in seen.items() if count > 1]
    every = plans(dataset)
    if not every:
        problems.append(f"{dataset} has no plan (it was made by an earlier version), so that missing shapes cannot be told.")
    for plan in every:
        for shard in plan.shards(int(options["shapes_per_shard"])):
            if not shard.folder.exists():
                problems.append(f"{shard.folder} is missing; run the same `occnet prepare` command to make it.")
            elif shard.folder not in damaged and [row[0] for row in _report(shard.folder)] != list(shard.names):
                problems.append(f"{shard.folder} does not hold the shapes that {plan.path.name} tells.")
    return problems


def _problems_of(folder: Path) -> Iterator[str]:
    sums_path = folder / CHECKSUMS
    if not sums_path.exists():
        yield f"{folder} has no checksums (it was made by an earlier version)."
        return
    sums = json.loads(sums_path.read_text(encoding="utf-8"))
    there = {path.name for path in folder.iterdir()} - {CHECKSUMS}
    for name in sorted(there - set(sums)):
        yield f"{folder / name} is not part of the dataset; remove it."
    sound = there >= set(sums)
    for name, expected in sums.items():
        if name not in there:
            yield f"{folder / name} is missing. Delete {folder} and run `occnet prepare` again."
        elif checksum(folder / name) != expected:
            sound = False
            yield f"{folder / name} is damaged: its checksum is wrong. Delete {folder} and run `occnet prepare` again."
    if not sound:
        return
    names, rows = read_names(folder), _report(folder)
    if names != [row[0] for row in rows if row[1] != "rejected"]:
        yield f"{folder} names other shapes than its report."
    arrays = {path.stem for path in folder.glob("*.npy")}
    if names and not set(ARRAYS) <= arrays:
        yield f"{folder} lacks the arrays {', '.join(sorted(set(ARRAYS) - arrays))}."
    for name in sorted(arrays):
        count = len(np.load(folder / f"{name}.npy", mmap_mode="r"))
        if count != len(names):
            yield f"{folder / name}.npy holds {count} shapes instead of {len(names)}."


def _report(folder: Path) -> list[list[str]]:
    path = folder / "report.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else []


def _form(path: Path) -> str:
    array = np.load(path, mmap_mode="r")
    packed = path.stem.endswith("_inside") or re.fullmatch(r"voxels_\d+", path.stem)
    return f"{' x '.join(map(str, array.shape[1:]))} {array.dtype}{', packed bits' if packed else ''}"


def _listed(counts: Counter[str]) -> str:
    named = [f"{name} {count:,}" for name, count in counts.most_common(_CATEGORIES)]
    rest = len(counts) - len(named)
    return ", ".join(named) + (f" and {rest:,} more" if rest > 0 else "")
