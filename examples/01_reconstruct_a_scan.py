"""The main job, from a raw scan to a watertight mesh, with the shipped model.

    python examples/01_reconstruct_a_scan.py [SCAN [OUTPUT]]

Without arguments it takes the bundled scan of a chair, writes `out/chair.ply` and `out/chair.png` (scan, reconstruction
and truth side by side), and prints the mesh's certificate and the time that each part took.
"""

import os
import sys
from pathlib import Path

os.environ.setdefault("GOMP_SPINCOUNT", "1000")  # before torch comes: its threads wait without keeping others from the cores

import numpy as np
from PIL import Image

from occnet.errors import OccnetError
from occnet.files import read_cloud, read_mesh
from occnet.geometry.render.cloud_rendering import render_points
from occnet.geometry.render.picture_grid import side_by_side
from occnet.geometry.render.scene import render_mesh
from occnet.mesh import Mesh
from occnet.pipeline.reconstruct.reconstruct import reconstruct_file
from occnet.pipeline.reconstruct.reconstruct_options import ReconstructOptions

DATA = Path(__file__).parent / "data"
SIZE = (480, 480)


def main(scan: Path, output: Path, truth: Path | None) -> None:
    """Reconstruct, print the proof and the times, and draw the picture."""
    output.parent.mkdir(parents=True, exist_ok=True)
    result = reconstruct_file(scan, output, ReconstructOptions())
    print(result.certificate)
    for phase, seconds in result.seconds.items():
        print(f"{phase:<12} {seconds:6.2f} s")

    print(f"\nmesh     {output}")
    try:
        draw(output.with_suffix(".png"), read_cloud(scan).points, result.mesh, truth)
    except OccnetError as problem:  # the mesh is there; only the picture is not
        print(f"no picture: {problem}")


def draw(path: Path, points: np.ndarray, mesh: Mesh, truth: Path | None) -> None:
    """The scan, the mesh and, where known, the truth side by side, from one camera."""
    bounds = mesh.bounds
    pictures = [render_points(points, SIZE, bounds=bounds), render_mesh(mesh, SIZE, bounds=bounds)]
    captions = [f"{len(points):,} points", "occnet"]
    if truth is not None:
        pictures.append(render_mesh(read_mesh(truth), SIZE, bounds=bounds))
        captions.append("truth")
    Image.fromarray(side_by_side(pictures, captions)).save(path)
    print(f"picture  {path}")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else Path("out/mesh.ply"), None)
    else:
        main(DATA / "chair_scan.ply", Path("out/chair.ply"), DATA / "chair_truth.ply")
