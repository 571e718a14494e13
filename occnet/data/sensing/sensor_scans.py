"""Scans as sensors take them: shapes placed, looked at, measured, framed, and labelled as the whole solid that they are."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from occnet.data.sensing.faulty_normals import sensor_normals
from occnet.data.sensing.measured_points import Measured, measured
from occnet.data.sensing.placed_pieces import (
    Piece,
    PlacedPieces,
    base_of,
    near_queries,
    side_by_side,
    uniform_queries,
)
from occnet.data.sensing.sensor_config import SensorConfig
from occnet.data.sensing.sensor_views import sensor_axes, view_of
from occnet.data.sensing.wavy_ground import Ground, flat_waves, random_waves
from occnet.data.split_protocol import Split
from occnet.mesh import Frame

Floats = NDArray[np.floating]
Turn = Callable[[Floats, np.random.Generator], Floats]  # surface points of a shape -> the matrix (3, 3) that it is turned by
_SURFACE = 12_288  # points that a shape is known by to a sensor, all pieces of a scene together
_SPARE = (4, 2)  # stored uniform and near points that are read for each one wanted
_CELL = 0.04  # edge of the voxels by whose number areas are estimated
_CROSSED = 1.5  # voxels that a surface of one voxel's face meets, in the mean over its directions
_ATTEMPTS = 8


@dataclass(frozen=True, eq=False)
class SensorScan:
    """What sensors deliver of a scene, and labelled points of the whole solid, all in the scan's own unit cube."""

    points: NDArray[np.float32]  # (N, 3), or (N, 6) with normals as sensors know them
    directions: NDArray[np.float32]  # (N, 3) true outward normals, zero where a point was not measured on the surface
    queries: NDArray[np.float32]  # (Q, 3)
    inside: NDArray[np.bool_]  # (Q,)
    surface: Floats  # (S, 3) on all sides


