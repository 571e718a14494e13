"""Scans by simulated depth cameras, reconstructed beside Screened Poisson with normals turned to the true cameras.

    python benchmarks/scans.py MESHES [--cameras 1 2 4] [--most 40] [--minutes 20]

MESHES is a folder of meshes or a bundle (.npz); of the closed ones of its test split as many are used as --most says, in random
order, or fewer, if the minutes are over before the next one begins. Cameras stand around the object, 1.8 to 2.4 edges from its
middle, 10 degrees below to 55 above the horizon, with 200 x 200 pixels of 45 degrees and a range noise of 0.002; no ray returns
from a surface that is steeper than 84 degrees. No normals are given. Lengths are in longest edges of the object. Poisson needs
Open3D (`pip install .[open3d]`).

seen: share of the clean points seen that lie within 1 % of the mesh. free: share of the mesh's area in space that a camera saw
to be empty, 3 % or more before what it saw and from the object. far: share of its area farther than 3 % from the object.
pieces, handles: medians, the handles beyond the object's own. IoU: of the whole object, even where no camera saw it.
"""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import tyro
from numpy.typing import NDArray
from scipy.spatial import KDTree

from occnet.baselines.poisson import poisson_mesh
from occnet.errors import OccnetError
from occnet.files.clouds import Cloud
from occnet.geometry.cleaning import drop_unused_vertices, unit_mesh
from occnet.geometry.inside import is_inside
from occnet.geometry.orientation import outward
from occnet.geometry.render.camera import Camera
from occnet.geometry.render.occlusion import RayScene
from occnet.geometry.sampling import sample_surface
from occnet.geometry.sensors.sensor_normals import sensor_normals
from occnet.geometry.soundness.certificate import certify
from occnet.mesh import Mesh
from occnet.networks.checkpoint import load_model
from occnet.networks.devices import device_of
from occnet.pipeline.evaluate.cases import closed_meshes
from occnet.pipeline.reconstruct.reconstruct import reconstruct

PIXELS, FIELD_OF_VIEW, STEEPEST = 200, 45.0, 0.1
NEAR, FREE, TRIMMED = 0.01, 0.03, 0.02
FEWEST_SEEN = 300  # points: of fewer nothing can be told
MEASURES = ("seen", "free", "far", "pieces", "handles", "IoU")


@dataclass(frozen=True)
class Scan:
    """What cameras see of a mesh. points, clean: (N, 3) with noise and without; sensors: (N, 3) the camera of each."""

    truth: Mesh
    scene: RayScene
    points: NDArray[np.float64]
    clean: NDArray[np.float64]
    sensors: NDArray[np.float64]
    handles: int


def scan_of(name: str, truth: Mesh, cameras: int, noise: float) -> Scan:
    """The scan of a mesh in the unit cube by so many cameras; the same for the same name."""
    generator, scene = np.random.default_rng((cameras, zlib.crc32(name.encode()))), RayScene(truth)
    normals = truth.face_normals / np.maximum(np.linalg.norm(truth.face_normals, axis=1, keepdims=True), 1e-30)
    ticks, start = np.arange(PIXELS) + 0.5, generator.uniform(0.0, 2.0 * np.pi)
    pixels = np.stack(np.meshgrid(ticks, ticks), axis=-1).reshape(-1, 2)
    points, clean, sensors = [], [], []
    for number in range(cameras):
        around = start + 2.0 * np.pi * number / cameras + generator.uniform(-0.3, 0.3)
        up = np.radians(generator.uniform(-10.0, 55.0))
        backward = np.array([np.cos(up) * np.sin(around), np.sin(up), np.cos(up) * np.cos(around)])
        position = generator.uniform(1.8, 2.4) * backward
        origins, rays = Camera.square(position, position, FIELD_OF_VIEW, PIXELS).rays(pixels)
        hits = scene.first_hits(origins, rays)
        hit = np.flatnonzero(hits.face >= 0)
        hit = hit[np.abs((normals[hits.face[hit]] * rays[hit]).sum(axis=1)) > STEEPEST]
        distance = hits.distance[hit].astype(np.float64)
        clean.append(origins[hit] + distance[:, None] * rays[hit])
        points.append(clean[-1] + noise * generator.standard_normal((len(hit), 1)) * rays[hit])
        sensors.append(np.tile(position, (len(hit), 1)))
    joined = [np.concatenate(parts) for parts in (points, clean, sensors)]
    return Scan(truth, scene, joined[0], joined[1], joined[2], certify(truth, examined_faces=0).genus or 0)


