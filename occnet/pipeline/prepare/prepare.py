"""Meshes or procedural shapes -> a dataset to train on, in one command that may be stopped and run again at any time."""

from __future__ import annotations

import csv
import errno
import shutil
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from occnet.data.dataset_files import finished_shards, read_report
from occnet.data.mesh_files.names import chosen_names
from occnet.data.shards import write_stored
from occnet.data.sources import MeshSource, open_meshes
from occnet.data.splits import SPLITS, split_of
from occnet.errors import DatasetError, FileError, MeshError, OccnetError, failing_as
from occnet.files.atomic import atomic_path
from occnet.files.formats.arrays import read_arrays
from occnet.files.locks import sole_use
from occnet.pipeline.engine import Lost, run_tasks
from occnet.pipeline.prepare.dataset_plan import Plan, PlannedShard, begin, extend, plans
from occnet.pipeline.prepare.mesh_sources import check_sources, remarks_on_names, take_over
from occnet.pipeline.prepare.prepare_options import PrepareOptions
from occnet.pipeline.prepare.shape_samples import MIXED, PreparedShape, known_families, sample_mesh, sample_synthetic
from occnet.pipeline.progress import progress_bar

__all__ = ["Estimate", "PrepareOptions", "Prepared", "estimate_meshes", "estimate_synthetic"]
__all__ += ["prepare_meshes", "prepare_synthetic", "sample_mesh"]

_SYNTHETIC = "synthetic"  # the source of procedural shapes; that of meshes is a path
_PROBED = 5  # shapes that a dry run prepares to tell the time


@dataclass(frozen=True)
class Prepared:
    """What a dataset holds after a preparation."""

    shapes: int  # over all splits
    repaired: int  # of these, how many are solids only since they were repaired
    rejected: tuple[tuple[str, str], ...]  # name and reason of each mesh that is not in it
    remarks: tuple[str, ...] = ()  # sentences on its sources: names that two of them gave, what was taken for what

    @property
    def rejected_share(self) -> float:
        """The share of the meshes that were rejected."""
        return len(self.rejected) / max(1, self.shapes + len(self.rejected))


@dataclass(frozen=True)
class Estimate:
    """What a preparation would do."""

    shapes: dict[str, int]  # by split, if none is rejected
    bytes: int
    seconds: float


@dataclass(frozen=True)
class _ShapeTask:
    """Prepare one shape and leave it where it waits for the others of its shard."""

    shard: PlannedShard
    position: int


@dataclass(frozen=True)
class _ShardTask:
    """Put the waiting shapes of a shard together."""

    shard: PlannedShard


def prepare_meshes(meshes: Path, dataset: Path, options: PrepareOptions) -> Prepared:
    """Sample and label every mesh at that path (see `open_meshes`) into a dataset folder.

    A shape's split follows from its name alone. Run again after an interruption, it goes on where it stopped; run again with
    more meshes in the folder, or with another folder, it adds those that are new. Folders are told apart by their resolved
    paths; a shape whose name came from another folder before gets a number, and `remarks` of what is returned say so.
    `report.csv` in the dataset tells for each mesh whether it was a solid, was repaired and how, or was rejected and why.

    Raises FileError when there are no meshes, DatasetError when the folder holds something else or its disk is full.
    """
    return _prepare(_mesh_names(meshes, options), Path(meshes), dataset, options)


def prepare_synthetic(count: int, dataset: Path, options: PrepareOptions) -> Prepared:
    """Sample and label count procedural shapes (see `occnet.shapes`) into a dataset folder; otherwise as prepare_meshes.

    Raises DatasetError also when the options name a family that does not exist.
    """
    return _prepare(_synthetic_names(count, options), None, dataset, options)


def estimate_meshes(meshes: Path, options: PrepareOptions) -> Estimate:
    """What prepare_meshes would do; a few of the meshes are prepared, and dropped, to tell the time."""
    return _estimate(_mesh_names(meshes, options), Path(meshes).resolve(), options)


def estimate_synthetic(count: int, options: PrepareOptions) -> Estimate:
    """What prepare_synthetic would do; a few of the shapes are prepared, and dropped, to tell the time."""
    return _estimate(_synthetic_names(count, options), None, options)