def sensor_scans(
    split: Split,
    shapes: Sequence[int],
    count: int,
    queries: tuple[int, int],
    config: SensorConfig,
    generators: Sequence[np.random.Generator],
    turn: Turn,
    normals: bool = False,
) -> list[SensorScan]:
    """A scan of count points of each scene, which has one of the shapes of the split in it.

    queries: labelled points of each, uniform and near the surface. turn: how a shape stands and is stretched.
    """
    numbers = [_pieces(split, shape, config, generator) for shape, generator in zip(shapes, generators, strict=True)]
    flat = [(number, which) for which, some in enumerate(numbers) for number in some]
    pieces: list[list[Piece]] = [[] for _ in shapes]
    asked, random = [number for number, _ in flat], [generators[which] for _, which in flat]
    if flat:
        most = min(_SURFACE, split.surface_points)
        counts = [most // len(numbers[which]) for _, which in flat]
        for (surface, directions), (_, which) in zip(split.surface_of(asked, counts, random), flat, strict=True):
            pieces[which].append(Piece.of(surface, directions, turn(surface, generators[which])))
    taken = [_Taken.of(some, count, config, generator, normals) for some, generator in zip(pieces, generators, strict=True)]
    stored: list[list[list]] = [[[] for _ in shapes] for _ in queries]
    if flat:
        for kind, (array, wanted, spare) in enumerate(zip(("uniform", "near"), queries, _SPARE, strict=True)):
            amount = min(spare * wanted, split.labelled_points(array))
            if amount:
                for found, (_, which) in zip(split.labelled_of(asked, array, [amount] * len(flat), random), flat, strict=True):
                    stored[kind][which].append(found)
    return [
        _labelled(scan, (stored[0][which], stored[1][which]), queries, generators[which]) for which, scan in enumerate(taken)
    ]


def _pieces(split: Split, shape: int, config: SensorConfig, generator: np.random.Generator) -> list[int]:
    """The numbers of the shapes in a scene; none where there is nothing but ground."""
    kind = generator.random()
    if kind < config.bare_chance:
        return []
    several = generator.random() < config.several_chance
    others = generator.integers(len(split), size=int(generator.integers(1, 4)) if several else 0)
    return [shape, *others.tolist()]


@dataclass(frozen=True, eq=False)
class _Taken:
    """A scan before its labels are asked for."""

    placed: PlacedPieces
    surface: tuple[Floats, Floats]  # of all of the scene
    scan: Measured
    cloud: NDArray[np.float32]
    frame: Frame

    @staticmethod
    def of(pieces: Sequence[Piece], count: int, config: SensorConfig, generator: np.random.Generator, normals: bool) -> _Taken:
        """The scene of pieces, as sensors that see something of it scan it."""
        for _ in range(_ATTEMPTS):
            scene, ground = _scene(pieces, config, generator)
            points, directions = (np.concatenate(each) for each in zip(*_surfaces(scene, ground, generator), strict=True))
            low, high = points.min(axis=0), points.max(axis=0)
            size = float((high - low).max())
            spacing = _spacing(scene, ground, len(points))
            positions = _positions(low, high, ground is not None, config, generator)
            middle = 0.5 * (low + high)
            views = [
                view_of(points, directions, spacing, place, middle + size * generator.uniform(-0.1, 0.1, 3))
                for place in positions
            ]
            scan = measured(views, (points, directions), count, size, config, generator)
            if scan is not None and float(np.ptp(scan.points, axis=0).max()) > 0.02 * size:
                break
        else:
            raise AssertionError("sensors all around a shape see nothing of it")
        pose = _pose(ground is not None, positions[0], middle, generator)
        cloud = scan.points @ pose.T
        frame = Frame.of(cloud)
        unit = frame.to_unit(cloud).astype(np.float32)
        if normals:
            unit = np.concatenate([unit, sensor_normals(unit, scan.toward @ pose.T, generator)], axis=1)
        return _Taken(PlacedPieces(scene, ground, pose), (points, directions), scan, unit, frame)


def _labelled(
    taken: _Taken, stored: tuple[Sequence, Sequence], queries: tuple[int, int], generator: np.random.Generator
) -> SensorScan:
    placed, scan, frame = taken.placed, taken.scan, taken.frame
    points, directions = taken.surface
    base = base_of(placed, points[scan.rows], frame)
    parts = [
        draw(placed, some, frame, base, wanted, generator)
        for draw, some, wanted in zip((uniform_queries, near_queries), stored, queries, strict=True)
        if wanted
    ]
    places, inside = (np.concatenate(each) for each in zip(*parts, strict=True))
    if len(places) < sum(queries):  # nothing of the surface near the scan's cube: more of the others
        again = generator.integers(len(places), size=sum(queries) - len(places))
        places, inside = np.concatenate([places, places[again]]), np.concatenate([inside, inside[again]])
    true = np.where(scan.true[:, None], directions[scan.rows] @ placed.pose.T, 0.0)
    return SensorScan(
        taken.cloud,
        true.astype(np.float32),
        frame.to_unit(places).astype(np.float32),
        inside,
        frame.to_unit(points @ placed.pose.T),
    )


def _scene(pieces: Sequence[Piece], config: SensorConfig, generator: np.random.Generator) -> tuple[list[Piece], Ground | None]:
    """Where the pieces stand, and on what."""
    if not pieces:
        half = np.array([0.5, generator.uniform(0.25, 0.5)])
        height = 0.5 * generator.random() ** 1.5
        return [], Ground(random_waves(1.0, height, generator), np.zeros(2), half, generator.random() < 0.15)
    grounded = generator.random() < config.ground_chance
    scene = side_by_side(pieces, generator) if len(pieces) > 1 or grounded else list(pieces)
    if not grounded:
        return scene, None
    every = np.concatenate([piece.surface for piece in scene])[:, [0, 2]]
    low, high = every.min(axis=0), every.max(axis=0)
    size = float((high - low).max())
    rim = size * generator.uniform(0.05, 0.7, 2)
    waves = flat_waves() if generator.random() < 0.7 else random_waves(size, 0.06 * size * generator.random(), generator)
    return scene, Ground(waves, 0.5 * (low + high), 0.5 * (high - low) + rim, generator.random() < 0.2)


def _surfaces(scene: Sequence[Piece], ground: Ground | None, generator: np.random.Generator) -> list[tuple[Floats, Floats]]:
    """Points and normals of all of it; of the pieces only what stands out of the ground."""
    parts = []
    for piece in scene:
        bare = slice(None)
        if ground is not None:
            bare = piece.surface[:, 1] > ground.height(piece.surface[:, 0], piece.surface[:, 2])
        parts.append((piece.surface[bare], piece.normals[bare]))
    if ground is not None:
        parts.append(ground.surface(_SURFACE, generator))
    return parts


def _spacing(scene: Sequence[Piece], ground: Ground | None, count: int) -> float:
    """The square root of the area that a point stands for, where they are fewest."""
    areas = [(4.0 * float(ground.half.prod()) / _SURFACE)] if ground is not None else []
    for piece in scene:
        edge = _CELL * float(np.ptp(piece.surface, axis=0).max())
        voxels = np.floor(piece.surface / edge).astype(np.int64) + (1 << 19)
        met = len(np.unique((voxels[:, 0] << 40) + (voxels[:, 1] << 20) + voxels[:, 2]))
        areas.append(met * edge**2 / _CROSSED / len(piece.surface))
    return math.sqrt(max(areas))


def _positions(low: Floats, high: Floats, grounded: bool, config: SensorConfig, generator: np.random.Generator) -> list[Floats]:
    """Where the sensors stand: around what they look at, above a ground; more often few than many."""
    count = 1 + int(config.cameras_max * generator.random() ** 1.5)
    count = min(count, config.cameras_max)
    size = float((high - low).max())
    lowest, highest = (12.0, 88.0) if grounded else (-25.0, 70.0)
    start, around = generator.uniform(0.0, 2.0 * math.pi), generator.random() < 0.6
    positions = []
    for number in range(count):
        azimuth = start + 2.0 * math.pi * number / count + generator.uniform(-0.3, 0.3)
        azimuth = azimuth if around else generator.uniform(0.0, 2.0 * math.pi)
        elevation = math.radians(generator.uniform(lowest, highest))
        back = np.array([math.cos(elevation) * math.sin(azimuth), math.sin(elevation), math.cos(elevation) * math.cos(azimuth)])
        positions.append(0.5 * (low + high) + size * generator.uniform(1.4, 2.8) * back)
    return positions


def _pose(grounded: bool, position: Floats, middle: Floats, generator: np.random.Generator) -> Floats:
    """How a scan lies in its file: upright as a rule, else with z up, as its first sensor sees it (z ahead), or anyhow."""
    kind = generator.random()
    if kind < (0.45 if grounded else 0.75):
        return np.eye(3)
    if kind < (0.7 if grounded else 0.8):
        return np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
    if kind < (0.85 if grounded else 0.95):
        axes = sensor_axes(position, middle)
        return np.stack([axes[0], -axes[1], axes[2]])
    return Rotation.random(rng=generator).as_matrix()
