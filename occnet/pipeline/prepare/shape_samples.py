"""One shape -> its samples: labelled points, surface points, and whatever else was asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from occnet.data.shards import ShapeSamples, from_fixed, to_fixed
from occnet.data.splits import number_of
from occnet.errors import DatasetError, MeshError
from occnet.geometry.cleaning import unit_mesh
from occnet.geometry.inside import InsideTest
from occnet.geometry.render.occlusion import RayScene
from occnet.geometry.render.training_views import ViewRenderer, camera_matrix, draw_view
from occnet.geometry.repair.closing import close_up
from occnet.geometry.repair.painting import painted
from occnet.geometry.sampling import sample_near_surface, sample_outer_surface, sample_volume
from occnet.geometry.scan.depth_camera import depth_scan
from occnet.geometry.sharp_edges import sample_sharp_edges
from occnet.geometry.voxelising import voxel_centers, voxelize
from occnet.mesh import Mesh
from occnet.pipeline.prepare.prepare_options import PrepareOptions
from occnet.vectors import normalized

Verdict = Literal["solid", "repaired", "rejected"]

MIXED = "synthetic"  # what the names of procedural shapes begin with, unless they are of one family
_MESHED_AT = 128  # cells along the edge of the cube at which procedural shapes are meshed for pictures and scans


@dataclass(frozen=True, eq=False)
class PreparedShape:
    """The samples of a shape, None when it was rejected; and the verdict with its reason: what was repaired or is wrong."""

    samples: ShapeSamples | None
    verdict: Verdict
    reason: str = ""


def sample_mesh(name: str, mesh: Mesh, options: PrepareOptions) -> PreparedShape:
    """The samples of one mesh, which is made a solid first if it is none (see `close_up`).

    They depend on the name, the mesh and the options alone. Raises MeshError when the mesh stands for no solid.
    """
    generator = np.random.default_rng((options.seed, number_of(name)))
    mesh, _ = unit_mesh(Mesh(mesh.vertices, mesh.faces, None, mesh.colors))
    closed = close_up(mesh, options.sheet_thickness)
    test = InsideTest(closed.mesh)
    surface, normals, _ = sample_outer_surface(test, options.surface_points, generator)
    near = _near_points(surface, options, generator, closed.mesh)
    uniform = to_fixed(sample_volume(options.uniform_points, generator))
    inside = test.inside(from_fixed(np.concatenate([uniform, near])))
    optional = {f"voxels_{resolution}": voxelize(test, resolution) for resolution in options.voxels}
    visible = painted(closed.mesh, mesh) if options.views and closed.repairs and mesh.colors is not None else closed.mesh
    optional |= _seen(visible, options, generator)
    samples = _samples(name, uniform, near, inside, surface, normals, optional)
    return PreparedShape(samples, "repaired" if closed.repairs else "solid", ", ".join(closed.repairs))


def known_families(names: Sequence[str], categories: str = "") -> list[str]:
    """The names of families of procedural shapes, and those of a set of categories, each once.

    Raises DatasetError when there is no family or set of a name.
    """
    if not names and not categories:
        return []
    from occnet.shapes.categories import CATEGORIES
    from occnet.shapes.families import FAMILIES  # with torch, which workers that prepare meshes do not need

    if categories and categories not in CATEGORIES:
        raise DatasetError(f"There is no set of categories {categories!r}; the sets are: {', '.join(sorted(CATEGORIES))}.")
    names = [*names, *CATEGORIES.get(categories, ())]
    for name in names:
        if name not in FAMILIES:
            raise DatasetError(
                f"There is no family {name!r} of procedural shapes; the families are: {', '.join(sorted(FAMILIES))}."
            )
    return list(dict.fromkeys(names))


def sample_synthetic(name: str, options: PrepareOptions) -> PreparedShape:
    """The samples of the shape called `synthetic/SEED/NUMBER` or `FAMILY/SEED/NUMBER`, with labels by its own formula."""
    from occnet.networks.fast.worker_threads import on_one_thread  # with torch: workers that prepare meshes do without

    return on_one_thread(partial(_sample_synthetic, name, options))  # a shape is little work, and threads wait for each other


def _sample_synthetic(name: str, options: PrepareOptions) -> PreparedShape:
    import torch  # here: it takes seconds to import

    from occnet.meshing.extract import extract_mesh
    from occnet.shapes import sample_shapes
    from occnet.shapes.coloring import surface_colors

    family, seed, number = name.split("/")
    index = int(number)
    generator = np.random.default_rng((int(seed), index))
    shape = sample_shapes(1, seed=int(seed), first=index, family=None if family == MIXED else family)
    points, normals = shape.surface(options.surface_points, seed=index)
    surface = points[0].double().numpy()
    wanted = options.views > 0 or options.scans > 0 or options.sharp_share > 0.0
    mesh = extract_mesh(shape.field(0), resolution=_MESHED_AT, seeds=points[0][:4096]) if wanted else None
    near = _near_points(surface, options, generator, mesh)
    uniform = to_fixed(sample_volume(options.uniform_points, generator))

    def occupancy(positions: NDArray) -> NDArray[np.bool_]:
        return shape.occupancy(torch.from_numpy(positions.astype(np.float32))[None])[0].numpy()

    optional: dict[str, NDArray] = {}
    for resolution in options.voxels:
        optional[f"voxels_{resolution}"] = occupancy(voxel_centers(resolution)).reshape((resolution,) * 3)
    if mesh is not None:
        colors = surface_colors(shape.placed[0], mesh.vertices) if options.views else None
        optional |= _seen(replace(mesh, colors=colors), options, generator)
    inside = occupancy(from_fixed(np.concatenate([uniform, near])))
    return PreparedShape(_samples(name, uniform, near, inside, surface, normals[0].numpy(), optional), "solid")


def _near_points(
    surface: NDArray, options: PrepareOptions, generator: np.random.Generator, mesh: Mesh | None
) -> NDArray[np.int16]:
    around = surface[generator.integers(len(surface), size=options.near_points)]
    sharp = round(options.sharp_share * options.near_points)
    if sharp and mesh is not None:
        at_edges = sample_sharp_edges(mesh, sharp, generator)
        chosen = generator.permutation(options.near_points)[: len(at_edges)]
        around[chosen] = at_edges
    return to_fixed(sample_near_surface(around, options.near_deviations, generator))


def _seen(mesh: Mesh, options: PrepareOptions, generator: np.random.Generator) -> dict[str, NDArray]:
    """Pictures with cameras, and depth scans."""
    result: dict[str, NDArray] = {}
    if options.views:
        radius = float(np.linalg.norm(mesh.vertices[np.unique(mesh.faces)], axis=1).max())
        views = [draw_view(radius, generator) for _ in range(options.views)]
        renderer = ViewRenderer(mesh, generator.uniform(0.25, 0.75) * generator.uniform(0.8, 1.2, 3))
        for size in options.image_sizes:
            result[f"images_{size}"] = np.stack([renderer.picture(view, size) for view in views])
            result[f"cameras_{size}"] = np.stack([camera_matrix(view.camera(size)) for view in views])
    if options.scans:
        scene, unit = RayScene(mesh), normalized(mesh.face_normals)
        scans = [depth_scan(scene, unit, options.scan_points, generator) for _ in range(options.scans)]
        result["scans"] = to_fixed(np.stack(scans))
    return result


def _samples(
    name: str,
    uniform: NDArray,
    near: NDArray,
    inside: NDArray,
    surface: NDArray,
    normals: NDArray,
    optional: dict[str, NDArray],
) -> ShapeSamples:
    if not inside.any():
        raise MeshError("none of its points lie inside: it is too thin")
    return ShapeSamples(
        name=name,
        uniform=uniform,
        uniform_inside=inside[: len(uniform)],
        near=near,
        near_inside=inside[len(uniform) :],
        surface=to_fixed(surface),
        normals=np.rint(normals * 127).astype(np.int8),
        optional=optional,
    )
