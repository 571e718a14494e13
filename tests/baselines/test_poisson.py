"""The Poisson baseline on shapes that it must get right, and what it says where it cannot run."""

from __future__ import annotations

import builtins

import numpy as np
import pytest
from numpy.typing import NDArray

from occnet.baselines.poisson import estimated_normals, poisson_mesh
from occnet.errors import CloudError, MissingLibrary

try:
    import open3d  # noqa: F401  # pyright: ignore[reportMissingImports]

    WHY_NOT = ""
except (ImportError, OSError) as failure:
    WHY_NOT = f"Open3D cannot be imported: {failure}"

needs_open3d = pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT)


def _sphere(count: int, noise: float = 0.0) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    generator = np.random.default_rng(0)
    normals = generator.standard_normal((count, 3))
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    return 0.5 * normals + noise * generator.standard_normal((count, 3)), normals


@needs_open3d
@pytest.mark.parametrize("given", [True, False])
def test_a_sphere_comes_back_outward_and_with_its_volume(given: bool) -> None:
    points, normals = _sphere(2000, 0.003)
    mesh = poisson_mesh(points, normals if given else None, depth=6, threads=1)
    assert mesh.volume == pytest.approx(np.pi / 6, rel=0.02)
    assert np.abs(np.linalg.norm(mesh.vertices, axis=1) - 0.5).mean() < 0.004


@needs_open3d
def test_open3d_speaks_as_before() -> None:
    import open3d  # pyright: ignore[reportMissingImports]

    with open3d.utility.VerbosityContextManager(open3d.utility.VerbosityLevel.Debug):
        poisson_mesh(_sphere(500)[0], depth=4, threads=1)
        assert open3d.utility.get_verbosity_level() == open3d.utility.VerbosityLevel.Debug


@needs_open3d
def test_coordinates_are_those_of_the_input() -> None:
    points, normals = _sphere(1000)
    shift = np.array([1e6, -2e6, 5e5])
    mesh = poisson_mesh(points * 1e3 + shift, normals, depth=5, threads=1)
    radius = np.linalg.norm(mesh.vertices - shift, axis=1)
    assert np.abs(radius - 500.0).max() < 15.0


@needs_open3d
def test_trimming_cuts_where_support_is_thin() -> None:
    points, normals = _sphere(3000)
    half = points[:, 2] > -0.3  # the bottom is missing
    whole = poisson_mesh(points[half], normals[half], depth=5, threads=1)
    cut = poisson_mesh(points[half], normals[half], depth=5, trim=0.08, threads=1)
    assert whole.vertices[:, 2].min() < -0.35
    assert cut.vertices[:, 2].min() > whole.vertices[:, 2].min() + 0.02
    assert len(cut.vertices) < 0.95 * len(whole.vertices)


@needs_open3d
def test_estimated_normals_point_outward() -> None:
    points, normals = _sphere(500)  # exactly on a sphere, where Delaunay meshes are not unique
    assert ((estimated_normals(points * 100 + 7) * normals).sum(axis=1) > 0.95).all()


@needs_open3d
def test_too_few_points_and_unequal_counts_are_clear_errors() -> None:
    points, normals = _sphere(50)
    with pytest.raises(CloudError, match="at least 4 points"):
        poisson_mesh(points[:3], normals[:3])
    with pytest.raises(CloudError, match="as many normals"):
        poisson_mesh(points, normals[:-1])


def test_without_open3d_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    original = builtins.__import__

    def without(name: str, *rest: object, **named: object) -> object:
        if name == "open3d":
            raise ImportError("No module named 'open3d'")
        return original(name, *rest, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingLibrary, match=r"occnet\[open3d\]"):
        poisson_mesh(*_sphere(10))
