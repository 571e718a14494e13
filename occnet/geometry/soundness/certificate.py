"""A certificate for a mesh: whether it bounds a solid, and if not, what is wrong with it and how often."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from occnet.geometry.half_edges import HalfEdges, connected, following
from occnet.geometry.soundness.intersections import self_meetings
from occnet.geometry.usual_size import UsualSize
from occnet.geometry.welding import repeated
from occnet.geometry.winding import depths
from occnet.mesh import Mesh
from occnet.vectors import cross_of_columns

Integers = NDArray[np.int64]

EXAMINED_FACES = 200_000  # up to so many faces all pairs are examined for intersections, above a random sample of them


@dataclass(frozen=True)
class Certificate:
    """What is known of a mesh. Counts of defects are 0 for a mesh that bounds a solid; `ok` says that all of them are.

    boundary_edges, crowded_edges: edges with one face, with more than two. misdirected_edges: edges whose two faces run along
    them in the same direction. pinched_vertices: vertices with more than one fan of faces. inward_components: components that
    wind inward where they should wind outward, or the other way around (the walls of a cavity wind inward); it is only
    known of closed meshes. degenerate_faces: faces with a repeated corner or without area. coincident_vertices: vertices
    at the place of an earlier one. unused_vertices: vertices of no face, which is no defect. intersecting_pairs: pairs of faces
    that pass through each other, touching_pairs: that merely touch, but beyond the vertices that they have in common, among all
    pairs with one of examined_faces faces. manifold3d: what that library says of the mesh, or None where it was not asked.
    genus: handles, summed over the components; None where the mesh is not a manifold of its kind. boundaries: lines of boundary
    edges. open_surface: whether it is to be a surface that ends somewhere, and not to bound a solid; then boundary edges are no
    defect, and manifold3d, which knows solids alone, is not asked.
    """

    vertices: int
    faces: int
    components: int
    boundary_edges: int
    crowded_edges: int
    misdirected_edges: int
    pinched_vertices: int
    inward_components: int
    degenerate_faces: int
    duplicate_faces: int
    coincident_vertices: int
    unused_vertices: int
    intersecting_pairs: int
    touching_pairs: int
    examined_faces: int
    euler_number: int
    genus: int | None
    volume: float
    area: float
    manifold3d: str | None
    boundaries: int = 0
    open_surface: bool = False

    @property
    def closed(self) -> bool:
        """Whether there are faces and no edge has only one."""
        return self.faces > 0 and self.boundary_edges == 0

    @property
    def edge_manifold(self) -> bool:
        """Whether no edge has more than two faces."""
        return self.crowded_edges == 0

    @property
    def vertex_manifold(self) -> bool:
        """Whether every vertex has one fan of faces."""
        return self.pinched_vertices == 0

    @property
    def oriented(self) -> bool:
        """Whether neighbouring faces wind alike."""
        return self.misdirected_edges == 0

    @property
    def outward(self) -> bool:
        """Whether all components wind outward, cavities inward."""
        return self.closed and self.oriented and self.inward_components == 0

    @property
    def problems(self) -> dict[str, int]:
        """The defects found, with their counts."""
        names = (
            "boundary_edges crowded_edges misdirected_edges pinched_vertices inward_components degenerate_faces duplicate_faces"
            " coincident_vertices intersecting_pairs touching_pairs"
        )
        found = {name.replace("_", " "): getattr(self, name) for name in names.split()}
        found["no faces"] = int(self.faces == 0)
        found[f"manifold3d: {self.manifold3d}"] = int(self.manifold3d not in (None, "NoError"))
        if self.open_surface:
            found = {name: count for name, count in found.items() if not name.startswith(("boundary", "manifold3d"))}
        return {name: count for name, count in found.items() if count}

    @property
    def ok(self) -> bool:
        """Whether the mesh bounds a solid, or is a surface where one is to be, and nothing at all is wrong with it."""
        return not self.problems

    def __str__(self) -> str:
        """A short table."""
        examined = "all pairs" if self.examined_faces == self.faces else f"{self.examined_faces:,} faces sampled"
        yes = {True: "yes", False: "NO"}
        unused = f" ({self.unused_vertices:,} of no face)" if self.unused_vertices else ""
        ends = f"{self.boundaries:,} {'boundary' if self.boundaries == 1 else 'boundaries'} of {self.boundary_edges:,} edges"
        oriented = yes[self.oriented] if self.open_surface else f"{yes[self.oriented]}, {yes[self.outward]}"
        solid = [] if self.open_surface else [("manifold3d", self.manifold3d or "not asked; occnet check does")]
        rows = [
            ("vertices, faces", f"{self.vertices:,}{unused}, {self.faces:,}"),
            ("open", ends) if self.open_surface else ("closed", "yes" if self.closed else f"NO: {ends}"),
            ("edge-manifold", yes[self.edge_manifold]),
            ("vertex-manifold", yes[self.vertex_manifold]),
            ("oriented" if self.open_surface else "oriented, outward", oriented),
            ("self-intersections", f"{self.intersecting_pairs:,} ({examined})"),
            ("components, genus", f"{self.components:,}, {'unknown' if self.genus is None else self.genus}"),
            ("area", f"{self.area:.6g}") if self.open_surface else ("volume, area", f"{self.volume:.6g}, {self.area:.6g}"),
            *solid,
            ("problems", ", ".join(f"{count:,} {name}" for name, count in self.problems.items()) or "none"),
        ]
        return "\n".join(f"{name:<20} {value}" for name, value in rows)


def certify(
    mesh: Mesh,
    *,
    examined_faces: int = EXAMINED_FACES,
    seed: int = 0,
    second_opinion: bool = True,
    open_surface: bool = False,
) -> Certificate:
    """What can be said of a mesh.

    examined_faces: of a mesh with more faces, a random sample of so many is examined for intersections; 0 examines none.
    seed: of that sample. second_opinion: whether manifold3d is asked, too; it takes as long as all else but intersections, and
    has nothing to add to a mesh without a defect. open_surface: whether the mesh need not be closed.
    """
    usual = UsualSize.of(mesh)
    mesh = usual.mesh
    faces, measures = mesh.faces, _Measures(mesh)
    edges = HalfEdges(faces)
    boundary, crowded = int((edges.sizes == 1).sum()), int((edges.sizes > 2).sum())
    misdirected = int(((edges.sizes == 2) & ((edges.excess != 0) | ~edges.proper)).sum())
    used = np.zeros(len(mesh.vertices), dtype=bool)
    used[faces] = True
    one, other = edges.neighbours()
    labels = connected(one // 3, other // 3, len(faces))
    components = int(labels.max(initial=-1)) + 1
    pinched = _pinched_vertices(edges)
    sound = boundary == crowded == misdirected == 0 and len(faces) > 0
    euler = int(used.sum()) - len(edges.sizes) + len(faces)
    boundaries = _boundaries(edges) if boundary else 0
    whole = crowded == misdirected == pinched == 0 and len(faces) > 0 and (open_surface or not boundary)
    examined = min(examined_faces, len(faces))
    sample = None
    if examined < len(faces):
        sample = np.sort(np.random.default_rng(seed).choice(len(faces), examined, replace=False))
    meetings = self_meetings(mesh, sample)
    return Certificate(
        vertices=len(mesh.vertices),
        faces=len(faces),
        components=components,
        boundary_edges=boundary,
        crowded_edges=crowded,
        misdirected_edges=misdirected,
        pinched_vertices=pinched,
        inward_components=_inward_components(mesh, measures.volumes, labels, components) if sound else 0,
        degenerate_faces=measures.degenerate,
        duplicate_faces=repeated(_ascending(faces)),
        coincident_vertices=repeated(mesh.vertices),
        unused_vertices=int((~used).sum()),
        intersecting_pairs=len(meetings.crossing),
        touching_pairs=len(meetings.touching),
        examined_faces=examined,
        euler_number=euler,
        genus=(2 * components - boundaries - euler) // 2 if whole else None,
        volume=usual.original(measures.volumes.sum(), 3),
        area=usual.original(measures.areas.sum(), 2),
        manifold3d=_manifold3d_status(mesh) if second_opinion and not open_surface else None,
        boundaries=boundaries,
        open_surface=open_surface,
    )


def _boundaries(edges: HalfEdges) -> int:
    """Number of lines that the edges with one face form."""
    rim = edges.sizes == 1
    vertices, ends = np.unique(np.concatenate([edges.low[rim], edges.high[rim]]), return_inverse=True)
    one, other = ends.reshape(2, -1)
    return int(connected(one, other, len(vertices)).max(initial=-1)) + 1


def _pinched_vertices(edges: HalfEdges) -> int:
    """Number of vertices whose faces do not form one fan."""
    one, other = edges.neighbours()
    alike = edges.start[one] == edges.start[other]  # both run the same way: their starts coincide; else start and end
    joined = np.where(alike, other, following(other)), np.where(alike, following(other), other)
    fan = connected(np.concatenate([one, following(one)]), np.concatenate(joined), len(edges.start))
    place = np.zeros(int(fan.max(initial=-1)) + 1, dtype=np.int64)
    place[fan] = edges.start  # a fan is at one vertex
    return int((np.bincount(place) > 1).sum())


def _ascending(faces: Integers) -> Integers:
    """The vertices of each face in ascending order, (F, 3), as a sort finds them, which takes ten times as long."""
    a, b, c = faces.T
    low, high = np.minimum(np.minimum(a, b), c), np.maximum(np.maximum(a, b), c)
    return np.stack([low, a + b + c - low - high, high], axis=1)


class _Measures:
    """Of each face: its area, and the volume between it and the middle of the mesh, signed; and how many have no area.

    degenerate: faces with a repeated corner or a height below 1e-12 of the mesh's diagonal.
    """

    def __init__(self, mesh: Mesh) -> None:
        self.areas: NDArray[np.float64] = np.zeros(len(mesh.faces))
        self.volumes = self.areas
        self.degenerate = 0
        if not len(mesh.faces):
            return
        centered = np.ascontiguousarray((mesh.vertices - mesh.vertices.mean(axis=0)).T)  # an axis at a time
        a, b, c = (centered.take(mesh.faces[:, corner], axis=1) for corner in range(3))
        sides = (b - a, c - b, a - c)
        normal = cross_of_columns(sides[0], sides[1])
        self.areas = 0.5 * np.sqrt(_squares(normal))
        self.volumes = np.einsum("in,in->n", a, normal) / 6.0
        longest = np.sqrt(np.maximum(np.maximum(_squares(sides[0]), _squares(sides[1])), _squares(sides[2])))
        height = 2.0 * self.areas / longest.clip(min=np.finfo(np.float64).tiny)
        self.degenerate = int((height <= 1e-12 * np.linalg.norm(np.ptp(mesh.vertices, axis=0))).sum())


def _squares(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Squared lengths of vectors (3, N), (N,)."""
    return np.einsum("in,in->n", vectors, vectors)