def scores_of(scan: Scan, mesh: Mesh) -> dict[str, float]:
    """The measures of a mesh of a scan."""
    from igl import point_mesh_squared_distance

    generator = np.random.default_rng(0)

    def apart(places: NDArray, surface: Mesh) -> NDArray[np.float64]:
        return np.sqrt(np.asarray(point_mesh_squared_distance(places, surface.vertices, surface.faces)[0]))

    clean = scan.clean[generator.permutation(len(scan.clean))[:4000]]
    places = sample_surface(mesh, 8000, generator)[0]
    off, seen_empty = apart(places, scan.truth), np.zeros(len(places), dtype=bool)
    for sensor in np.unique(scan.sensors, axis=0):
        arms = places - sensor
        distance = np.linalg.norm(arms, axis=1)
        hits = scan.scene.first_hits(np.broadcast_to(sensor, places.shape), arms / distance[:, None])
        seen_empty |= distance < np.where(hits.face >= 0, hits.distance, np.inf) - FREE
    certificate = certify(mesh, examined_faces=0)
    low = np.minimum(mesh.vertices.min(axis=0), scan.truth.vertices.min(axis=0)) - 0.01
    high = np.maximum(mesh.vertices.max(axis=0), scan.truth.vertices.max(axis=0)) + 0.01
    volume = generator.uniform(low, high, (40_000, 3))
    found, true = is_inside(mesh, volume), is_inside(scan.truth, volume)
    return {
        "seen": float((apart(clean, mesh) < NEAR).mean()),
        "free": float((seen_empty & (off > FREE)).mean()),
        "far": float((off > FREE).mean()),
        "pieces": certificate.components,
        "handles": (certificate.genus or 0) - scan.handles,
        "IoU": float((found & true).sum() / max(1, (found | true).sum())),
    }


def methods_of() -> dict[str, Callable[[Scan], Mesh]]:
    """What is compared, by name."""
    network = load_model("points", device_of("auto"))

    def poisson(scan: Scan) -> Mesh:
        return poisson_mesh(scan.points, sensor_normals(scan.points, scan.sensors), threads=1)

    def trimmed(scan: Scan) -> Mesh:
        mesh = poisson(scan)
        near = KDTree(scan.points).query(mesh.vertices)[0] < TRIMMED
        return drop_unused_vertices(replace(mesh, faces=mesh.faces[near[mesh.faces].all(axis=1)]))

    return {
        "occnet, cameras given": lambda scan: reconstruct(Cloud(scan.points, sensors=scan.sensors), model=network).mesh,
        "occnet, cameras not given": lambda scan: reconstruct(Cloud(scan.points), model=network).mesh,
        "Poisson, normals turned to the cameras": poisson,
        f"the same, trimmed at {TRIMMED:.0%}": trimmed,
    }


def table(rows: dict[str, list[dict[str, float]]]) -> str:
    """A Markdown table: means, and medians of what is counted."""
    lines = ["| method | " + " | ".join(MEASURES) + " | seconds |", "|---" * (len(MEASURES) + 2) + "|"]
    for name, scores in rows.items():
        cells = []
        for measure in (*MEASURES, "seconds"):
            values = [score[measure] for score in scores]
            counted = measure in ("pieces", "handles")
            cells.append(
                f"{np.median(values):g}"
                if counted
                else f"{np.mean(values):.1f}"
                if measure == "seconds"
                else f"{np.mean(values):.3f}"
            )
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main(
    meshes: tyro.conf.Positional[Path],
    cameras: tuple[int, ...] = (1, 2, 4),
    split: str = "test",
    most: int = 40,
    minutes: float | None = None,
    noise: float = 0.002,
) -> None:
    """Print a table for each number of cameras, a row for each method; a method that fails has scores of 0."""
    source, chosen = closed_meshes(meshes, split)
    chosen = np.random.default_rng(0).permutation(chosen)[:most]
    methods, began, done = methods_of(), time.monotonic(), 0
    rows: dict[int, dict[str, list[dict[str, float]]]] = {count: {name: [] for name in methods} for count in cameras}
    for index in chosen:
        if minutes is not None and time.monotonic() - began > 60.0 * minutes:
            break
        truth = outward(unit_mesh(source.read(int(index)))[0])
        scans = {count: scan_of(source.names[int(index)], truth, count, noise) for count in cameras}
        if min(len(scan.points) for scan in scans.values()) < FEWEST_SEEN:
            print(f"left out, for cameras see hardly anything of it: {source.names[int(index)]}", flush=True)
            continue
        for count, scan in scans.items():
            for name, method in methods.items():
                started = time.process_time()
                try:
                    mesh, failed = method(scan), ""
                except OccnetError as error:
                    mesh, failed = None, f" FAILED: {error}"
                seconds = time.process_time() - started
                scores = dict.fromkeys(MEASURES, 0.0)
                if mesh is not None:
                    scores = scores_of(scan, mesh)
                rows[count][name].append(scores | {"seconds": seconds})
                told = ", ".join(f"{key} {value:.3g}" for key, value in scores.items())
                print(f"{source.names[int(index)]}, {count}, {name}: {told}, {seconds:.1f} s{failed}", flush=True)
        done += 1
    print(f"\n{datetime.now(UTC):%Y-%m-%d}, {done} meshes, seconds of one core")
    for count, of_count in rows.items():
        print(f"\n{count} camera{'s' * (count > 1)}\n\n{table(of_count)}", flush=True)


if __name__ == "__main__":
    tyro.cli(main, description=__doc__)
