"""Many files have the same outcomes wherever they are done, and each has one."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import trimesh

from occnet.errors import FileError
from occnet.files import write_mesh
from occnet.files.atomic import PREFIX
from occnet.mesh import Mesh
from occnet.pipeline.engine import Lost
from occnet.pipeline.many import run
from occnet.pipeline.many.checking import check_files, plan_examinations
from occnet.pipeline.many.crew import Crew
from occnet.pipeline.many.jobs import Job
from occnet.pipeline.many.outcome import Outcome
from occnet.pipeline.many.reconstructing import _loaded
from occnet.pipeline.many.run import run_jobs


@pytest.fixture
def jobs(tmp_path: Path) -> tuple[Job, ...]:
    """Of a box, of an open box, of a file that is no mesh."""
    box = trimesh.creation.box()
    write_mesh(tmp_path / "a.ply", Mesh(box.vertices, box.faces))
    write_mesh(tmp_path / "b.ply", Mesh(box.vertices, box.faces[1:]))
    (tmp_path / "c.ply").write_text("no mesh")
    return plan_examinations([str(tmp_path)]).jobs


@pytest.mark.parametrize("engine", ["processes", "cluster"])
def test_several_workers_tell_the_same(
    engine: str, jobs: tuple[Job, ...], request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    if engine == "cluster":
        engine = request.getfixturevalue("cluster")  # which was begun in another folder
    monkeypatch.chdir(jobs[0].source.parent)
    jobs = tuple(Job(Path(job.source.name)) for job in jobs)
    alone = {outcome.job: outcome for outcome in check_files(jobs, Crew())}
    assert [outcome.sound for outcome in alone.values()] == [True, False, False]
    together = {outcome.job: outcome for outcome in check_files(jobs, Crew(2, engine))}  # type: ignore[arg-type]
    assert together.keys() == alone.keys()
    for job, outcome in together.items():
        assert outcome.certificate == alone[job].certificate
        assert (outcome.error or "").endswith(alone[job].error or "")  # on a cluster, paths are whole


def _count_loads(job: Job) -> Outcome:
    _loaded("points", "cpu")
    return Outcome(job, details={"process": os.getpid(), "loads": _loaded.cache_info().misses})


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["processes", "cluster"])
def test_a_worker_loads_a_model_once(engine: str, request: pytest.FixtureRequest) -> None:
    if engine == "cluster":
        engine = request.getfixturevalue("cluster")
    many = [Job(Path(f"{number}.ply")) for number in range(8)]
    outcomes = list(run_jobs(_count_loads, many, Crew(2, engine)))  # type: ignore[arg-type]
    assert len(outcomes) == 8
    assert {outcome.details["loads"] for outcome in outcomes} == {1}
    assert os.getpid() not in {outcome.details["process"] for outcome in outcomes}


def test_a_file_that_kills_its_worker_has_failed(jobs: tuple[Job, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    def lose_the_second(perform: object, tasks: list[Job], *_: object, **__: object) -> Iterator[tuple[Job, Outcome | Lost]]:
        yield from ((job, Lost() if job is tasks[1] else Outcome(job)) for job in tasks)

    monkeypatch.setattr(run, "run_tasks", lose_the_second)
    errors = [outcome.error for outcome in check_files(jobs, Crew(2))]
    assert errors[::2] == [None, None]
    assert errors[1] is not None
    assert errors[1].startswith(f"{jobs[1].source} killed its process twice")


def test_numbers_that_json_does_not_have_are_none(jobs: tuple[Job, ...]) -> None:
    (outcome,) = check_files(jobs[:1], Crew())
    plain = replace(outcome, details={"agreement": {"far": float("nan"), "near": (1.0, float("inf"))}}).as_plain()
    assert plain["agreement"] == {"far": None, "near": [1.0, None]}
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain


def test_folders_are_made_before_any_work(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    worked: list[Job] = []

    def work(job: Job) -> Outcome:
        worked.append(job)
        return Outcome(job)

    good, bad = Job(Path("a"), tmp_path / "out" / "deep" / "a.ply"), Job(Path("b"), tmp_path / "file" / "b.ply")
    with pytest.raises(FileError, match="cannot be made"):
        run_jobs(work, [good, bad], Crew())
    assert not worked
    assert [outcome.job for outcome in run_jobs(work, [good], Crew())] == worked == [good]
    assert (tmp_path / "out" / "deep").is_dir()


@pytest.mark.skipif(os.name != "posix", reason="elsewhere nothing tells whether a file is still being written")
def test_an_interruption_leaves_no_half_written_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    job = Job(Path("a"), tmp_path / "a.ply")

    def killed_while_writing(*_: object, **__: object) -> Iterator[tuple[Job, Outcome]]:
        job.destination.with_name(f"{PREFIX}0123.ply").write_text("half")  # type: ignore[union-attr]
        yield job, Outcome(job)
        raise KeyboardInterrupt

    monkeypatch.setattr(run, "run_tasks", killed_while_writing)
    with pytest.raises(KeyboardInterrupt):
        list(run_jobs(Outcome, [job], Crew(2)))
    assert not list(tmp_path.iterdir())