def _inward_components(mesh: Mesh, volumes: NDArray[np.float64], labels: NDArray[np.int32], components: int) -> int:
    """Components of a closed mesh that wind the wrong way for where they lie; volumes: (F,) signed, of each face.

    At a component's highest vertex along x the winding number of the others tells in how many of them it lies: in none, it must
    enclose a positive volume; in one, it bounds a cavity, a negative one.
    """
    volumes = np.asarray(np.bincount(labels, weights=volumes, minlength=components), dtype=np.float64)
    if components == 1:
        return int(volumes[0] <= 0)
    corners = mesh.faces[np.arange(len(labels)), mesh.vertices[mesh.faces, 0].argmax(axis=1)]
    order = np.lexsort((mesh.vertices[corners, 0], labels))
    last = np.append(np.diff(labels[order]) > 0, True)
    depth = np.round(depths(mesh, labels, mesh.vertices[corners[order[last]]]))
    right = ((volumes > 0) & (depth == 0)) | ((volumes < 0) & (depth == 1))
    return int((~right).sum())


def _manifold3d_status(mesh: Mesh) -> str:
    import manifold3d  # here: it takes time to import, and a reconstruction does not need it

    arrays = manifold3d.Mesh64(mesh.vertices.copy(), mesh.faces.astype(np.uint64))
    return manifold3d.Manifold(arrays).status().name
