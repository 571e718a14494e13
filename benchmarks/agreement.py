"""Whether the verdict on a mesh and its scan can be trusted: on complete clouds, and on results that were spoilt on purpose.

    python benchmarks/agreement.py [MESHES] [--points 300 1000 3000 10000] [--noise 0.005] [--most 88]

Prints how often each verdict is given and the largest value of each measure. MESHES is a folder of meshes or a bundle (.npz);
the closed ones of its test split are scanned all around and reconstructed. The spoilt results need no meshes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import tyro
from numpy.typing import NDArray

from occnet.geometry.sampling import sample_surface
from occnet.geometry.scan.agreement import Agreement, agreement_of
from occnet.mesh import Frame, Mesh
from occnet.meshing import extract_mesh
from occnet.networks.checkpoint import load_model
from occnet.pipeline.evaluate.cases import Protocol, mesh_cases
from occnet.pipeline.reconstruct.reconstruct import reconstruct
from occnet.pipeline.reconstruct.reconstruct_options import ReconstructOptions
from occnet.shapes import sample_shapes

SPOILT = 40
FIRST = 1_000_000  # of the procedural shapes that no training has seen


def main(
    meshes: tyro.conf.Positional[Path | None] = None,
    points: tuple[int, ...] = (300, 1000, 3000, 10_000),
    noise: float = 0.005,
    outliers: float = 0.0,
    most: int | None = None,
    resolution: int = 256,
) -> None:
    """Print a row for each number of points, and one for the spoilt results."""
    print("| results | good | partial | poor | points far | surface far | pieces too many | handles a point | compared in |")
    print("|---|---|---|---|---|---|---|---|---|")
    found = [(agreement_of(mesh, cloud), 0.0) for cloud, mesh in map(spoilt, range(SPOILT))]
    print(row(f"{SPOILT} spoilt", found), flush=True)
    if meshes is None:
        return
    network, options = load_model("points"), ReconstructOptions(resolution=resolution)
    for count in points:
        found = []
        for case in mesh_cases(meshes, Protocol(count, noise, outliers, volume_samples=1, surface_samples=1), most=most):
            result = reconstruct(case().observation, options, model=network)
            assert result.agreement is not None
            found.append((result.agreement, result.seconds["compare"] / result.seconds["reconstruct"]))
        print(row(f"{len(found)} meshes, {count:,} points", found), flush=True)


def row(name: str, found: Iterable[tuple[Agreement, float]]) -> str:
    """A row of the table: verdicts counted, of each measure the largest, and the mean share of the reconstruction's time."""
    agreements, shares = zip(*found, strict=True)
    counts = Counter(agreement.verdict for agreement in agreements)
    largest = [
        max(agreement.points_far for agreement in agreements),
        max(agreement.area_far for agreement in agreements),
        max(agreement.pieces - agreement.groups for agreement in agreements),
        max((agreement.handles or 0) / agreement.points for agreement in agreements),
    ]
    cells = [*(counts[word] for word in ("good", "partial", "poor")), *(f"{value:.3g}" for value in largest)]
    return f"| {name} | {' | '.join(map(str, cells))} | {np.mean(shares):.1%} |"


def spoilt(number: int) -> tuple[NDArray[np.float64], Mesh]:
    """A scan (N, 3) and a mesh that is no usable answer to it, in turn of eight kinds."""
    generator = np.random.default_rng(number)
    thing = _thing(FIRST + number)
    return SPOILERS[number % len(SPOILERS)](thing, generator)


def _shreds(thing: Mesh, generator: np.random.Generator) -> tuple[NDArray[np.float64], Mesh]:
    """Some hundred splinters in place of the surface, none of them far from it."""
    cloud = _scanned(thing, 10_000, generator)
    places, normals, _ = sample_surface(thing, int(generator.integers(150, 500)), generator)
    places = places + 0.03 * generator.standard_normal((len(places), 1)) * normals
    sizes = generator.uniform(0.005, 0.05, (len(places), 3))
    return cloud, _united([_box(place - size / 2, place + size / 2) for place, size in zip(places, sizes, strict=True)])


def _slab(thing: Mesh, generator: np.random.Generator) -> tuple[NDArray[np.float64], Mesh]:
    """One side was seen, and is there; behind it stands a slab, as large as the cube."""
    cloud = _scanned(thing, 16_000, generator)
    back = float(thing.bounds[0, 2])
    seen = cloud[:, 2] > np.median(cloud[:, 2])
    thick = generator.uniform(0.02, 0.2)
    slab = _box(np.array([-0.5, -0.5, back - 0.05 - thick]), np.array([0.5, 0.5, back - 0.05]))
    return cloud[seen], _united([thing, slab])


