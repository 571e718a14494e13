"""How well a mesh agrees with the scan that it was made from: a closed mesh is not yet a right one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from occnet.geometry.half_edges import connected, vertex_parts
from occnet.geometry.sampling import sample_surface
from occnet.geometry.scan.bent_surface import bent_noise
from occnet.geometry.scan.spacing import local_spacing
from occnet.geometry.scan.verdict import Measures, Word, verdict_on
from occnet.mesh import Frame, Mesh

SeenEmpty = Callable[[NDArray[np.float64]], NDArray[np.bool_]]
"""Whether each of some places, (N, 3) in the scan's coordinates, lies where a sensor saw that nothing is, (N,)."""

_SPACINGS = 1.5  # the tolerance: points at random leave larger gaps in a few thousandths of a surface
_DEVIATIONS = 3.0  # and no point is farther off by noise but in three of a thousand
_LINKS = 9  # a point with its eight nearest, that hang together
_CORNERS = 50_000  # of the mesh, that are looked for near a point before its distance is computed
_SAMPLES = 20_000  # places on the surface, and points of the scan, that are looked at: shares to about half a percent


@dataclass(frozen=True)
class Agreement(Measures):
    """How a mesh and the points it was made from agree: the measures, and what they mean.

    verdict: good, partial or poor. reason: a plain sentence that says why.
    """

    verdict: Word
    reason: str

    def __str__(self) -> str:
        """A short table."""
        rows = [
            ("agreement", f"{self.verdict}: {self.reason}"),
            ("points far", f"{self.points_far:.1%} of the points are farther than {self.tolerance:.3g} from the mesh"),
            ("surface far", f"{self.area_far:.1%} of the surface is farther than that from every point"),
            ("pieces", f"{self.pieces:,}, of which the largest has {self.largest_piece:.1%} of the surface"),
        ]
        if self.area_seen_empty is not None:
            rows.insert(3, ("surface in the air", f"{self.area_seen_empty:.1%} of it is where a sensor saw that nothing is"))
        return "\n".join(f"{name:<20} {value}" for name, value in rows)


def agreement_of(
    mesh: Mesh, points: NDArray[np.floating], handles: int | None = None, seen_empty: SeenEmpty | None = None
) -> Agreement:
    """How a mesh with faces agrees with the points (N, 3) that it was made from, no two of them equal, at least 2.

    handles: holes through the mesh, if they are known. seen_empty: where sensors saw that nothing is. Distances are exact;
    shares are of 20,000 random places and of as many points.

    Raises MeshError when the faces have no area.
    """
    frame, generator = Frame.of(points), np.random.default_rng(0)
    unit, inside = frame.mesh_to_unit(mesh), frame.to_unit(points)
    tree = KDTree(inside)
    tolerance = np.maximum(_SPACINGS * local_spacing(inside, tree), _DEVIATIONS * bent_noise(inside, tree))
    places = sample_surface(unit, _SAMPLES, generator)[0]
    distance, nearest = tree.query(places)
    chosen = generator.permutation(len(inside))[:_SAMPLES]
    areas = _areas_of_parts(unit)
    measures = Measures(
        tolerance=float(np.median(tolerance)) * frame.scale,
        points_far=float(_farther(unit, inside[chosen], tolerance[chosen]).mean()),
        area_far=float((distance > tolerance[nearest]).mean()),
        area_seen_empty=None if seen_empty is None else float(seen_empty(frame.to_original(places)).mean()),
        pieces=len(areas),
        largest_piece=float(areas.max() / areas.sum()),
        handles=handles,
        groups=_groups(tree) if len(areas) > 1 else 1,
        points=len(points),
    )
    verdict = verdict_on(measures)
    return Agreement(**vars(measures), verdict=verdict.word, reason=verdict.reason)


def _areas_of_parts(mesh: Mesh) -> NDArray[np.float64]:
    """The area of each connected part of a mesh with faces, (P,); of one part alone, as most have, 1 in place of its area."""
    part = vertex_parts(mesh.faces, len(mesh.vertices))[mesh.faces[:, 0]]
    if (part == part[0]).all():
        return np.ones(1)
    return np.bincount(np.unique(part, return_inverse=True)[1], mesh.face_areas).astype(np.float64)


def _groups(tree: KDTree) -> int:
    """Into how many parts the points of a tree fall, or a little more: each hangs together with its nearest ones."""
    links = min(_LINKS, tree.n)
    near = np.asarray(tree.query(tree.data, k=links)[1]).reshape(-1)
    return int(connected(np.repeat(np.arange(tree.n), links), near, tree.n).max()) + 1


def _farther(mesh: Mesh, points: NDArray[np.float64], limits: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether each of the points (N, 3) is farther from the mesh than its limit (N,)."""
    corners = mesh.vertices[mesh.faces[:: 1 + len(mesh.faces) // _CORNERS, 0]]
    far = KDTree(corners, balanced_tree=False).query(points)[0] > limits  # a corner within the limit settles it, nearly always
    if far.any():
        import igl  # here, for it takes time to import

        tree = igl.AABB()
        tree.init(mesh.vertices, mesh.faces)
        squared = tree.squared_distance(mesh.vertices, mesh.faces, np.ascontiguousarray(points[far]))[0]
        far[far] = np.asarray(squared).reshape(-1) > limits[far] ** 2
    return far
