"""Make the bundled example: a chair as a scanner might deliver it, and the chair itself to compare with.

    python examples/00_make_a_scan.py

writes `data/chair_scan.ply`, 4,000 noisy points in millimetres, far from the origin and without normals, and
`data/chair_truth.ply`. The chair is a procedural shape of our own that no model was trained on.
"""

from pathlib import Path

import numpy as np

from occnet.files import Cloud, write_cloud, write_mesh
from occnet.geometry.simplify import simplify
from occnet.mesh import Frame
from occnet.meshing import extract_mesh
from occnet.shapes import sample_shapes

HERE = Path(__file__).parent / "data"

chair = sample_shapes(1, seed=7, first=35)
scanner = Frame(center=np.array([1250.0, 480.0, -3000.0]), scale=960.0)  # millimetres, where the scanner put its origin

points, _ = chair.surface(4000, seed=0)
noisy = points[0].double().numpy() + np.random.default_rng(0).normal(0.0, 0.004, (4000, 3))
write_cloud(HERE / "chair_scan.ply", Cloud(scanner.to_original(noisy)))

truth = simplify(extract_mesh(chair.field(0), resolution=192), 6000)
write_mesh(HERE / "chair_truth.ply", scanner.mesh_to_original(truth))
