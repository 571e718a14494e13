"""Simulated scans: what a real scanner might deliver of a shape, and the random points to learn its inside from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree
from scipy.spatial.transform import Rotation

from occnet.data.crops import ZOOM_MIN, crop_window, within
from occnet.data.scan_normals import scanned_normals
from occnet.data.sensing.sensor_config import SensorConfig
from occnet.data.sensing.sensor_scans import SensorScan, sensor_scans
from occnet.data.split_protocol import Split
from occnet.mesh import Frame
from occnet.vectors import normalized

Floats = NDArray[np.floating]
Labelled = tuple[Floats, NDArray[np.bool_]]  # points (N, 3), inside (N,)
_SPARE = 8  # labelled points that are read for each one wanted, where a window holds a fraction of them


@dataclass(frozen=True)
class ScanConfig:
    """How scans are simulated for training. Lengths are in units of the shape's longest edge."""

    points_min: int = 300  # fewest points of a scan; the count is drawn log-uniformly
    points_max: int = 10_000  # most points of a scan
    noise_max: float = 0.02  # largest standard deviation of the noise; small values are the most frequent
    outlier_chance: float = 0.15  # share of scans with outliers
    outliers_max: float = 0.1  # largest share of outliers in such a scan
    hole_chance: float = 0.2  # share of scans with a missing part
    uneven_chance: float = 0.2  # share of scans whose density changes across the shape
    stretch_chance: float = 0.5  # share of shapes that are stretched along their axes
    stretch_max: float = 1.6  # largest factor of it
    rotation_chance: float = 0.3  # share of shapes that are rotated freely, not only by the symmetries of the cube
    crop_chance: float = 0.0  # share of scans that show a part of the shape only, cut off by the cube, as tiles of a scene are
    zoom_max: float = 3.0  # how much such a part is magnified at most
    normals_share: float = 0.0  # share of batches whose scans come with normals; the encoder must be able to read them
    uniform_queries: int = 512  # labelled points a shape, uniform in the padded cube
    near_queries: int = 1536  # labelled points a shape, near the surface
    sensors: SensorConfig = field(default_factory=SensorConfig)  # scans that are taken from one side or several

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if isinstance(value, dict):
                continue  # it has looked at itself
            if value < 0:
                raise ValueError(f"{name} must be at least 0, but is {value}")
            if name.endswith(("_chance", "_share", "outliers_max")) and value > 1:
                raise ValueError(f"{name} must lie between 0 and 1, but is {value}")
        if self.stretch_max < 1.0:
            raise ValueError(f"stretch_max must be at least 1, but is {self.stretch_max}")
        if self.uniform_queries + self.near_queries < 1:
            raise ValueError("uniform_queries and near_queries must be at least 1 together")
        if self.zoom_max < ZOOM_MIN:
            raise ValueError(f"zoom_max must be at least {ZOOM_MIN}, but is {self.zoom_max}")
        if not 1 <= self.points_min <= self.points_max:
            raise ValueError(f"points_min must lie between 1 and points_max, but is {self.points_min}")


@dataclass(frozen=True, eq=False)
class Scan:
    """One training sample: a cloud in its own unit cube, and labelled points in the same coordinates."""

    points: Floats  # (N, 3), or (N, 6) with normals
    queries: Floats  # (Q, 3)
    inside: Floats  # (Q,) 0 or 1
    distances: Floats | None = None  # (Q,) of the queries to the surface, where they are asked for
    directions: Floats | None = None  # (N, 3) true outward normals of the points, zero for outliers


def simulate_scan(
    split: Split,
    shape: int,
    count: int,
    config: ScanConfig,
    generator: np.random.Generator,
    normals: bool = False,
) -> Scan:
    """A random scan of count points of a prepared shape, framed by its own bounding box as a user's scan would be.

    A part of a shape is framed by its window instead, and its queries are labelled points in that window's padded cube.
    """
    return simulate_scans(split, [shape], count, config, [generator], normals)[0]


def simulate_scans(
    split: Split,
    shapes: Sequence[int],
    count: int,
    config: ScanConfig,
    generators: Sequence[np.random.Generator],
    normals: bool = False,
    distances: bool = False,
) -> list[Scan]:
    """As simulate_scan, of several shapes of a split, each by its own generator; with distances to the surface if asked for."""
    share = config.sensors.share
    sensed = [row for row, generator in enumerate(generators) if share and generator.random() < share]
    rows = [row for row in range(len(shapes)) if row not in set(sensed)]
    scans: dict[int, Scan] = {}
    if sensed:
        taken = sensor_scans(
            split,
            [shapes[row] for row in sensed],
            count,
            (config.uniform_queries, config.near_queries),
            config.sensors,
            [generators[row] for row in sensed],
            lambda surface, generator: _orientation(config, generator) * _stretch(surface, config, generator),
            normals,
        )
        scans |= zip(sensed, (_as_scan(scan, distances) for scan in taken), strict=True)
    if rows:
        wanted = normals, distances
        spread = _spread_scans(split, [shapes[row] for row in rows], count, config, [generators[row] for row in rows], wanted)
        scans |= zip(rows, spread, strict=True)
    return [scans[row] for row in range(len(shapes))]


