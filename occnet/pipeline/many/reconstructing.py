"""Many scans, photos or voxel grids -> a mesh each. A model is loaded once, by each worker."""

from __future__ import annotations

import os
from collections.abc import Generator, Sequence
from dataclasses import asdict, replace
from functools import lru_cache, partial

from occnet.files.opening import check_readable
from occnet.networks.checkpoint import load_model, shipped_models
from occnet.networks.devices import device_of
from occnet.networks.occupancy_network import OccupancyNetwork
from occnet.observations.kinds import suffixes_of
from occnet.pipeline.many.crew import Crew
from occnet.pipeline.many.jobs import Job, Jobs, is_one_file, plan_merged, plan_meshes
from occnet.pipeline.many.outcome import Outcome
from occnet.pipeline.many.run import run_jobs
from occnet.pipeline.phases import Stopwatch
from occnet.pipeline.reconstruct.reconstruct import DEPTH_MODEL, model_for, reconstruct_file
from occnet.pipeline.reconstruct.reconstruct_options import ReconstructOptions
from occnet.pipeline.reconstruct.reconstruction import Reconstruction

_PICTURES = "image"  # a kind of observation
_MODELS = 4  # that stay loaded: there are three kinds of observations with a shipped model


def plan_reconstructions(
    given: Sequence[str], output: str, options: ReconstructOptions, crew: Crew, form: str | None = None
) -> Jobs:
    """Which file becomes which mesh (see `plan_meshes`); of folders, the files that the model reads, or any shipped one.

    Pictures that are found beside scans or voxels are passed over, for they show these, unless a model is named.
    Of many files, it also raises ModelError or OccnetError where there is no such model or device.
    """
    if options.cloud.merge:
        return plan_merged(given, output, suffixes_of("points"), form, several=options.cloud.split)
    if is_one_file(given):
        return plan_meshes(given, output, (), form, several=options.cloud.split)
    if crew.engine != "ray":  # whose machines may have others
        device_of(options.device)
    read = None
    if options.model is not None:
        read = _loaded(options.model, "cpu" if crew.apart else options.device).reads
    pictures = suffixes_of(_PICTURES) if read is None else ()
    return plan_meshes(given, output, suffixes_of(read), form, several=options.cloud.split, pictures=pictures)


def reconstruct_files(
    jobs: Sequence[Job], options: ReconstructOptions, crew: Crew, *, keep_existing: bool = False
) -> Generator[Outcome, None, None]:
    """The outcome of each reconstruction as it is finished; see `run_jobs`."""
    if options.model is not None and options.model not in shipped_models():
        options = replace(options, model=os.path.abspath(options.model))  # machines of a cluster have another current folder
    gpus = int(options.device.startswith("cuda"))
    return run_jobs(partial(_reconstructed, options), jobs, crew, keep_existing=keep_existing, gpus=gpus)


def outcome_of(job: Job, result: Reconstruction) -> Outcome:
    """What is told of a reconstruction that was written."""
    agreement = None if result.agreement is None else asdict(result.agreement)
    photo = None if result.photo is None else asdict(result.photo) | {"verdict": result.photo.verdict}
    details = {
        "agreement": agreement,
        "photo": photo,
        "notes": list(result.notes),
        "files": [str(path) for path in result.files],
    }
    return Outcome(job, result.certificate, result.seconds, details)


def _reconstructed(options: ReconstructOptions, job: Job) -> Outcome:
    assert job.destination is not None
    watch = Stopwatch()
    watch.begin("load model")
    check_readable(job.source)
    shipped = DEPTH_MODEL if options.cloud.intrinsics is not None else model_for(job.source)
    network = _loaded(options.model or shipped, options.device)
    loading = watch.end()
    outcome = outcome_of(job, reconstruct_file(job.source, job.destination, options, others=job.others, model=network))
    outcome.seconds["load model"] += loading["load model"]
    return outcome


@lru_cache(maxsize=_MODELS)
def _loaded(model: str, device: str) -> OccupancyNetwork:
    return load_model(model, device_of(device))