def _mesh_names(meshes: Path, options: PrepareOptions) -> list[str]:
    if options.families or options.categories:
        raise DatasetError(
            "families or categories choose among procedural shapes (--synthetic); meshes are chosen by name: --only PATTERN."
        )
    return chosen_names(open_meshes(meshes).names, options.only, options.leave_out)


def _synthetic_names(count: int, options: PrepareOptions) -> list[str]:
    """Shape by shape the next of the families; a name tells the shape, however many families took their turn with it."""
    if count < 1:
        raise DatasetError(f"The number of synthetic shapes must be at least 1, but is {count}.")
    if options.only or options.leave_out:
        raise DatasetError("only and leave_out choose meshes by name; procedural shapes are chosen by --families FAMILY.")
    kinds = known_families(options.families, options.categories) or [MIXED]
    return [f"{kinds[index % len(kinds)]}/{options.seed}/{index // len(kinds)}" for index in range(count)]


def _prepare(names: Sequence[str], meshes: Path | None, dataset: Path, options: PrepareOptions) -> Prepared:
    dataset = Path(dataset).absolute()
    label = _SYNTHETIC if meshes is None else meshes.name
    meshes = None if meshes is None else meshes.resolve()
    source = _SYNTHETIC if meshes is None else str(meshes)
    busy = DatasetError(f"{dataset} is being prepared by another process; wait for it, or name another folder.")
    with sole_use(dataset, busy):
        begin(dataset, options)
        remarks = take_over(dataset, names, source, label)
        check_sources(dataset, source, options)
        extend(dataset, names, source, options)
        every = plans(dataset)
        try:
            for plan in every:
                if plan.source == source:
                    _carry_out(plan, meshes, options)
            _check_complete(every, dataset, options)
            shutil.rmtree(dataset / "unfinished", ignore_errors=True)
            return replace(_summary(dataset), remarks=(*remarks, *remarks_on_names(dataset)))
        except OSError as problem:
            if problem.errno not in (errno.ENOSPC, errno.EDQUOT, None):  # numpy gives no number where a write falls short
                raise
            raise DatasetError(
                f"The disk of {dataset} is full ({problem}). What is finished is kept and whole; free some space and run the "
                "same command again to go on."
            ) from problem


def _carry_out(plan: Plan, meshes: Path | None, options: PrepareOptions) -> None:
    counts: Counter[str] = Counter()
    missing: dict[PlannedShard, int] = {}  # shapes that a shard in the making still lacks

    def tasks() -> Iterator[_ShapeTask | _ShardTask]:
        for shard in plan.shards(options.shapes_per_shard):
            if shard.folder.exists():
                progress.advance(bar, len(shard.names))
                continue
            wanted = [position for position in range(len(shard.names)) if not shard.place(position).exists()]
            progress.advance(bar, len(shard.names) - len(wanted))
            if not wanted:
                yield _ShardTask(shard)
                continue
            shard.waiting.mkdir(parents=True, exist_ok=True)
            missing[shard] = len(wanted)
            yield from (_ShapeTask(shard, position) for position in wanted)

    def follow_up(task: _ShapeTask | _ShardTask, result: str | Lost) -> _ShardTask | None:
        if isinstance(task, _ShardTask):
            if isinstance(result, Lost):
                raise DatasetError(f"Putting {task.shard.folder} together killed its process; is memory short?")
            return None
        if isinstance(result, Lost):
            killed = PreparedShape(None, "rejected", "preparing it killed its process twice, probably for want of memory")
            _leave(task.shard.place(task.position), killed)
        missing[task.shard] -= 1
        return _ShardTask(task.shard) if missing[task.shard] == 0 and missing.pop(task.shard) == 0 else None

    with progress_bar() as progress:
        bar = progress.add_task("Preparing shapes", total=plan.count, note="")
        work = partial(_perform, meshes, options)
        for task, result in run_tasks(work, tasks(), follow_up, workers=options.workers, engine=options.engine):
            if isinstance(task, _ShapeTask):
                counts["rejected" if isinstance(result, Lost) else result] += 1
                note = ", ".join(f"{counts[kind]:,} {kind}" for kind in ("solid", "repaired", "rejected") if counts[kind])
                progress.update(bar, advance=1, note=note)