def _as_scan(taken: SensorScan, distances: bool) -> Scan:
    return Scan(
        points=taken.points,
        queries=taken.queries,
        inside=taken.inside.astype(np.float32),
        distances=distances_to(taken.surface, taken.queries) if distances else None,
        directions=taken.directions,
    )


def _spread_scans(
    split: Split,
    shapes: Sequence[int],
    count: int,
    config: ScanConfig,
    generators: Sequence[np.random.Generator],
    wanted: tuple[bool, bool],
) -> list[Scan]:
    """Scans that lie all over the surface. wanted: normals of the cloud, distances of the queries."""
    distances = wanted[1]
    parts = [generator.random() < config.crop_chance for generator in generators]
    counts = [split.surface_points if part or distances else min(2 * count, split.surface_points) for part in parts]
    turned = []
    for (surface, directions), part, generator in zip(
        split.surface_of(shapes, counts, generators), parts, generators, strict=True
    ):
        rotation, stretch = _orientation(config, generator), _stretch(surface, config, generator)
        turn = rotation * stretch
        surface, directions = surface @ turn.T, directions @ (rotation / stretch).T  # normals stay perpendicular
        window = crop_window(surface, count, config.zoom_max, generator) if part else None
        turned.append(_Turned(surface, directions, turn, window))
    queries = [
        _queries(split, shapes, array, amount, turned, generators)
        for array, amount in (("uniform", config.uniform_queries), ("near", config.near_queries))
        if amount
    ]
    return [
        _scan(shape, list(labelled), count, config, generator, wanted)
        for shape, labelled, generator in zip(turned, zip(*queries, strict=True), generators, strict=True)
    ]


@dataclass(frozen=True, eq=False)
class _Turned:
    """A shape as the scanner meets it."""

    surface: Floats  # (N, 3)
    directions: Floats  # (N, 3) normals, of any length
    turn: Floats  # (3, 3) from the split's coordinates
    window: Frame | None  # the part that is seen, or all of it


def _scan(
    shape: _Turned,
    queries: Sequence[Labelled],
    count: int,
    config: ScanConfig,
    generator: np.random.Generator,
    wanted: tuple[bool, bool],
) -> Scan:
    """What the scanner delivers of the shape. wanted: normals of the cloud, distances of the queries."""
    surface, directions, window = shape.surface, shape.directions, shape.window
    if window is not None:
        held = within(window, surface)
        surface, directions = surface[held], directions[held]
    chosen = _seen(surface, directions, count, config, generator)
    noise = config.noise_max * generator.random() ** 2 * (1.0 if window is None else window.scale)
    points = surface[chosen] + noise * generator.standard_normal((count, 3))
    true = normalized(directions[chosen]).astype(np.float32)
    points, outliers = _with_outliers(points, config, generator)
    true[:outliers] = 0.0
    frame = Frame.of(points) if window is None else window
    cloud = frame.to_unit(points).astype(np.float32)
    if wanted[0]:
        cloud = np.concatenate([cloud, scanned_normals(cloud, directions[chosen], generator)], axis=1)
    places = frame.to_unit(np.concatenate([points for points, _ in queries])).astype(np.float32)
    return Scan(
        points=cloud,
        queries=places,
        inside=np.concatenate([inside for _, inside in queries]).astype(np.float32),
        distances=distances_to(frame.to_unit(shape.surface), places) if wanted[1] else None,
        directions=true,
    )


def distances_to(surface: Floats, points: Floats) -> NDArray[np.float32]:
    """How far points (N, 3) are from the nearest of many points on the surface (S, 3), (N,)."""
    return KDTree(surface).query(points)[0].astype(np.float32)


