"""Views are the symmetries of the cube, and their mean is that of the answers where the first is not sure."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from occnet.field import Field, Mean, Sphere, logit_of
from occnet.inference.augmentation import SymmetricField, TurnedField
from occnet.inference.ensemble import mean_field
from occnet.inference.threshold import LEAST_THRESHOLD
from occnet.meshing import extract_mesh
from occnet.observations.subsamples import BEST_POINTS, LEAST_NOISE, MOST_POINTS, readings, sample_size, subsamples
from occnet.observations.symmetries import SYMMETRIES, Symmetry

POINTS = torch.rand(500, 3, generator=torch.Generator().manual_seed(0)) - 0.5


def steep(offset: float) -> Field:
    """100 times the distance below the plane z = offset."""
    return lambda points: 100.0 * (offset - points[:, 2])


def test_the_views_are_the_48_symmetries_of_the_cube() -> None:
    matrices = torch.stack([Symmetry.of(number).turned(torch.eye(3)) for number in range(SYMMETRIES)])
    assert torch.equal(matrices[0], torch.eye(3))
    assert torch.equal(matrices @ matrices.transpose(1, 2), torch.eye(3).expand(SYMMETRIES, 3, 3))
    assert len(torch.unique(matrices, dim=0)) == SYMMETRIES
    assert sorted(torch.linalg.det(matrices).round().tolist()) == [-1.0] * 24 + [1.0] * 24


def test_normals_turn_with_their_points() -> None:
    for number in range(SYMMETRIES):
        both = Symmetry.of(number).turned(torch.cat([POINTS, 2.0 * POINTS], dim=1))
        assert torch.equal(both[:, 3:], 2.0 * both[:, :3])
        torch.testing.assert_close((both[:, :3] @ both[:, :3].T), POINTS @ POINTS.T)


class OffCentre:
    """Stands in for a network that sees a ball around the mean of the points, too far along the x axis of its symmetry."""

    device = torch.device("cpu")

    def __init__(self, error: float) -> None:
        self.error, self.seen = error, []

    def field(self, observation: Tensor) -> Sphere:
        self.seen.append(observation)
        x, y, z = observation[:, :3].mean(dim=0).tolist()
        return Sphere(0.3, (x + self.error, y, z))


def test_a_turned_observation_is_answered_in_its_own_axes() -> None:
    cloud = POINTS + 0.1 * torch.tensor([1.0, 2.0, 3.0])
    truth = OffCentre(0.0).field(cloud)(POINTS)
    for number in range(SYMMETRIES):
        symmetry = Symmetry.of(number)
        field = TurnedField(OffCentre(0.0).field(symmetry.turned(cloud)), symmetry)
        torch.testing.assert_close(field(POINTS), truth, atol=1e-5, rtol=0.0)


def test_errors_that_differ_between_views_are_averaged_out() -> None:
    cloud = POINTS - POINTS.mean(dim=0)
    truth = Sphere(0.3)(POINTS)

    def error(symmetries: int) -> float:
        return float((mean_field(OffCentre(0.05), readings([cloud], symmetries))(POINTS) - truth).abs().mean())  # type: ignore[arg-type]

    assert error(1) > 0.02
    assert error(SYMMETRIES) < 0.15 * error(1)


def test_samples_are_seen_in_turn_and_each_at_least_once() -> None:
    samples = subsamples(POINTS, most=3, size=200)
    assert [len(sample) for sample in samples] == [200, 200, 200]
    for symmetries, seen in ((1, 3), (2, 3), (3, 3), (5, 5)):
        network = OffCentre(0.0)
        mean_field(network, readings(samples, symmetries))  # type: ignore[arg-type]
        assert len(network.seen) == seen
        for number, observation in enumerate(network.seen):
            assert torch.equal(observation, Symmetry.of(number % symmetries).turned(samples[number % 3]))


def test_the_mean_counts_near_the_level_and_the_first_alone_far_from_it() -> None:
    fields = (steep(0.0), steep(0.01), steep(0.03))
    field, mean = SymmetricField(fields), Mean(fields)
    first = fields[0](POINTS)
    near, far = first.abs() <= 4.0, first.abs() >= 6.0
    assert near.sum() > 20
    assert far.sum() > 300
    torch.testing.assert_close(field(POINTS)[near], mean(POINTS)[near])
    assert torch.equal(field(POINTS)[far], first[far])
    line = torch.stack([torch.zeros(20_001), torch.zeros(20_001), torch.linspace(-0.1, 0.1, 20_001)], dim=1)
    assert float(field(line).diff().abs().max()) < 3 * 100.0 * 1e-5  # no jump on the way from one to the other
    place = torch.tensor([[0.1, 0.2, 0.05]], requires_grad=True)  # a logit of -5: in between
    (gradient,) = torch.autograd.grad(field(place).sum(), place)
    torch.testing.assert_close(gradient, torch.tensor([[0.0, 0.0, -100.0]]))


@pytest.mark.parametrize("threshold", [LEAST_THRESHOLD, 0.5, 0.9])
def test_the_mesh_ends_where_the_answers_cross_the_threshold(threshold: float) -> None:
    """At a low one, too, where the first field alone would put the surface at z = 0.04."""
    field = SymmetricField((steep(0.0), steep(-0.2), steep(-0.2)))
    heights = torch.linspace(-0.5, 0.5, 20_001)
    inside = field(torch.stack([torch.zeros_like(heights), torch.zeros_like(heights), heights], dim=1)) > logit_of(threshold)
    expected = float(heights[inside].max())
    mesh = extract_mesh(field, resolution=32, threshold=threshold)
    assert expected < -0.04
    assert mesh.vertices[:, 2].max() == pytest.approx(expected, abs=1e-4)


def test_noisy_clouds_are_read_in_samples_of_about_3333_points() -> None:
    def sizes(points: int, noise: float) -> list[int]:
        return [len(sample) for sample in subsamples(torch.zeros(points, 3), size=sample_size(points, noise))]

    assert sizes(3000, 0.01) == [3000]
    assert sizes(4900, 0.01) == [4900]
    assert sizes(6000, 0.01) == [3000] * 2
    assert sizes(10_000, LEAST_NOISE) == [BEST_POINTS + 1] * 3
    assert sizes(10_000, 0.9 * LEAST_NOISE) == [10_000]
    assert sizes(20_000, 0.01) == [5000] * 4
    assert sizes(90_000, 0.01) == sizes(90_000, 0.001) == [MOST_POINTS] * 4