def _lost_table(thing: Mesh, generator: np.random.Generator) -> tuple[NDArray[np.float64], Mesh]:
    """A thing on a table, of which a part alone is in the mesh."""
    low = float(thing.bounds[0, 1])
    top = generator.uniform([-1.5, low, -1.5], [1.5, low, 1.5], (20_000, 3))
    left = generator.uniform(0.3, 1.2)
    table = _box(np.array([-left, low - 0.05, -left]), np.array([left, low, left]))
    return np.concatenate([_scanned(thing, 5000, generator), top]), _united([thing, table])


def _shifted(thing: Mesh, generator: np.random.Generator) -> tuple[NDArray[np.float64], Mesh]:
    """The right mesh, but beside its place by a few hundredths of its size, as after a forgotten origin."""
    direction = generator.standard_normal(3)
    move = generator.uniform(0.04, 0.1) * direction / np.linalg.norm(direction)
    return _scanned(thing, 10_000, generator), Mesh(thing.vertices + move, thing.faces)


def _scaled(thing: Mesh, generator: np.random.Generator) -> tuple[NDArray[np.float64], Mesh]:
    """The right mesh, but too large or too small by a tenth or more along each axis."""
    factor = 1.0 + generator.uniform(0.1, 0.3) * generator.choice([-1.0, 1.0])
    return _scanned(thing, 10_000, generator), Mesh(thing.vertices * factor, thing.faces)


def _with_holes(thing: Mesh, generator: np.random.Generator) -> tuple[NDArray[np.float64], Mesh]:
    """Where points were measured, a tenth of the surface or more is missing, in a few round holes."""
    cloud, mesh = _scanned(thing, 10_000, generator), thing
    while mesh.area > 0.9 * thing.area:
        center = sample_surface(mesh, 1, generator)[0][0]
        away = np.linalg.norm(mesh.vertices[mesh.faces].mean(axis=1) - center, axis=1)
        mesh = Mesh(mesh.vertices, mesh.faces[away > generator.uniform(0.08, 0.2)])
    return cloud, mesh


def _wrong_thing(thing: Mesh, generator: np.random.Generator) -> tuple[NDArray[np.float64], Mesh]:
    """The mesh of another thing, of the same size at the same place."""
    other = _thing(FIRST + int(generator.integers(1000, 2000)))
    return _scanned(thing, 10_000, generator), Frame.of(thing.vertices).mesh_to_original(
        Frame.of(other.vertices).mesh_to_unit(other)
    )


def _lost_half(thing: Mesh, generator: np.random.Generator) -> tuple[NDArray[np.float64], Mesh]:
    """Of two things beside each other, one has no mesh."""
    other = _thing(FIRST + int(generator.integers(1000, 2000)))
    beside = Mesh(other.vertices + np.array([1.5, 0.0, 0.0]), other.faces)
    return np.concatenate([_scanned(thing, 8000, generator), _scanned(beside, 8000, generator)]), thing


SPOILERS = (_shreds, _slab, _lost_table, _shifted, _scaled, _with_holes, _wrong_thing, _lost_half)


def _thing(number: int) -> Mesh:
    """The mesh of a procedural shape, in the unit cube."""
    shape = sample_shapes(1, seed=0, first=number)
    return extract_mesh(lambda places: shape.occupancy(places[None])[0].float() - 0.5, resolution=64)


def _scanned(mesh: Mesh, count: int, generator: np.random.Generator) -> NDArray[np.float64]:
    return sample_surface(mesh, count, generator)[0] + 0.002 * generator.standard_normal((count, 3))


def _box(low: NDArray, high: NDArray) -> Mesh:
    corners = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)])
    quads = np.array([[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]])
    return Mesh(low + corners * (high - low), np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]]))


def _united(meshes: list[Mesh]) -> Mesh:
    starts = np.cumsum([0, *(len(mesh.vertices) for mesh in meshes)])
    faces = [mesh.faces + start for mesh, start in zip(meshes, starts, strict=False)]
    return Mesh(np.concatenate([mesh.vertices for mesh in meshes]), np.concatenate(faces))


if __name__ == "__main__":
    tyro.cli(main, description=__doc__)
