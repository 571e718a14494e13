"""Data preparation, measured: verdicts, labels on damaged meshes, repaired solids, speed, interruptions, loading.

    python benchmarks/prepare.py MESHES [--most 300] [--views 24]
        [--parts verdicts labels solids speed images kills loading exactness procedural]

Prints one table a part; --most 1000000 takes all meshes. CPU seconds stand beside wall seconds, for only the first do not
depend on what else a machine does.
"""

from __future__ import annotations

import argparse
import csv
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import trimesh
from prepare_damage import DAMAGES, overlapped, without
from prepare_loading import loading, procedural

from occnet.data.shards import from_fixed
from occnet.data.sources import MeshSource, open_meshes
from occnet.errors import OccnetError
from occnet.geometry.cleaning import is_closed, unit_mesh
from occnet.geometry.inside import InsideTest, is_inside
from occnet.geometry.render.training_views import ViewRenderer, draw_view
from occnet.geometry.repair.closing import close_up
from occnet.geometry.sampling import sample_volume
from occnet.mesh import Mesh
from occnet.metrics import volume_iou
from occnet.pipeline.prepare.dataset_info import verify
from occnet.pipeline.prepare.prepare import PrepareOptions, prepare_meshes, sample_mesh
from occnet.pipeline.repair import repair_mesh
from occnet.pipeline.repair_options import RepairOptions

Rows = list[tuple[str, ...]]

FULL = PrepareOptions(uniform_points=100_000, near_points=100_000, surface_points=100_000, voxels=(32, 64))


