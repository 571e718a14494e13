"""The extraction engine against exact solids and against the dense grid."""

import math

import pytest
import torch

from occnet.errors import EmptySurface
from occnet.field import Box, Sphere, Torus
from occnet.meshing import extract, extract_mesh


def euler_number(mesh):
    edges = {tuple(sorted(edge)) for face in mesh.faces.tolist() for edge in zip(face, face[1:] + face[:1], strict=True)}
    return len(mesh.vertices) - len(edges) + len(mesh.faces)


@pytest.mark.parametrize(
    ("field", "volume", "euler"),
    [
        (Sphere(0.4), 4 / 3 * math.pi * 0.4**3, 2),
        (Torus(0.3, 0.1), 2 * math.pi**2 * 0.3 * 0.01, 0),
        (Box(), 0.8 * 0.6 * 0.4, 2),
    ],
)
def test_volume_and_topology(field, volume, euler):
    mesh = extract_mesh(field, resolution=96)
    assert mesh.volume == pytest.approx(volume, rel=5e-3)
    assert euler_number(mesh) == euler


def test_constant_field_has_no_surface():
    for sign in (-1.0, 1.0):
        with pytest.raises(EmptySurface, match="no surface"):
            extract(lambda points, sign=sign: torch.full((len(points),), sign), resolution=64)
