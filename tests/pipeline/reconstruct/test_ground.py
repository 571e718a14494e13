"""Things on a table become solids that stand on it, or without it on a flat bottom."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial import KDTree
from torch import Tensor

import occnet
from occnet.data.samples import Reader
from occnet.field import Field, Sphere
from occnet.geometry.sampling import sample_surface
from occnet.observations.reading_options import CloudReading
from occnet.pipeline.reconstruct.reconstruct_options import ReconstructOptions
from tests.geometry.ground.table_scene import BOX, HEIGHT, RADIUS, table_scan


class BallModel:
    """Stands in for a network that sees a ball in whatever it is shown."""

    reads = "points"
    threshold = 0.5
    adaptive = False
    reader = Reader("points", local=True)

    def field(self, observation: Tensor) -> Field:
        del observation
        ball = Sphere(0.5)
        return lambda points: 50.0 * ball(points)  # as steep as a network


def options(ground: str, resolution: int) -> ReconstructOptions:
    return ReconstructOptions(CloudReading(ground=ground), resolution=resolution)  # type: ignore[arg-type]


def test_what_is_kept_of_a_table_is_one_solid_and_what_is_left_of_it_ends_at_its_plane() -> None:
    scan = table_scan()
    kept = occnet.reconstruct(scan, options("keep", 48), model=BallModel())  # type: ignore[arg-type]
    assert kept.certificate.ok
    assert kept.certificate.components == 1
    np.testing.assert_allclose(kept.mesh.bounds[:, :2], [[-1, -0.8], [1, 0.8]], atol=0.01)
    assert kept.mesh.bounds[0, 2] == pytest.approx(-0.04, abs=0.002)
    left = occnet.reconstruct(scan, options("remove", 48), model=BallModel())  # type: ignore[arg-type]
    assert left.certificate.ok
    assert left.certificate.components == 2
    assert left.mesh.bounds[0, 2] == pytest.approx(0.0, abs=1e-3)
    flat = np.abs(left.mesh.vertices[:, 2]) < 1e-3
    assert flat.sum() > 50
    assert left.mesh.bounds[1, 0] - left.mesh.bounds[0, 0] < 1.5  # without the table


def test_the_shipped_model_makes_the_things_that_are_there() -> None:
    scan = table_scan(density=8000.0, noise=0.001)
    result = occnet.reconstruct(scan, options("remove", 64))
    assert result.certificate.ok
    assert result.certificate.components == 2
    truth = np.pi * RADIUS**2 * HEIGHT + float(np.prod(BOX[1] - BOX[0]))
    assert result.mesh.volume == pytest.approx(truth, rel=0.05)
    points, _, _ = sample_surface(result.mesh, 20_000, np.random.default_rng(0))
    high = scan[scan[:, 2] > 0.02]
    assert np.quantile(KDTree(points).query(high)[0], 0.99) < 0.02
