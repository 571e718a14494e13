"""A model -> two files that run without occnet: an encoder, observation to code, and a decoder, points and code to logits."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from occnet.cube import PADDED_BOUNDS
from occnet.errors import FileError, ModelError
from occnet.extras import extra
from occnet.files.atomic import atomic_path, check_folder_of
from occnet.networks.checkpoint import load_model
from occnet.networks.encoders.voxel_surface import VoxelSurfaceEncoder
from occnet.networks.occupancy_network import OccupancyNetwork
from occnet.networks.portable.portable_network import PortableDecoder, PortableEncoder, portable, sample_observation
from occnet.observations.kinds import kind_named
from occnet.pipeline.phases import announce

OPSET = 20
"""Of ONNX, which runtimes from 2023 on know."""

SUFFIXES = {"onnx": ".onnx", "torch": ".pt2"}
_CLOSE = 1e-3  # of the largest logit, or of 1: by more than that no exported network may differ from its module
_FEWEST_POINTS = 32
_QUERIES = 500

Run = Callable[..., tuple[NDArray, ...]]


@dataclass(frozen=True)
class Exported:
    """The two files of a model. difference: of their logits from the network's, the largest on an observation at random."""

    encoder: Path
    decoder: Path
    difference: float


def export_model(model: str, destination: Path, form: str = "onnx") -> Exported:
    """Write a model as MODEL_encoder and MODEL_decoder, in ONNX or as programs of torch.export, and compare both with it.

    destination: a file whose name, without what is added, they have. form: onnx or torch.
    Raises ModelError when the model does not exist or has no such form, or when what was written answers otherwise;
    FileError when the name does not end as the form's do; MissingLibrary without the extra [onnx].
    """
    suffix = SUFFIXES[form]
    if destination.suffix != suffix:
        raise FileError(f"{destination} is to hold a model for {form}, and so a {suffix} file.")
    check_folder_of(destination)
    announce("load the model")
    network = load_model(model)
    encoder, decoder = portable(network)
    observation = sample_observation(network)
    code = encoder(observation)
    queries = torch.rand(1, _QUERIES, 3, generator=torch.Generator().manual_seed(1)) - 0.5
    facts = {
        "reads": f"{tuple(observation.shape)}: {_read(network)}",
        "threshold": network.threshold,
        "bounds": [list(corner) for corner in PADDED_BOUNDS],
        "code": _code_names(encoder),
    }
    files = [destination.with_stem(f"{destination.stem}_{part}") for part in ("encoder", "decoder")]
    for path, program in zip(files, _programs(encoder, decoder, observation, code, queries), strict=True):
        announce(f"write {path.name}")
        with atomic_path(path) as temporary:
            (_write_onnx if form == "onnx" else _write_torch)(temporary, *program, facts)
    announce("compare")
    expected = decoder(queries, *code).numpy()
    difference = float(np.abs(_answer(files, observation, queries) - expected).max())
    if not difference <= _CLOSE * max(1.0, float(np.abs(expected).max())):
        raise ModelError(f"What was written as {files[0]} differs from {model} by {difference:.3g} logits; do not use it.")
    return Exported(files[0], files[1], difference)


def _read(network: OccupancyNetwork) -> str:
    """What the exported encoder takes, in words."""
    if isinstance(network.encoder, VoxelSurfaceEncoder):
        return "the centres of the faces between occupied and empty voxels, in the unit cube, and their outward normals"
    return kind_named(network.reads).expected


Program = tuple[torch.export.ExportedProgram, list[str], list[str]]  # with the names of its inputs and outputs


def _programs(
    encoder: PortableEncoder, decoder: PortableDecoder, observation: Tensor, code: tuple[Tensor, ...], queries: Tensor
) -> Iterator[Program]:
    """The encoder's and the decoder's program, whose observations and queries may be any number of points."""
    many = torch.export.Dim("points", min=_FEWEST_POINTS, max=1 << 20)
    is_cloud = observation.shape[-1] in (3, 6) and observation.ndim == 3
    seen = {1: many} if is_cloud else {}
    announce("trace the encoder")
    yield torch.export.export(encoder, (observation,), dynamic_shapes=(seen,)), ["observation"], _code_names(encoder)
    asked = {1: torch.export.Dim("queries", min=2, max=1 << 20)}
    parts = tuple({1: many} if is_cloud and part.ndim == 3 else {} for part in code)
    announce("trace the decoder")
    program = torch.export.export(decoder, (queries, *code), dynamic_shapes=(asked, parts))
    yield program, ["queries", *_code_names(encoder)], ["logits"]


def _code_names(encoder: PortableEncoder) -> list[str]:
    """What the tensors of a code are called in files, where no operation has such a name."""
    return [f"code_{name}" for name in encoder.names]


def _write_onnx(path: Path, program: torch.export.ExportedProgram, inputs: list[str], outputs: list[str], facts: dict) -> None:
    with extra("onnx", "Writing .onnx"), _quietly():
        import onnxruntime  # noqa: F401 (with which it is compared afterwards)

        written = torch.onnx.export(
            program, (), dynamo=True, input_names=inputs, output_names=outputs, opset_version=OPSET, verbose=False
        )
    assert written is not None
    written.model.metadata_props.update({name: json.dumps(value) for name, value in facts.items()})
    written.save(path)


def _write_torch(path: Path, program: torch.export.ExportedProgram, inputs: list[str], outputs: list[str], facts: dict) -> None:
    about = json.dumps(facts | {"inputs": inputs, "outputs": outputs})
    with open(path, "wb") as file:  # a stream: of a path torch wants another suffix than that of a temporary file
        torch.export.save(program, file, extra_files={"about.json": about})


def _answer(files: list[Path], observation: Tensor, queries: Tensor) -> NDArray:
    """The logits of what was written."""
    encode, decode = (_runner(path) for path in files)
    return decode(queries.numpy(), *encode(observation.numpy()))[0]


def _runner(path: Path) -> Run:
    """What runs a written file: arrays in, arrays out."""
    if path.suffix == ".onnx":
        import onnxruntime

        session: Any = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        names = [given.name for given in session.get_inputs()]
        return lambda *arrays: tuple(session.run(None, dict(zip(names, arrays, strict=True))))
    module = torch.export.load(path).module()

    def run(*arrays: NDArray) -> tuple[NDArray, ...]:
        found = module(*map(torch.from_numpy, arrays))
        return tuple(part.numpy() for part in (found if isinstance(found, tuple) else (found,)))

    return run


@contextmanager
def _quietly() -> Iterator[None]:
    """Within, the exporter does not tell what it has to do with libraries that are not installed."""
    import logging
    import warnings

    logger = logging.getLogger("torch.onnx")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(before)