def _queries(
    split: Split,
    shapes: Sequence[int],
    array: str,
    wanted: int,
    turned: Sequence[_Turned],
    generators: Sequence[np.random.Generator],
) -> list[Labelled]:
    """Labelled points in the turned shapes' coordinates; those in a window, some of them twice where it holds too few."""
    spare = min(_SPARE * wanted, split.labelled_points(array)) if any(shape.window for shape in turned) else wanted
    counts = [wanted if shape.window is None else spare for shape in turned]
    result = []
    for (points, inside), shape, generator in zip(
        split.labelled_of(shapes, array, counts, generators), turned, generators, strict=True
    ):
        points = points @ shape.turn.T
        if shape.window is None:
            result.append((points, inside))
            continue
        held = np.flatnonzero(within(shape.window, points))
        if not len(held):  # a tiny window between the points: any will do
            held = np.arange(len(points))
        chosen = held[:wanted] if len(held) >= wanted else generator.choice(held, wanted)
        result.append((points[chosen], inside[chosen]))
    return result


def clean_scans(
    split: Split,
    shapes: Sequence[int],
    count: int,
    noise: float,
    queries: int,
    generators: Sequence[np.random.Generator],
) -> list[Scan]:
    """The protocol's observations of shapes: count points by area, isotropic noise, and labelled uniform points."""
    surfaces = split.surface_of(shapes, [count] * len(shapes), generators)
    clouds = [
        points + np.float32(noise) * generator.standard_normal(points.shape, dtype=np.float32)
        for (points, _), generator in zip(surfaces, generators, strict=True)
    ]
    labelled = split.labelled_of(shapes, "uniform", [queries] * len(shapes), generators)
    scans = []
    for points, (uniform, inside) in zip(clouds, labelled, strict=True):
        frame = Frame.of(points)
        cloud, places = (frame.to_unit(part).astype(np.float32) for part in (points, uniform))
        scans.append(Scan(cloud, places, inside.astype(np.float32)))
    return scans


def _orientation(config: ScanConfig, generator: np.random.Generator) -> Floats:
    # Scans come upright more often than not: half of the turns keep the vertical (y) axis.
    if generator.random() < config.rotation_chance:
        return Rotation.random(rng=generator).as_matrix().astype(np.float32)
    order = np.array([0, 1, 2]) if generator.random() < 0.6 else generator.permutation(3)
    if generator.random() < 0.5:
        order = order[[2, 1, 0]]
    signs = generator.choice([-1.0, 1.0], 3)
    if generator.random() < 0.7:
        signs[1] = 1.0
    return (np.eye(3)[order] * signs[:, None]).astype(np.float32)


def _stretch(surface: Floats, config: ScanConfig, generator: np.random.Generator) -> Floats:
    """Factors along the shape's own axes, (3,); the longest edge stays 1. Labels stay right under any affine map."""
    if generator.random() >= config.stretch_chance:
        return np.ones(3, dtype=np.float32)
    factors = np.exp(generator.uniform(-1.0, 1.0, 3) * np.log(config.stretch_max))
    longest = (np.ptp(surface, axis=0) * factors).max()
    return (factors / longest).astype(np.float32)


def _seen(surface: Floats, normals: Floats, count: int, config: ScanConfig, generator: np.random.Generator) -> NDArray[np.intp]:
    """Which count of the surface points the scanner delivers, with holes and uneven density in some scans."""
    weight = np.zeros(len(surface))  # log of the chance to be seen
    if generator.random() < config.uneven_chance:
        weight += surface @ generator.normal(0.0, 2.0, 3)
    if generator.random() < config.hole_chance:
        if generator.random() < 0.5:  # a part is hidden
            center = surface[generator.integers(len(surface))]
            weight[np.linalg.norm(surface - center, axis=1) < generator.uniform(0.05, 0.3)] -= 50.0
        else:  # one side is hardly seen
            away = normals @ normalized(generator.standard_normal(3))
            weight[away > generator.uniform(0.2, 0.8)] -= generator.uniform(1.0, 5.0)
    if len(surface) == count:
        return np.arange(count)
    if not weight.any():
        return np.arange(count)  # the stored order is random already
    chance = weight + generator.gumbel(size=len(surface))  # the largest are a weighted sample without replacement
    return np.argpartition(-chance, count)[:count]


def _with_outliers(points: NDArray, config: ScanConfig, generator: np.random.Generator) -> tuple[NDArray, int]:
    """The points with some outliers, in some scans, in place of the first ones; and how many these are."""
    if generator.random() >= config.outlier_chance:
        return points, 0
    count = int(len(points) * generator.uniform(0.0, config.outliers_max))
    low, high = points.min(axis=0), points.max(axis=0)
    middle, half = (low + high) / 2, (high - low) / 2
    points = points.copy()
    points[:count] = middle + 1.1 * half * generator.uniform(-1.0, 1.0, (count, 3))
    return points, count
