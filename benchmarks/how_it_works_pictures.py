"""The pictures of docs/method.md, by the program itself: a field, the levels of its extraction, and why voxels stay coarse.

python benchmarks/how_it_works_pictures.py docs/images
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from occnet.cube import PADDED_BOUNDS, PADDED_EDGE
from occnet.demo_inputs import demo_input
from occnet.field import Field
from occnet.files.clouds import read_cloud
from occnet.geometry.render.picture_grid import side_by_side
from occnet.geometry.render.scene import render_mesh
from occnet.geometry.voxelising import voxel_surface
from occnet.mesh import Frame, Mesh
from occnet.meshing.extract import extract, extract_mesh
from occnet.networks.checkpoint import load_model

SIZE = 360
OUTSIDE, INSIDE, EDGE = np.array([247, 248, 250]), np.array([52, 104, 168]), np.array([211, 18, 42])


def main(folder: Path) -> None:
    """Draw the two pictures into a folder."""
    network = load_model("points")
    points = read_cloud(demo_input("scan")).points
    unit = Frame.of(points).to_unit(points)
    field = network.field(unit.astype(np.float32))
    mesh = extract_mesh(field, resolution=160, threshold=network.threshold)
    height = float(np.quantile(unit[:, 1], 0.45))
    panels = [render_mesh(mesh, (SIZE, SIZE), bounds=mesh.bounds), sliced(field, height, network.threshold)]
    panels.append(render_mesh(above(mesh, height), (SIZE, SIZE), bounds=mesh.bounds))
    save(folder / "field.png", panels, ["the surface", "a slice of the field", "what lies below the slice"])
    coarse = voxel_surface(occupied(field, 32, network.threshold))
    levels = [boxes(field, unit, cells, network.threshold) for cells in (16, 64)]
    shown = [render_mesh(part, (SIZE, SIZE), bounds=mesh.bounds, smooth=False) for part in (*levels, coarse)]
    save(
        folder / "levels.png",
        [*shown, panels[0]],
        ["of 16^3 cells those crossed", "of 64^3 cells those crossed", "32^3 voxels", "the mesh"],
    )


def sliced(field: Field, height: float, threshold: float) -> NDArray[np.uint8]:
    """How sure the field is of being inside, over a horizontal slice; red where it crosses the threshold."""
    ticks = np.linspace(-PADDED_EDGE / 2, PADDED_EDGE / 2, SIZE, dtype=np.float32)
    x, z = np.meshgrid(ticks, ticks)
    places = np.stack([x, np.full_like(x, height), z], axis=-1).reshape(-1, 3)
    sure = field(torch.from_numpy(places)).sigmoid().numpy().reshape(SIZE, SIZE, 1)
    picture = OUTSIDE + sure * (INSIDE - OUTSIDE)
    inside = sure[..., 0] > threshold
    crossed = np.zeros_like(inside)
    crossed[1:] |= inside[1:] != inside[:-1]
    crossed[:, 1:] |= inside[:, 1:] != inside[:, :-1]
    picture[crossed] = EDGE
    return picture.astype(np.uint8)


def above(mesh: Mesh, height: float) -> Mesh:
    """The faces below a height."""
    return Mesh(mesh.vertices, mesh.faces[(mesh.triangles[..., 1] < height).all(axis=1)])


def occupied(field: Field, cells: int, threshold: float) -> NDArray[np.bool_]:
    """The voxels of the unit cube whose middle is inside, (R, R, R)."""
    ticks = (torch.arange(cells) + 0.5) / cells - 0.5
    logits = field(torch.cartesian_prod(ticks, ticks, ticks))
    return (logits.sigmoid() > threshold).numpy().reshape(cells, cells, cells)


def boxes(field: Field, points: NDArray[np.float64], cells: int, threshold: float) -> Mesh:
    """The cells of a level that the surface crosses, as boxes; the points of the scan lead to thin parts."""
    found = extract(field, resolution=cells, threshold=threshold, seeds=points).cells
    places = found.lattice.places(found.keys).numpy()
    grid = np.zeros((cells + 4,) * 3, dtype=bool)
    grid[tuple((places + 1).T)] = True
    drawn = voxel_surface(grid)
    low = PADDED_BOUNDS[0][0] - 2.0 * PADDED_EDGE / cells
    return drawn.with_vertices((drawn.vertices + 0.5) * (cells + 4) * PADDED_EDGE / cells + low)


def save(path: Path, panels: list[NDArray[np.uint8]], captions: list[str]) -> None:
    """Several pictures side by side."""
    Image.fromarray(side_by_side(panels, captions, columns=len(panels))).save(path)
    print(path)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("out"))
