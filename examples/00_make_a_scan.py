"""Make the bundled examples: a chair as a scanner might deliver it, the chair itself, and a picture and voxels of a mushroom.

    python examples/00_make_a_scan.py

writes `data/chair_scan.ply`, 4,000 noisy points in millimetres, far from the origin and without normals, and
`data/chair_truth.ply`; and into `occnet/demo_inputs/`, which comes with the package, the scan, `mushroom.png` and
`mushroom.npz`, 32^3 voxels. Both are procedural shapes of our own that no model was trained on.
"""

import shutil
from pathlib import Path

import numpy as np
from PIL import Image

from occnet.demo_inputs import demo_input
from occnet.files import Cloud, write_cloud, write_mesh
from occnet.geometry.render.training_views import ViewRenderer, draw_view
from occnet.geometry.simplify import simplify
from occnet.geometry.voxelising import voxelize
from occnet.mesh import Frame
from occnet.meshing import extract_mesh
from occnet.shapes import sample_shapes

HERE = Path(__file__).parent / "data"

chair = sample_shapes(1, seed=7, first=35)
scanner = Frame(center=np.array([1250.0, 480.0, -3000.0]), scale=960.0)  # millimetres, where the scanner put its origin

points, _ = chair.surface(4000, seed=0)
noisy = points[0].double().numpy() + np.random.default_rng(0).normal(0.0, 0.004, (4000, 3))
write_cloud(HERE / "chair_scan.ply", Cloud(scanner.to_original(noisy)))
shutil.copy(HERE / "chair_scan.ply", demo_input("scan"))

truth = simplify(extract_mesh(chair.field(0), resolution=192), 6000)
write_mesh(HERE / "chair_truth.ply", scanner.mesh_to_original(truth))

mushroom = extract_mesh(sample_shapes(1, seed=7, first=2, family="mushroom").field(0), resolution=128)
view = draw_view(0.87, np.random.default_rng(3))
Image.fromarray(ViewRenderer(mushroom, np.array([0.35, 0.22, 0.12])).picture(view, 224)).save(demo_input("photo"))
np.savez_compressed(demo_input("voxels"), voxels=voxelize(mushroom, 32))
