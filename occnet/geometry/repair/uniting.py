"""Bodies that overlap, united into one surface that keeps their faces and sharp edges."""

from __future__ import annotations

import manifold3d
import numpy as np

from occnet.geometry.repair.parting import bodies_of, parted
from occnet.mesh import Mesh


def united(mesh: Mesh) -> Mesh | None:
    """The union of the bodies of a closed, outward mesh, less its cavities, without the faces that lie within; float64.

    Where they do not meet, faces stay as they are. None where that cannot be: a body is not closed, or nothing would be left.
    What crosses itself within one body stays as it is, and a cavity is one in all bodies around it: compare the result.
    Coordinates are those of the mesh; the result may touch itself, and has no colours.
    """
    solids, cavities = [], []
    for body in bodies_of(parted(mesh)):
        made = manifold3d.Manifold(manifold3d.Mesh64(body.vertices.copy(), body.faces.astype(np.uint64)))
        if made.status() != manifold3d.Error.NoError:
            return None
        if body.volume > 0.0:
            solids.append(made)
        else:
            flipped = body.flipped()
            cavities.append(manifold3d.Manifold(manifold3d.Mesh64(flipped.vertices.copy(), flipped.faces.astype(np.uint64))))
    whole = manifold3d.Manifold.batch_boolean(solids, manifold3d.OpType.Add)
    if cavities:
        whole = whole - manifold3d.Manifold.batch_boolean(cavities, manifold3d.OpType.Add)
    arrays = whole.to_mesh64()
    if whole.status() != manifold3d.Error.NoError or not len(arrays.tri_verts):
        return None
    return Mesh(arrays.vert_properties[:, :3], arrays.tri_verts.astype(np.int64))
