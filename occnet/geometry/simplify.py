"""Fewer faces for the same solid, by collapsing the edges that matter least."""

from __future__ import annotations

import numpy as np

from occnet.errors import MeshError
from occnet.geometry.repair.crossings import without_crossings
from occnet.geometry.soundness.certificate import Certificate, certify
from occnet.mesh import Frame, Mesh

_INVISIBLE = 1e-5  # of the longest edge: what goes before edges are weighed against each other, which takes long


def simplify(mesh: Mesh, faces: int, tolerance: float = _INVISIBLE) -> Mesh:
    """A closed mesh with at most the given number of faces, or the fewest that keep its topology; colours and normals go.

    Where collapses make a few faces pass through each other, they are cut out and the hole is filled (see `without_crossings`);
    where they make many, collapses that do are left out. mesh: closed and manifold. faces: at least 4. tolerance: in longest
    edges, what may go before edges are weighed against each other (see `thinned`); the more, the sooner it is done.
    Raises MeshError when mesh is not closed and manifold, or the result would not be.
    Source: quadric error metrics, Garland and Heckbert 1997, by libigl; Mescheder et al. 2019, section 3.3.
    """
    if faces < 4:
        raise MeshError(f"A closed mesh has at least 4 faces, but {faces} were asked for.")
    _require_solid(mesh, "to be simplified")
    if len(mesh.faces) <= faces:
        return Mesh(mesh.vertices, mesh.faces)
    few = thinned(mesh, tolerance)
    if len(few.faces) > faces:
        mended = without_crossings(_collapsed(few, faces))
        few = mended[0] if mended is not None else _collapsed(few, faces, blocking=True)
    else:
        few = (without_crossings(few) or (few, 0))[0]
    _require_solid(few, "after simplification; ask for more faces")
    return few


def simplify_open(mesh: Mesh, faces: int) -> Mesh:
    """An open mesh with at most the given number of faces, or the fewest that keep its topology; colours and normals go.

    mesh: manifold and oriented, with boundaries, which keep their shape. Raises MeshError when the result would not be.
    Source: as of `simplify`.
    """
    if len(mesh.faces) <= faces:
        return Mesh(mesh.vertices, mesh.faces)
    few = _collapsed(mesh, faces)
    found = certify(few, examined_faces=0, open_surface=True)
    if not (found.edge_manifold and found.vertex_manifold and found.oriented):
        raise MeshError(f"The surface must be manifold after simplification, but has {found.problems}; ask for more faces.")
    return few


def thinned(mesh: Mesh, tolerance: float) -> Mesh:
    """The same surface with fewer faces where it is flat to within the tolerance, in longest edges; colours and normals go.

    It takes a tenth of the time of weighing all edges against each other. mesh: closed and manifold. A mesh that this would
    harm comes back as it is.
    Source: Manifold, by E. Lalish and others (Manifold::Simplify).
    """
    import manifold3d  # here, as below: it takes time to import, and a reconstruction does not need it

    made = manifold3d.Manifold(manifold3d.Mesh64(mesh.vertices.copy(), mesh.faces.astype(np.uint64)))
    arrays = made.simplify(tolerance * float(np.ptp(mesh.vertices, axis=0).max())).to_mesh64()
    result = Mesh(arrays.vert_properties[:, :3], arrays.tri_verts.astype(np.int64))
    return result if _is_solid(certify(result, examined_faces=0)) else Mesh(mesh.vertices, mesh.faces)


def _collapsed(mesh: Mesh, faces: int, blocking: bool = False) -> Mesh:
    """blocking: never collapse an edge where faces would pass through each other after it, which takes three times as long."""
    import igl

    frame = Frame.of(mesh.vertices)  # quadrics are sums of fourth powers of coordinates: keep these near 1
    triangles = np.asfortranarray(mesh.faces.astype(np.int32))
    vertices, kept, _, _ = igl.qslim(np.asfortranarray(frame.to_unit(mesh.vertices)), triangles, faces, blocking)
    return Mesh(frame.to_original(vertices), np.asarray(kept))


def _is_solid(found: Certificate) -> bool:
    return found.closed and found.edge_manifold and found.vertex_manifold and found.oriented


def _require_solid(mesh: Mesh, when: str) -> None:
    found = certify(mesh, examined_faces=0)
    if not _is_solid(found):
        raise MeshError(f"The mesh must be closed and manifold {when}, but has {found.problems}.")
