"""What the command takes for two large scans as people have them: surveyed land in a .las file, and a range scan of one side.

    python benchmarks/large_scans.py [--land 5000000] [--side 40000]

The land is 100 m wide, in metres far from the origin, with 2 cm of noise and colours. The range scan is of a bumpy ball that
one sensor sees, whose place is in the file (.pcd); its noise is 0.002 of the edge. Prints the seconds by the clock and of the
processor, and the most memory that the command had; the clock counts on a machine that does nothing else. Reading .las
needs the extra [scan].
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import tyro
from numpy.typing import NDArray


def main(land: int = 5_000_000, side: int = 40_000) -> None:
    """Print a row for each scan."""
    print("| scan | points | file | seconds | CPU seconds | memory |\n|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for title, count, path in (("land", land, surveyed(folder, land)), ("one side", side, one_side(folder, side))):
            clock, processor, memory = taken(path, folder / "mesh.ply")
            size = f"{path.stat().st_size / 1e6:.0f} MB"
            print(f"| {title} | {count:,} | {size} | {clock:.1f} | {processor:.1f} | {memory / 1e9:.2f} GB |", flush=True)


def taken(scan: Path, mesh: Path) -> tuple[float, float, int]:
    """Seconds, CPU seconds and bytes of memory of `occnet reconstruct`. Raises CalledProcessError when it fails."""
    start = time.perf_counter()
    command = [sys.executable, "-m", "occnet", "reconstruct", str(scan), "-o", str(mesh)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise subprocess.CalledProcessError(status, command)
    return time.perf_counter() - start, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024


def surveyed(folder: Path, count: int) -> Path:
    """Land of hills and furrows with that many points, as .las."""
    import laspy

    random = np.random.default_rng(0)
    x, y = random.uniform(0.0, 100.0, (2, count))
    height = 4.0 * np.sin(x / 9.0) * np.cos(y / 13.0) + 1.5 * np.sin((x + y) / 5.0) + 0.02 * random.standard_normal(count)
    header = laspy.LasHeader(point_format=3, version="1.2")
    header.scales, header.offsets = np.full(3, 0.001), np.array([500_000.0, 5_000_000.0, 200.0])
    land = laspy.LasData(header)
    land.x, land.y, land.z = x + 500_000.0, y + 5_000_000.0, height + 200.0
    land.red = land.green = land.blue = (30_000.0 + 5_000.0 * np.sin(height)).astype(np.uint16)
    land.write(str(folder / "land.las"))
    return folder / "land.las"


def one_side(folder: Path, count: int) -> Path:
    """What a sensor two edges away sees of a bumpy ball, in its own coordinates, as .pcd with its place."""
    random = np.random.default_rng(1)
    sensor = np.array([0.0, 0.3, 2.0])
    directions = random.standard_normal((6 * count, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    points = ball(directions)
    step = 1e-4 * random.standard_normal((len(points), 3))  # two steps along the surface tell its normal
    across = ball(_unit(directions + step)) - points
    along = ball(_unit(directions + np.cross(directions, step))) - points
    normals = np.cross(across, along)
    normals *= np.sign((normals * directions).sum(axis=1, keepdims=True))
    facing = ((sensor - points) * normals).sum(axis=1) > 0.0  # it is nearly convex: what faces the sensor is seen
    seen = points[facing][:count]
    rays = _unit(seen - sensor)
    seen = seen + 0.002 * random.standard_normal((len(seen), 1)) * rays
    head = (
        "VERSION .7\nFIELDS x y z\nSIZE 4 4 4\nTYPE F F F\nCOUNT 1 1 1\n"
        f"WIDTH {len(seen)}\nHEIGHT 1\nVIEWPOINT {sensor[0]} {sensor[1]} {sensor[2]} 1 0 0 0\nPOINTS {len(seen)}\nDATA binary\n"
    )
    (folder / "side.pcd").write_bytes(head.encode() + seen.astype("<f4").tobytes())
    return folder / "side.pcd"


def ball(directions: NDArray[np.float64]) -> NDArray[np.float64]:
    """The bumpy ball's surface in given directions, (N, 3) of unit length."""
    bumps = np.sin(5.0 * directions).prod(axis=1, keepdims=True)
    return (0.45 + 0.04 * bumps) * directions


def _unit(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


if __name__ == "__main__":
    tyro.cli(main, description=__doc__)
