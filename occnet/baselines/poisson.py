"""Screened Poisson reconstruction, the strongest classical baseline, by Open3D (the extra `open3d`)."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from occnet.baselines.baseline import Baseline
from occnet.errors import CloudError, MeshError, MissingLibrary
from occnet.mesh import Frame, Mesh


class PoissonTrueNormals(Baseline):
    """Screened Poisson reconstruction that is told the true normals."""

    title: ClassVar[str] = "Poisson, true normals"
    reads: ClassVar[str] = "points"

    def __call__(self, observation: NDArray, normals: NDArray) -> Mesh:
        return poisson_mesh(observation, normals)


class PoissonEstimatedNormals(Baseline):
    """Screened Poisson reconstruction with normals that are estimated from the points."""

    title: ClassVar[str] = "Poisson, estimated normals"
    reads: ClassVar[str] = "points"

    def __call__(self, observation: NDArray, normals: NDArray) -> Mesh:
        return poisson_mesh(observation)


def poisson_mesh(
    points: ArrayLike,
    normals: ArrayLike | None = None,
    *,
    depth: int = 8,
    scale: float = 1.1,
    samples_per_node: float = 1.0,
    point_weight: float = 2.0,
    trim: float = 0.0,
    threads: int = -1,
) -> Mesh:
    """The surface that Screened Poisson reconstruction draws through the points, in their own coordinates.

    points: (N, 3). normals: (N, 3) outward, of any length; None estimates them (see `estimated_normals`).
    depth: of the octree; 8 is a grid of 256. scale: edge of the octree's box in longest edges of the cloud; a surface that
    runs out of the box is open there. samples_per_node: points a cell must hold; more smooths noise. point_weight: pull of
    the points against that of the normals. trim: share of vertices with the thinnest support that is cut
    off, which opens the mesh. threads: -1 uses all.

    The defaults were chosen, one after the other, on 16 validation meshes at 300, 1,000, 3,000 and 10,000 points with noise
    of 0.005 of the longest edge; trimming gained at most 0.008 of IoU and leaves hardly a mesh closed, so it is off.

    Raises MissingLibrary when Open3D cannot be imported, CloudError for fewer than 4 points or ones without extent, MeshError
    when no surface comes out.
    Source: Kazhdan, Hoppe, Screened Poisson Surface Reconstruction, 2013.
    """
    open3d = _open3d()
    points = np.asarray(points, dtype=np.float64).reshape(-1, 3)
    if len(points) < 4:
        raise CloudError(f"Poisson reconstruction needs at least 4 points, but was given {len(points)}.")
    frame = Frame.of(points)
    unit = frame.to_unit(points)
    if normals is None:
        normals = estimated_normals(unit)
    normals = np.asarray(normals, dtype=np.float64).reshape(-1, 3)
    if len(normals) != len(points):
        raise CloudError(f"{len(points)} points need as many normals, not {len(normals)}.")
    lengths = np.linalg.norm(normals, axis=1, keepdims=True)
    cloud = _cloud(open3d, unit)
    cloud.normals = open3d.utility.Vector3dVector(normals / np.maximum(lengths, 1e-300))
    with _quiet(open3d):
        surface, support = open3d.geometry.TriangleMesh.create_from_point_cloud_poisson(
            cloud,
            depth=depth,
            scale=scale,
            linear_fit=True,
            n_threads=threads,
            samples_per_node=samples_per_node,
            point_weight=point_weight,
        )
    if trim > 0.0:
        support = np.asarray(support)
        surface.remove_vertices_by_mask(support < np.quantile(support, trim))
    if not len(surface.triangles):
        raise MeshError(f"Poisson reconstruction found no surface through the {len(points)} points.")
    return frame.mesh_to_original(Mesh(np.asarray(surface.vertices), np.asarray(surface.triangles)))


def estimated_normals(points: ArrayLike, plane_neighbours: int = 16, tree_neighbours: int = 8) -> NDArray[np.float64]:
    """Unit normals of the points, (N, 3): planes fitted to the nearest neighbours, sides made consistent, outward as a whole.

    plane_neighbours: points that a plane is fitted to. tree_neighbours: links a point along which its side may be carried to
    others by a spanning tree; this may fail at thin parts and gaps. The defaults are a compromise: of nine choices, none put
    the most normals on the right side both at 300 and at 10,000 points of eleven validation meshes.

    Raises MissingLibrary when Open3D cannot be imported, CloudError for fewer than 4 points, ones without extent, or where
    no consistent sides are found.
    Source: Hoppe et al., Surface Reconstruction from Unorganized Points, 1992.
    """
    open3d = _open3d()
    points = np.asarray(points, dtype=np.float64).reshape(-1, 3)
    if len(points) < 4:
        raise CloudError(f"Normals are estimated from at least 4 points, but {len(points)} were given.")
    # the tree starts from a Delaunay mesh, whose maker gives up on points exactly on a sphere or a plane: a trace of noise
    trace = 1e-6 * np.random.default_rng(0).standard_normal(points.shape)
    cloud = _cloud(open3d, Frame.of(points).to_unit(points) + trace)
    cloud.estimate_normals(open3d.geometry.KDTreeSearchParamKNN(min(plane_neighbours, len(points) - 1)))
    try:
        with _quiet(open3d):
            cloud.orient_normals_consistent_tangent_plane(min(tree_neighbours, len(points) - 1))
    except RuntimeError as failure:
        reason = str(failure).strip().splitlines()[0]
        raise CloudError(f"The sides of {len(points)} estimated normals cannot be made consistent: {reason}") from failure
    normals = np.asarray(cloud.normals).copy()
    # the tree leaves open which side is out: more normals of a closed surface point away from its middle than towards it
    outward = ((points - points.mean(axis=0)) * normals).sum() >= 0.0
    return normals if outward else -normals


def _cloud(open3d: Any, points: NDArray) -> Any:
    return open3d.geometry.PointCloud(open3d.utility.Vector3dVector(points))


def _open3d() -> Any:
    try:
        import open3d  # pyright: ignore[reportMissingImports]
    except (ImportError, OSError) as failure:  # OSError: one of the system libraries that it needs is missing
        raise MissingLibrary(
            f"The Poisson baseline needs Open3D, which cannot be imported ({failure}); "
            "install it by `pip install 'occnet[open3d]'` and the system libraries that it names."
        ) from failure
    return open3d


def _quiet(open3d: Any) -> AbstractContextManager:
    """Let Open3D speak of errors only; afterwards as much as whoever else uses it has chosen."""
    return open3d.utility.VerbosityContextManager(open3d.utility.VerbosityLevel.Error)
