"""A small dataset of spheres, prepared by hand, for tests of what reads datasets; threads and plugins for a test alone."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import settings

from occnet import plugins
from occnet.baselines.baseline import BASELINES
from occnet.data.dataset_files import FORMAT
from occnet.data.shards import ShapeSamples, from_fixed, to_fixed, write_shard
from occnet.mesh import Mesh
from occnet.meshing import extract_mesh
from occnet.networks.registry import DECODERS, ENCODERS, LOSSES, SURFACE_DECODERS
from occnet.observations.kinds import KINDS
from occnet.pipeline.train.loggers import LOGGERS
from occnet.shapes import sample_shapes

settings.register_profile("without a deadline", deadline=None)  # of the wall clock, which tells what else the machine does
settings.load_profile("without a deadline")


def _sphere(radius: float, count: int = 1024) -> ShapeSamples:
    generator = np.random.default_rng(int(radius * 1000))
    normals = generator.standard_normal((count, 3))
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    uniform = to_fixed(generator.uniform(-0.55, 0.55, (count, 3)))
    near = to_fixed(radius * normals + 0.02 * generator.standard_normal((count, 3)))
    return ShapeSamples(
        name=f"sphere-{radius}",
        uniform=uniform,
        uniform_inside=np.linalg.norm(from_fixed(uniform), axis=1) < radius,
        near=near,
        near_inside=np.linalg.norm(from_fixed(near), axis=1) < radius,
        surface=to_fixed(radius * normals),
        normals=np.rint(127 * normals).astype(np.int8),
    )


@pytest.fixture(autouse=True)
def threads_as_before() -> Iterator[None]:
    """Nothing that is tested sets the threads of its caller; what it takes for itself by torch_threads is given back."""
    before = torch.get_num_threads()
    yield
    after = torch.get_num_threads()
    torch.set_num_threads(before)
    assert after == before, f"torch had {before} threads before this test and {after} after it; set them by torch_threads"


@pytest.fixture(autouse=True)
def plugins_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test adds by a plugin, or by a page's code, is not there for the next one."""
    for registry in (ENCODERS, DECODERS, SURFACE_DECODERS, LOSSES, KINDS, LOGGERS, BASELINES):
        monkeypatch.setattr(registry, "_added", dict(registry._added))
    monkeypatch.setattr(plugins, "_run", dict(plugins._run))


@pytest.fixture
def torch_threads() -> Iterator[Callable[[int], None]]:
    """Set the number of torch's threads for the rest of a test."""
    before = torch.get_num_threads()
    yield torch.set_num_threads
    torch.set_num_threads(before)


@pytest.fixture
def sphere_dataset() -> Callable[[Path], Path]:
    """Make a dataset of spheres of radius 0.5 and 0.4 (first shard) and 0.3 (second), in each split but test."""

    def make(folder: Path) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "dataset.json").write_text(json.dumps({"format": FORMAT}))
        for split in ("train", "validation"):
            for number, radii in enumerate(((0.5, 0.4), (0.3,))):
                write_shard(folder / split / f"shard-{number:05d}", [_sphere(radius) for radius in radii])
        return folder

    return make


@pytest.fixture(scope="session")
def procedural_meshes() -> list[Mesh]:
    """Closed meshes of some procedural solids, of many families, some with several handles."""

    def mesh(number: int) -> Mesh:
        batch = sample_shapes(1, seed=number)
        return extract_mesh(lambda points: batch.occupancy(points.unsqueeze(0))[0].float() - 0.5, resolution=24)

    return [mesh(number) for number in range(8)]