def spread(source: MeshSource, most: int) -> list[int]:
    """The numbers of up to `most` meshes, spread evenly."""
    total = len(source.names)
    return [rank * total // min(most, total) for rank in range(min(most, total))]


def closed_ones(source: MeshSource, most: int) -> Iterator[tuple[str, Mesh]]:
    """Up to `most` meshes, in the unit cube, that are solids as they are; from all over the source, the same at every call."""
    found = 0
    for index in np.random.default_rng(0).permutation(len(source.names)).tolist():
        mesh = source.read(index)
        if is_closed(mesh):
            mesh, _ = unit_mesh(mesh)
            if not close_up(mesh).repairs:
                found += 1
                yield source.names[index], mesh
        if found >= most:
            return


def verdicts(source: MeshSource, path: Path, most: int, views: int) -> Rows:
    """The whole pipeline with two workers, on evenly spread meshes; with views also pictures of 137 pixels and voxels."""
    import resource  # as the killing below, not on Windows

    with tempfile.TemporaryDirectory() as folder:
        chosen, meshes, data = spread(source, most), path, Path(folder) / "data"
        if len(chosen) < len(source.names):
            meshes = Path(folder) / "chosen.npz"
            bundle(meshes, [(source.names[index], source.read(index)) for index in chosen])
        options = PrepareOptions(workers=2, views=views, image_sizes=(137,), voxels=(32,) if views else ())
        before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        done = prepare_meshes(meshes, data, options)
        wall = time.perf_counter() - begin
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        size = sum(file.stat().st_size for file in data.rglob("*") if file.is_file())
        assert verify(data) == []
        with (data / "report.csv").open(encoding="utf-8") as file:
            reasons = [row["reason"] for row in csv.DictReader(file)]
    total = done.shapes + len(done.rejected)
    for name, reason in done.rejected:
        print(f"  rejected: {name}: {reason}")
    return [
        ("meshes", f"{total:,} of {len(source.names):,} in {path.name}"),
        ("solid", f"{(done.shapes - done.repaired) / total:.1%}"),
        ("repaired", f"{done.repaired / total:.1%}"),
        *((kind, f"{sum(kind in reason for reason in reasons):,}") for kind in REPAIRS),
        ("rejected", f"{len(done.rejected):,}"),
        ("wall", f"{wall:.0f} s, {60 * total / wall:.0f} meshes a minute"),
        ("CPU of the workers", f"{cpu:.0f} s, {60 * 2 * total / cpu:.0f} meshes a minute if two cores were free"),
        ("peak memory of a worker", f"{after.ru_maxrss / 1024:.0f} MiB"),
        ("bytes a shape", f"{size / max(1, done.shapes) / 1e6:.2f} MB"),
    ]


REPAIRS = ("filled", "thickened", "joined", "turned", "dropped")


def bundle(path: Path, meshes: list[tuple[str, Mesh]]) -> None:
    """Write a bundle of meshes."""
    np.savez(
        path,
        vertices=np.concatenate([mesh.vertices for _, mesh in meshes]),
        faces=np.concatenate([mesh.faces for _, mesh in meshes]),
        vertex_offsets=np.cumsum([0, *(len(mesh.vertices) for _, mesh in meshes)]),
        face_offsets=np.cumsum([0, *(len(mesh.faces) for _, mesh in meshes)]),
        names=np.array([name for name, _ in meshes]),
    )


def labels(source: MeshSource, most: int) -> Rows:
    """Wrong labels on damaged meshes, ours beside the winding number alone and hole filling by trimesh with ray parity."""
    wrong: dict[str, list[tuple[float, float, float]]] = {name: [] for name in DAMAGES}
    for name, mesh in closed_ones(source, most):
        points = sample_volume(10_000, np.random.default_rng(1))
        truth = InsideTest(mesh).inside(points)
        for damage, damaged in DAMAGES.items():
            seed = zlib.crc32(f"{damage} {name}".encode())
            broken, expected = damaged(mesh, np.random.default_rng(seed)), truth
            if damaged is overlapped:
                shift = 0.2 * np.random.default_rng(seed).standard_normal(3)
                expected = truth | InsideTest(mesh).inside((points - shift) / 0.7)
            answers = (InsideTest(close_up(broken).mesh).inside(points), is_inside(broken, points), _filled(broken, points))
            ours, winding, filled = (float((answer != expected).mean()) for answer in answers)
            wrong[damage].append((ours, winding, filled))
    rows: Rows = [("damage", "meshes", "wrong, mean", "worst", "above 0.2 %", "winding number alone", "trimesh fill + parity")]
    for damage, shares in wrong.items():
        table = np.array(shares)
        mean = [f"{100 * value:.4f} %" for value in table.mean(axis=0)]
        above = f"{(table[:, 0] > 0.002).mean():.1%}"
        rows.append((damage, f"{len(table)}", mean[0], f"{100 * table[:, 0].max():.3f} %", above, mean[1], mean[2]))
    return rows


def _filled(mesh: Mesh, points: np.ndarray) -> np.ndarray:
    made = trimesh.Trimesh(mesh.vertices, mesh.faces)
    trimesh.repair.fill_holes(made)
    trimesh.repair.fix_normals(made, multibody=True)
    return np.asarray(made.ray.contains_points(points))


WAYS = ("parted touching bodies", "united overlapping bodies", "cut out and filled", "rebuilt", "left faces crossing")


def solids(source: MeshSource, most: int) -> Rows:
    """Repaired meshes against the undamaged solid, 2 % of the faces removed."""
    rows: Rows = [("damage", "meshes", "closed and manifold", "IoU, mean", "worst", "above 0.995", "CPU s, mean", "how")]
    for label, crossed in (("2 % of faces removed", False), ("the same, and a second body across it", True)):
        scores, sound, seconds, ways = [], [], [], Counter[str]()
        for name, mesh in closed_ones(source, most if not crossed else max(1, most // 5)):
            generator = np.random.default_rng(zlib.crc32(name.encode()))
            truth = overlapped(mesh, generator) if crossed else mesh
            begin = time.process_time()
            solid = repair_mesh(without(0.02)(truth, generator), RepairOptions())
            seconds.append(time.process_time() - begin)
            ways[next((way for way in reversed(WAYS) if way in "; ".join(solid.repairs)), "closed up")] += 1
            low, high = truth.bounds
            points = np.random.default_rng(2).uniform(low - 0.01, high + 0.01, (100_000, 3))
            scores.append(float(volume_iou(is_inside(solid.mesh, points), is_inside(truth, points))))
            if scores[-1] < 0.995 or not solid.certificate.ok:
                print(f"  {label}: {name}: IoU {scores[-1]:.4f}, {'; '.join(solid.repairs)}\n{solid.certificate}", flush=True)
            proof = solid.certificate
            sound.append(proof.outward and proof.edge_manifold and proof.vertex_manifold)
        mean = f"{np.mean(scores):.5f}"
        rows.append(
            (
                label,
                f"{len(scores)}",
                f"{np.mean(sound):.1%}",
                mean,
                f"{min(scores):.4f}",
                f"{np.mean(np.array(scores) >= 0.995):.1%}",
                f"{np.mean(seconds):.2f}",
                ", ".join(f"{count} {way}" for way, count in ways.most_common()),
            )
        )
    return rows


def exactness(source: MeshSource, most: int) -> Rows:
    """Labels of closed meshes against exact ray parity on up to 1e6 points; where they differ, three rays vote."""
    wrong, rays, total, meshes = 0, 0, 0, 0
    for name, mesh in closed_ones(source, most):
        winding = InsideTest(mesh)
        points = from_fixed(sample_mesh(name, mesh, PrepareOptions(near_points=256, surface_points=256)).samples.uniform)  # type: ignore[union-attr]
        number = winding.winding_number(points)
        if number.max() > 1.5 or number.min() < -0.5:
            continue  # parity counts an overlap as a hole
        inside, exact = winding.inside(points), points.astype(np.float64)
        first = ray_parity(mesh, exact, np.array(DIRECTIONS[0]))
        unlike = np.flatnonzero(inside != first)  # a ray through an edge counts it twice or not at all
        votes = first[unlike].astype(int)
        for direction in DIRECTIONS[1:]:
            votes = votes + ray_parity(mesh, exact[unlike], np.array(direction))
        differs = unlike[inside[unlike] != (votes >= 2)]
        for point in exact[differs]:
            print(
                f"  differs: {name} at {point.tolist()}, winding number {winding.winding_number(point[None])[0]:.4f}",
                flush=True,
            )
        wrong, rays, total, meshes = wrong + len(differs), rays + len(unlike), total + len(points), meshes + 1
        if total >= 1_000_000:
            break
    return [
        ("labels compared with exact ray parity", f"{total:,} on {meshes} closed meshes"),
        ("differ from one ray", f"{rays:,}"),
        ("differ from two of three rays", f"{wrong:,}"),
    ]


DIRECTIONS = ((0.5377, 0.3319, 0.7751), (-0.2113, 0.8017, 0.5591), (0.7071, -0.5123, 0.4872))


def ray_parity(mesh: Mesh, points: np.ndarray, direction: np.ndarray) -> np.ndarray:
    """Whether a ray in float64 crosses the mesh an odd number of times; faces are sorted out by their projections."""
    helper = np.array([1.0, 0.0, 0.0]) if abs(direction[0]) < 0.9 else np.array([0.0, 1.0, 0.0])
    first = np.cross(direction, helper)
    plane = np.stack([first, np.cross(direction, first)], axis=1)
    a, b, c = mesh.triangles.transpose(1, 0, 2)
    flat = mesh.triangles @ plane
    low, high = flat.min(axis=1), flat.max(axis=1)
    normal = np.cross(direction, c - a)
    with np.errstate(divide="ignore", invalid="ignore"):
        inverse = 1.0 / np.einsum("fi,fi->f", b - a, normal)
    odd = np.zeros(len(points), dtype=bool)
    for k, (point, place) in enumerate(zip(points, points @ plane, strict=True)):
        some = np.flatnonzero(((low <= place) & (place <= high)).all(axis=1))
        gap = point - a[some]
        u = np.einsum("fi,fi->f", gap, normal[some]) * inverse[some]
        swept = np.cross(gap, (b - a)[some])
        v = (swept @ direction) * inverse[some]
        distance = np.einsum("fi,fi->f", swept, (c - a)[some]) * inverse[some]
        odd[k] = ((u >= 0) & (v >= 0) & (u + v <= 1) & (distance > 0)).sum() % 2 == 1
    return odd


def speed() -> Rows:
    """CPU seconds for 100,000 uniform and near labels, 100,000 surface samples and two voxel grids, on one core."""
    rows: Rows = [("mesh", "triangles", "CPU s")]
    for name, made in (
        ("torus", trimesh.creation.torus(0.35, 0.12, major_sections=100, minor_sections=100)),
        ("ball", trimesh.creation.icosphere(subdivisions=5)),
    ):
        mesh = Mesh(made.vertices, made.faces)
        best = min(_cpu(lambda mesh=mesh: sample_mesh("mesh", mesh, FULL)) for _ in range(3))
        rows.append((name, f"{len(mesh.faces):,}", f"{best:.2f}"))
    return rows


def images(source: MeshSource, most: int) -> Rows:
    """CPU milliseconds a view."""
    times: dict[int, list[float]] = {137: [], 224: []}
    for index in spread(source, most):
        try:
            mesh = close_up(unit_mesh(source.read(index))[0]).mesh
        except OccnetError:
            continue
        begin = time.process_time()
        renderer = ViewRenderer(mesh, np.full(3, 0.5))
        setup = (time.process_time() - begin) / 24
        views = [draw_view(0.7, np.random.default_rng(number)) for number in range(6)]
        for size, results in times.items():
            results.append(1e3 * (setup + _cpu(lambda size=size, r=renderer, v=views: [r.picture(x, size) for x in v]) / 6))
    rows: Rows = [("picture", "shapes", "CPU ms a view, mean", "95 % below")]
    return rows + [(f"{s} x {s}", f"{len(t)}", f"{np.mean(t):.1f}", f"{np.quantile(t, 0.95):.1f}") for s, t in times.items()]


def kills(source: MeshSource, count: int) -> Rows:
    """A preparation killed at random moments, and gone on with, against an unbroken one."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        small = [index for index in range(len(source.names))][:400:4]
        bundle(folder / "some.npz", [(source.names[index], source.read(index)) for index in small])
        options = "uniform_points=4096, near_points=2048, surface_points=2048, shapes_per_shard=8, voxels=(32,), workers=2"
        line = (
            "import sys; from pathlib import Path\n"
            "from occnet.pipeline.prepare.prepare import PrepareOptions, prepare_meshes\n"
            "if __name__ == '__main__':\n"
            "    print('ready', flush=True)\n"
            f"    prepare_meshes(Path(sys.argv[1]), Path(sys.argv[2]), PrepareOptions({options}))\n"
        )
        script = folder / "run.py"
        script.write_text(line)
        command = [sys.executable, str(script), str(folder / "some.npz")]
        subprocess.run([*command, str(folder / "whole")], check=True, stdout=subprocess.DEVNULL)
        generator, killed, ended, rounds = random.Random(0), 0, 0, 0
        same = True
        while killed < count:
            process = subprocess.Popen(
                [*command, str(folder / "cut")], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
            )
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(generator.uniform(0.0, 12.0))
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                killed += 1
            process.wait()
            if process.returncode == 0:
                ended += 1
                same &= content(folder / "cut") == content(folder / "whole")
                shutil.rmtree(folder / "cut")
            rounds += 1
        subprocess.run([*command, str(folder / "cut")], check=True, stdout=subprocess.DEVNULL)
        same &= content(folder / "cut") == content(folder / "whole")
        return [("killed with -9", f"{killed} times"), ("datasets finished", f"{ended + 1}"), ("byte-identical", str(same))]


def content(folder: Path) -> dict[str, bytes]:
    """All files below a folder."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _cpu(work) -> float:
    begin = time.process_time()
    work()
    return time.process_time() - begin


def main() -> None:
    """Measure what is asked for and print it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("meshes", type=Path)
    parser.add_argument("--most", type=int, default=200, help="meshes for each part, at most")
    parser.add_argument("--views", type=int, default=0, help="pictures a shape that verdicts makes, too")
    parser.add_argument("--kills", type=int, default=50)
    every = ("speed", "images", "labels", "exactness", "solids", "loading", "procedural", "verdicts", "kills")
    parser.add_argument("--parts", nargs="*", choices=every, default=list(every))
    arguments = parser.parse_args()
    source = open_meshes(arguments.meshes)
    parts = {
        "speed": speed,
        "images": lambda: images(source, arguments.most),
        "labels": lambda: labels(source, arguments.most),
        "exactness": lambda: exactness(source, arguments.most),
        "solids": lambda: solids(source, arguments.most),
        "loading": lambda: loading(source),
        "verdicts": lambda: verdicts(source, arguments.meshes, arguments.most, arguments.views),
        "procedural": procedural,
        "kills": lambda: kills(source, arguments.kills),
    }
    for name in arguments.parts:
        begin = time.perf_counter()
        rows = parts[name]()
        counts = Counter(len(row) for row in rows)
        assert len(counts) == 1
        print(f"\n## {name} ({time.perf_counter() - begin:.0f} s)")
        for row in rows:
            print("| " + " | ".join(row) + " |", flush=True)


if __name__ == "__main__":
    main()
