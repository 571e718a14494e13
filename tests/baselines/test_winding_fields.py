"""Winding fields of points: the gradients by differences, sides without normals, and meshes as what they came from."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from occnet.baselines.baseline import BASELINES
from occnet.baselines.oriented_winding import areas_of, inverse_cubes, winding, winding_mesh
from occnet.baselines.winding_consistency import _gradients, _numbers, _transposed, consistent_mesh, consistent_normals
from occnet.errors import CloudError
from occnet.field import Torus
from occnet.geometry.soundness.certificate import certify


def torus(count: int, noise: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Points spread over a torus by area, and their outward normals."""
    generator = np.random.default_rng(0)
    around, across = generator.uniform(0, 2 * np.pi, (2, 4 * count))
    kept = np.flatnonzero(generator.uniform(0, 0.4, 4 * count) < 0.3 + 0.1 * np.cos(across))[:count]
    around, across = around[kept], across[kept]
    normals = np.stack([np.cos(across) * np.cos(around), np.cos(across) * np.sin(around), np.sin(across)], axis=1)
    centres = 0.3 * np.stack([np.cos(around), np.sin(around), 0 * around], axis=1)
    return centres + 0.1 * normals + noise * generator.standard_normal(normals.shape), normals


def test_the_winding_number_is_one_inside_and_nothing_outside() -> None:
    points, normals = (torch.from_numpy(part) for part in torus(2000))
    areas, width = areas_of(points)
    assert areas.sum().item() == pytest.approx(4 * np.pi**2 * 0.3 * 0.1, rel=0.15)
    queries = torch.tensor([[0.3, 0.0, 0.0], [0.0, -0.3, 0.02], [0.0, 0.0, 0.0], [0.45, 0.0, 0.0]], dtype=torch.float64)
    inside, also, hole, beyond = (winding(queries, points, normals * areas[:, None], width) / areas.sum() * 1.184).tolist()
    assert (inside, also) == pytest.approx((1.0, 1.0), abs=0.1)
    assert (hole, beyond) == pytest.approx((0.0, 0.0), abs=0.1)


def test_numbers_transpose_and_gradients_are_what_their_names_say() -> None:
    generator = torch.Generator().manual_seed(0)
    points, weighted = torch.rand(2, 30, 3, dtype=torch.float64, generator=generator)
    values, width = torch.rand(30, dtype=torch.float64, generator=generator), 0.15
    near = inverse_cubes(points, points, width) / (4 * torch.pi)
    numbers = _numbers(near, points, weighted)
    torch.testing.assert_close(numbers, winding(points, points, weighted, width))
    assert (numbers @ values).item() == pytest.approx((_transposed(near, points, values) * weighted).sum().item())
    places = points.clone().requires_grad_()
    winding(places, points, weighted, width).sum().backward()
    assert places.grad is not None
    torch.testing.assert_close(_gradients(near, points, weighted, width), places.grad, rtol=1e-6, atol=1e-8)


def test_sides_are_found_without_normals() -> None:
    points, normals = torus(600, noise=0.004)
    found = consistent_normals(torch.from_numpy(points)).numpy()
    cosines = (found * normals).sum(axis=1) / np.linalg.norm(found, axis=1)
    assert (cosines > 0).mean() > 0.99
    assert np.median(cosines) > 0.9


@pytest.mark.parametrize("told", [True, False])
def test_the_mesh_is_closed_has_the_hole_and_the_volume_wherever_it_lies(told: bool) -> None:
    points, normals = torus(800, noise=0.002)
    placed = 50.0 * points + [1000.0, 0.0, -7.0]
    mesh = winding_mesh(placed, normals, resolution=48) if told else consistent_mesh(placed, resolution=48)
    certificate = certify(mesh, examined_faces=0)
    assert certificate.ok
    assert certificate.genus == 1
    assert mesh.volume / 50.0**3 == pytest.approx(2 * np.pi**2 * 0.3 * 0.1**2, rel=0.15)
    back = torch.from_numpy((mesh.vertices - [1000.0, 0.0, -7.0]) / 50.0)
    assert Torus(0.3, 0.1)(back).abs().mean() < 0.01


def test_too_few_points_are_refused_and_both_are_baselines_for_points() -> None:
    with pytest.raises(CloudError, match="at least 4 points"):
        consistent_mesh(np.zeros((3, 3)))
    assert {BASELINES[name].reads for name in ("winding_true_normals", "winding_consistency")} == {"points"}
