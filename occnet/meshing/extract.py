"""The door of the engine: a field in, a watertight mesh out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from occnet.cube import PADDED_BOUNDS
from occnet.field import Field, logit_of
from occnet.mesh import Mesh
from occnet.meshing.dual_contouring import dual_surface
from occnet.meshing.evaluation import Evaluation
from occnet.meshing.extraction_options import ExtractionOptions
from occnet.meshing.extraction_progress import Progress, ProgressReport
from occnet.meshing.following import CrossingCells, count_corners
from occnet.meshing.gradients import crossing_normals, outward_normals
from occnet.meshing.lattice import Lattice, Triple
from occnet.meshing.marching_cubes import triangles
from occnet.meshing.memory_limit import KEPT_BYTES, MemoryBudget
from occnet.meshing.octree import find_crossing_cells
from occnet.meshing.smoothing import smoothed_on_edges
from occnet.meshing.vertices import CrossingEdges, place_vertices
from occnet.vectors import normalized


@dataclass(frozen=True, eq=False)
class Extraction:
    """A mesh and what it cost: points evaluated and seconds of wall time, by phase; cells: those that the surface crosses."""

    mesh: Mesh
    evaluations: dict[str, int]
    seconds: dict[str, float]
    cells: CrossingCells

    @cached_property
    def minimum_evaluations(self) -> int:
        """Corners of the crossing cells of the finest lattice, which no extraction can do without."""
        return count_corners(self.cells)

    @property
    def grid_evaluations(self) -> int:
        """Points evaluated to find the surface: all but those for the places and normals of vertices."""
        return sum(count for phase, count in self.evaluations.items() if phase not in ("vertices", "normals"))

    @property
    def ratio(self) -> float:
        """Points evaluated to find the surface, in units of the minimum."""
        return self.grid_evaluations / self.minimum_evaluations


def extract_mesh(
    field: Field,
    *,
    resolution: int = 256,
    bounds: tuple[Triple, Triple] = PADDED_BOUNDS,
    threshold: float = 0.5,
    seeds: ArrayLike | Tensor | None = None,
    device: torch.device | str | None = None,
    progress: Progress | None = None,
    options: ExtractionOptions | None = None,
) -> Mesh:
    """The closed surface of a field: every edge has two faces, every vertex one fan, faces wind outward.

    field: points (N, 3) float32 on device -> logits (N,), a tensor or a numpy array; larger inside. A logit above the
        threshold's is inside; ties and NaN are outside; infinite logits are allowed. For a function that needs numpy arrays
        see NumpyField.
    resolution: cells along the longest edge of bounds.
    bounds: lowest and highest corner; outside of it is outside, so that what crosses the boundary is closed there.
    threshold: probability in (0, 1) at the surface.
    seeds: (N, 3) points on the surface (an input cloud); parts near them are found however coarse the starting grid is.
    device: where the field is evaluated; default: the field's own `device` if it has one, else the CPU.
    progress: called with the share done (0..1) and the phase; raise in it to cancel.

    Raises EmptySurface when the field is on one side of the threshold wherever it was evaluated, ExtractionTooLarge when
    options.memory_limit does not suffice, ValueError when an argument is out of range or the field's answer has a wrong shape.
    Source: multiresolution isosurface extraction, Mescheder et al. 2019, section 3.3; here sparse, see meshing/octree.py.
    """
    return extract(
        field,
        resolution=resolution,
        bounds=bounds,
        threshold=threshold,
        seeds=seeds,
        device=device,
        progress=progress,
        options=options,
    ).mesh


def extract(
    field: Field,
    *,
    resolution: int = 256,
    bounds: tuple[Triple, Triple] = PADDED_BOUNDS,
    threshold: float = 0.5,
    seeds: ArrayLike | Tensor | None = None,
    device: torch.device | str | None = None,
    progress: Progress | None = None,
    options: ExtractionOptions | None = None,
) -> Extraction:
    """What extract_mesh returns, with counts of evaluations and seconds by phase; the same arguments."""
    options = options or ExtractionOptions()
    report = ProgressReport(progress)
    where = torch.device(device or getattr(field, "device", None) or "cpu")
    evaluation = Evaluation(field, logit_of(threshold), where, options, report)
    points = None
    if seeds is not None:
        points = seeds.detach() if isinstance(seeds, Tensor) else torch.from_numpy(np.array(seeds, dtype=np.float64))
        points = points.reshape(-1, 3).to(device=evaluation.keys_device, dtype=torch.float64)
    memory = MemoryBudget(options.memory_limit, KEPT_BYTES[options.method])
    cells = find_crossing_cells(Lattice.of(bounds, resolution), evaluation, options, points, memory)
    report.phase("vertices", 0.9, 2 * len(cells.keys))
    with evaluation.timed("vertices"):
        edges = place_vertices(cells, evaluation, options)
    cells.table.clear()
    report.phase("faces", 1.0, len(edges.keys))
    surface = _dual_contouring if options.method == "dual_contouring" else _marching_cubes
    mesh = surface(cells, edges, evaluation, options)
    report.phase("done", 1.0)
    return Extraction(mesh, dict(evaluation.counts), dict(evaluation.seconds), cells)


def _marching_cubes(cells: CrossingCells, edges: CrossingEdges, evaluation: Evaluation, options: ExtractionOptions) -> Mesh:
    normals = None
    if options.normals:
        with evaluation.timed("normals"):
            normals = crossing_normals(cells, edges, evaluation)
    with evaluation.timed("faces"):
        positions, faces = edges.positions, triangles(cells, edges.keys)
    if options.smoothing:
        with evaluation.timed("smoothing"):
            positions = smoothed_on_edges(cells, edges, faces, options.smoothing)
    return _to_mesh(positions, faces, normals)


def _dual_contouring(cells: CrossingCells, edges: CrossingEdges, evaluation: Evaluation, options: ExtractionOptions) -> Mesh:
    with evaluation.timed("normals"):
        normals = crossing_normals(cells, edges, evaluation)
    with evaluation.timed("faces"):
        vertices, faces = dual_surface(cells, edges, normals)
    normals = None
    if options.normals:
        with evaluation.timed("normals"):
            normals = outward_normals(evaluation, vertices, min(cells.lattice.step))
    return _to_mesh(vertices, faces, normals)


def _to_mesh(vertices: Tensor, faces: Tensor, normals: Tensor | None) -> Mesh:
    mesh = Mesh(vertices.cpu().numpy(), faces.cpu().numpy())
    if normals is None:
        return mesh
    result = normals.cpu().numpy().copy()
    unknown = ~result.any(axis=1)  # the field is flat there: the mean of the faces around, weighted by area
    around = np.zeros_like(result)
    np.add.at(around, mesh.faces, mesh.face_normals[:, None])
    result[unknown] = normalized(around[unknown])
    return replace(mesh, normals=result)
