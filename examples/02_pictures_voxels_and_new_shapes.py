"""The other shipped models: a solid from one picture, from coarse voxels, and out of nothing.

    python examples/02_pictures_voxels_and_new_shapes.py

Takes a procedural mushroom that no model was trained on, writes `out/mushroom.png` (a picture of it) and `out/mushroom.npy`
(its 32^3 voxels), makes a mesh of each, draws cars and vessels that do not exist, and shows all of it in `out/models.png`.
"""

import os
from pathlib import Path

os.environ.setdefault("GOMP_SPINCOUNT", "1000")  # before torch comes: its threads wait without keeping others from the cores

import numpy as np
from PIL import Image

from occnet.files import read_mesh
from occnet.geometry.render.picture_grid import side_by_side
from occnet.geometry.render.scene import render_mesh
from occnet.geometry.render.training_views import ViewRenderer, draw_view
from occnet.geometry.voxelising import voxel_surface, voxelize
from occnet.meshing import extract_mesh
from occnet.pipeline.generate import generate
from occnet.pipeline.generate_options import GenerateOptions
from occnet.pipeline.reconstruct.reconstruct import reconstruct_file
from occnet.pipeline.reconstruct.reconstruct_options import ReconstructOptions
from occnet.shapes import sample_shapes

OUT = Path("out")
SIZE = (320, 320)


def main() -> None:
    """Make the inputs, the meshes and the picture of all."""
    OUT.mkdir(exist_ok=True)
    mushroom = extract_mesh(sample_shapes(1, seed=7, first=2, family="mushroom").field(0), resolution=128)
    view = draw_view(0.87, np.random.default_rng(3))
    Image.fromarray(ViewRenderer(mushroom, np.array([0.35, 0.22, 0.12])).picture(view, 224)).save(OUT / "mushroom.png")
    voxels = voxelize(mushroom, 32)
    np.save(OUT / "mushroom.npy", voxels)

    panels = {"a picture": np.asarray(Image.open(OUT / "mushroom.png").resize(SIZE, Image.Resampling.LANCZOS))}
    for source, model in (("mushroom.png", "image"), ("mushroom.npy", "voxels")):
        result = reconstruct_file(OUT / source, OUT / f"mushroom_{model}.ply", ReconstructOptions())
        print(f"{source} -> {OUT / f'mushroom_{model}.ply'}, closed: {result.certificate.closed}")
        panels[f"occnet, {model}"] = render_mesh(result.mesh, SIZE)
    panels["32^3 voxels"] = render_mesh(voxel_surface(voxels), SIZE, smooth=False)
    order = ["a picture", "occnet, image", "32^3 voxels", "occnet, voxels"]
    pictures, captions = [panels[name] for name in order], list(order)
    for model in ("generate", "generate_vessels"):
        for seed in (0, 5):
            made = generate(model, OUT / f"{model}-{seed}.ply", GenerateOptions(seed=seed, resolution=128))
            pictures.append(render_mesh(read_mesh(made[0].path), SIZE))
            captions.append(f"{model}, seed {seed}")
    Image.fromarray(side_by_side(pictures, captions, columns=4)).save(OUT / "models.png")
    print(f"picture: {OUT / 'models.png'}")


if __name__ == "__main__":
    main()
