"""Which shape goes where in a dataset: decided before the work starts, written down, and the same after any interruption.

A plan lists the names of the shapes that one command adds, in order. From the names follow the splits, and from the order the
shard and the place of each shape. Plans are never changed; new shapes come with a new plan and go into new shards. While a
shard is being made, each finished shape waits in a file of its own below `unfinished/`.

A plan names its source: the resolved path of the meshes, so that two folders of one name are two sources. A shape has its name
from there, unless another source gave that name before: then it gets a number, `chairs/a.obj (2)`, but stays in the split
of its own name, for what is called alike may be alike.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from occnet.data.dataset_files import DESCRIPTION, FORMAT, damaged, read_json
from occnet.data.mesh_files.names import numbered
from occnet.data.splits import SPLITS, split_of
from occnet.errors import DatasetError
from occnet.files.atomic import PREFIX, atomic_path
from occnet.files.locks import LOCK
from occnet.pipeline.prepare.prepare_options import PrepareOptions


@dataclass(frozen=True)
class PlannedShard:
    """A shard that is to be: its folder, where its finished shapes wait, and the names of its shapes in order."""

    folder: Path
    waiting: Path
    names: tuple[str, ...]
    own_names: tuple[str, ...]  # of the same shapes, in their source

    def place(self, position: int) -> Path:
        """The file in which a finished shape waits for the others."""
        return self.waiting / f"{position:05d}.npz"


@dataclass(frozen=True)
class Plan:
    """One plan on disk: where its meshes come from, how many shapes it adds, and its first shard in each split."""

    path: Path
    source: str
    count: int
    first_shard: dict[str, int]

    def shapes(self) -> Iterator[tuple[str, str]]:
        """Of each of its shapes the name in its source and that in the dataset, in order, one at a time.

        Raises DatasetError when the file is damaged.
        """
        with self.path.open(encoding="utf-8", errors="surrogateescape") as file:
            next(file)
            for number, line in enumerate(file, start=2):
                match _parsed(line):
                    case str(name):  # the same in both
                        yield name, name
                    case [str(own_name), str(name)]:
                        yield own_name, name
                    case _:
                        raise damaged(self.path, f"line {number} holds no name")

    def shards(self, size: int) -> Iterator[PlannedShard]:
        """Its shards of up to size shapes, one at a time."""
        gathered: dict[str, list[tuple[str, str]]] = defaultdict(list)
        number = dict(self.first_shard)

        def shard(split: str) -> PlannedShard:
            label = f"shard-{number[split]:05d}"
            number[split] += 1
            dataset = self.path.parent
            own_names, names = zip(*gathered.pop(split), strict=True)
            return PlannedShard(dataset / split / label, dataset / "unfinished" / f"{split}-{label}", names, own_names)

        for own_name, name in self.shapes():
            split = split_of(own_name)
            gathered[split].append((own_name, name))
            if len(gathered[split]) == size:
                yield shard(split)
        for split in SPLITS:
            if gathered[split]:
                yield shard(split)

    def unfinished(self, size: int) -> bool:
        """Whether one of its shards of up to size shapes is not there yet."""
        return any(not shard.folder.exists() for shard in self.shards(size))


def begin(dataset: Path, options: PrepareOptions) -> None:
    """Write `dataset.json`; raise DatasetError when the folder holds anything but a dataset made alike."""
    description = {"format": FORMAT, "options": options.content()}
    path = dataset / DESCRIPTION
    if path.exists():
        if not plan_files(dataset) and any((dataset / split).exists() for split in SPLITS):
            raise DatasetError(
                f"{dataset} was made by an earlier version of occnet: it can be trained on, but not be continued; "
                "name a new folder."
            )
        if read_json(path, dict) != description:
            raise DatasetError(
                f"{dataset} already holds a dataset made with other options; name a new folder or delete that one."
            )
        return
    if dataset.exists() and any(not _is_passing(inner.name) for inner in dataset.iterdir()):
        raise DatasetError(f"{dataset} is not empty and is no dataset; name a new folder.")
    dataset.mkdir(parents=True, exist_ok=True)
    with atomic_path(path) as partial:
        partial.write_text(json.dumps(description, indent=2), encoding="utf-8")


def _is_passing(name: str) -> bool:
    """Whether a file is a lock, or was being written as a process was killed."""
    return name == LOCK or name.startswith(PREFIX)


def plans(dataset: Path) -> list[Plan]:
    """All plans of a dataset, in order. Raises DatasetError when one is damaged."""
    return [read_plan(path) for path in plan_files(dataset)]


def plan_files(dataset: Path) -> list[Path]:
    """The files of a dataset's plans, in order."""
    return sorted(dataset.glob("plan-*.jsonl"))


def read_plan(path: Path) -> Plan:
    """The plan in a file. Raises DatasetError when its first line is damaged."""
    with path.open(encoding="utf-8", errors="surrogateescape") as file:
        head = _parsed(next(file, ""))
    match head:
        case {"source": str(source), "count": int(count), "first_shard": {"train": int(), "validation": int(), "test": int()}}:
            return Plan(path, source, count, head["first_shard"])
    raise damaged(path, "its first line does not tell source, count and first_shard")


def _parsed(line: str) -> Any:
    """What a line of JSON says; None where it is none."""
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def extend(dataset: Path, names: Iterable[str], source: str, options: PrepareOptions) -> int:
    """The number of names that no plan of this source has yet; they get a new plan.

    Those that the shapes of other sources have get numbers.
    """
    earlier = plans(dataset)
    known = {own_name for plan in earlier if plan.source == source for own_name, _ in plan.shapes()}
    fresh = [name for name in names if name not in known]
    if not fresh:
        return 0
    taken = {name for plan in earlier for _, name in plan.shapes()}
    used = taken.union(fresh)
    first_shard: dict[str, int] = {split: 0 for split in SPLITS}
    for plan in earlier:
        for shard in plan.shards(options.shapes_per_shard):
            split = shard.folder.parent.name
            first_shard[split] = max(first_shard[split], int(shard.folder.name.removeprefix("shard-")) + 1)
    planned = []
    for own_name in fresh:
        name = own_name if own_name not in taken else numbered(own_name, used)[0]
        used.add(name)
        planned.append((own_name, name))
    write_plan(Plan(dataset / f"plan-{len(earlier):05d}.jsonl", source, len(planned), first_shard), planned)
    return len(planned)


def write_plan(plan: Plan, shapes: Iterable[tuple[str, str]]) -> None:
    """Write a plan of these shapes, each by the name in its source and that in the dataset, to its path."""
    head = {"source": plan.source, "count": plan.count, "first_shard": plan.first_shard}
    with atomic_path(plan.path) as partial, partial.open("w", encoding="utf-8", newline="\n") as file:
        file.write(json.dumps(head) + "\n")
        for own_name, name in shapes:
            file.write(json.dumps(own_name if own_name == name else [own_name, name]) + "\n")