def _perform(meshes: Path | None, options: PrepareOptions, task: _ShapeTask | _ShardTask) -> str:
    """The verdict of a shape, or "" for a shard; done twice, it leaves the same files."""
    if isinstance(task, _ShardTask):
        return _put_together(task.shard)
    place = task.shard.place(task.position)
    shape = _prepared(task.shard.own_names[task.position], meshes, options)
    _leave(place, shape)
    return shape.verdict


def _prepared(name: str, meshes: Path | None, options: PrepareOptions) -> PreparedShape:
    try:
        with failing_as(MeshError, name):  # whatever the libraries raise over it
            if meshes is None:
                return sample_synthetic(name, options)
            return sample_mesh(name, _source(meshes, options.views > 0).read_named(name), options)
    except OccnetError as problem:
        return PreparedShape(None, "rejected", str(problem))


@lru_cache(maxsize=1)
def _source(meshes: Path, paint: bool) -> MeshSource:
    return open_meshes(meshes, paint)


def _leave(place: Path, shape: PreparedShape) -> None:
    """Write a finished shape to the file where it waits, whole or not at all."""
    arrays = {} if shape.samples is None else shape.samples.stored
    partial_place = place.with_suffix(".partial")
    with partial_place.open("wb") as file:
        np.savez(file, report=np.array([shape.verdict, shape.reason]), allow_pickle=False, **arrays)
    partial_place.replace(place)


def _put_together(shard: PlannedShard) -> str:
    if shard.folder.exists():
        return ""
    names: list[str] = []
    rows: list[dict[str, NDArray]] = []
    report: list[tuple[str, str, str]] = []
    for position, name in enumerate(shard.names):
        place = shard.place(position)
        try:
            with failing_as(FileError, str(place)):
                arrays = read_arrays(place)
                verdict, reason = (str(text) for text in arrays.pop("report"))
        except FileError as problem:
            place.unlink()
            raise DatasetError(
                f"{place} is damaged, as after a crash of the machine ({problem}); it has been removed, run the same command "
                "again to go on."
            ) from problem
        if verdict != "rejected":
            names.append(name)
            rows.append(arrays)
        report.append((name, verdict, reason))
    write_stored(shard.folder, names, rows, report)
    shutil.rmtree(shard.waiting)
    return ""


def _check_complete(every: Sequence[Plan], dataset: Path, options: PrepareOptions) -> None:
    for plan in every:
        if plan.unfinished(options.shapes_per_shard):
            raise DatasetError(
                f"{dataset} is not complete: what it takes from {plan.source!r} was interrupted; run that command again."
            )


def _summary(dataset: Path) -> Prepared:
    """Write report.csv and count."""
    counts: Counter[str] = Counter()
    rejected: list[tuple[str, str]] = []
    with (
        atomic_path(dataset / "report.csv") as path,
        path.open("w", newline="", encoding="utf-8", errors="backslashreplace") as file,
    ):
        writer = csv.writer(file)
        writer.writerow(("name", "verdict", "reason"))
        for split in SPLITS:
            for folder in finished_shards(dataset / split):
                for name, verdict, reason in read_report(folder):
                    writer.writerow((name, verdict, reason))
                    counts[verdict] += 1
                    if verdict == "rejected":
                        rejected.append((name, reason))
    shapes = counts["solid"] + counts["repaired"]
    if not shapes:
        kinds = dict(Counter(reason.split(":")[0] for _, reason in rejected).most_common(3))
        raise DatasetError(f"None of the {len(rejected)} meshes stands for a solid: {kinds}; see {dataset / 'report.csv'}.")
    return Prepared(shapes, counts["repaired"], tuple(rejected))


def _estimate(names: Sequence[str], meshes: Path | None, options: PrepareOptions) -> Estimate:
    chosen = [names[rank * len(names) // _PROBED] for rank in range(min(_PROBED, len(names)))]
    begin_at = time.perf_counter()
    for name in chosen:
        _prepared(name, meshes, options)
    each = (time.perf_counter() - begin_at) / len(chosen)
    shapes = Counter(split_of(name) for name in names)
    return Estimate(dict(shapes), len(names) * options.bytes_of_a_shape(), len(names) * each / options.workers)
