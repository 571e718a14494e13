"""From a cloud to a solid in the cloud's own coordinates, with a known field and with the shipped model."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from scipy.spatial import KDTree
from torch import Tensor

import occnet
from occnet.data.samples import Reader
from occnet.errors import CloudError, EmptySurface, FileError, ModelError, OccnetError, PoorAgreement
from occnet.field import Field, Sphere, Union
from occnet.files import Cloud, read_cloud, read_mesh, write_cloud
from occnet.geometry.inside import is_inside
from occnet.geometry.soundness.certificate import certify
from occnet.mesh import Frame, Mesh
from occnet.meshing import ExtractionOptions, extract_mesh
from occnet.metrics import volume_iou
from occnet.networks.devices import device_of
from occnet.observations.interface import Observation
from occnet.observations.points import observed_cloud
from occnet.observations.reading_options import SUBSAMPLES, CloudReading
from occnet.observations.subsamples import MOST_POINTS
from occnet.pipeline.reconstruct.observed_mesh import NOISY_EXTRACTION, field_of, mesh_of
from occnet.pipeline.reconstruct.reconstruct import reconstruct_file
from occnet.pipeline.reconstruct.reconstruct_options import ReconstructOptions
from tests.sphere_model import SphereModel

EXAMPLES = Path(__file__).parents[3] / "examples" / "data"


def ball(count: int = 500, seed: int = 0) -> np.ndarray:
    points = np.random.default_rng(seed).standard_normal((count, 3))
    return points / np.linalg.norm(points, axis=1, keepdims=True)


@pytest.mark.parametrize(("scale", "shift"), [(1.0, 0.0), (1e3, -1e6), (1e-3, 5.0), (1e6, 1e6)])
def test_the_mesh_lies_in_the_clouds_coordinates(scale: float, shift: float) -> None:
    cloud = ball(20_000) * scale + shift
    mesh = occnet.reconstruct(cloud, ReconstructOptions(resolution=64), model=SphereModel()).mesh  # type: ignore[arg-type]
    radii = np.linalg.norm(mesh.vertices - shift, axis=1) / scale
    np.testing.assert_allclose(radii, 1.0, atol=2e-3)  # the cloud's box is a little smaller than the ball's
    assert mesh.volume == pytest.approx(4 / 3 * np.pi * scale**3, rel=0.01)


def observed(cloud: np.ndarray, **reading: Any) -> Observation:
    return observed_cloud(Cloud(cloud), SphereModel.reader, CloudReading(**reading))


def samples(seen: Observation) -> list[Tensor]:
    """As all symmetries turn them: without signs and the order of the axes, which leaves no two points alike."""
    return [sample.abs().sort(dim=1).values for sample, _ in seen.readings]


def symmetries(seen: Observation) -> int:
    return len({symmetry for _, symmetry in seen.readings})


def test_a_large_scan_is_read_in_samples_that_share_no_point() -> None:
    cloud = ball(30_000)
    seen = observed(cloud, seed=3)
    assert [len(sample) for sample in samples(seen)] == [MOST_POINTS] * 3
    assert len(torch.unique(torch.cat(samples(seen)), dim=0)) == 30_000
    again, other = observed(cloud, seed=3), observed(cloud, seed=4)
    assert all(map(torch.equal, samples(seen), samples(again)))
    assert not torch.equal(samples(seen)[0], samples(other)[0])
    assert len(samples(observed(ball(200_000), tiles=1))) == SUBSAMPLES
    assert len(samples(observed(cloud, subsamples=1))) == 1
    overlapping = samples(observed(ball(12_000)))
    assert [len(sample) for sample in overlapping] == [MOST_POINTS] * 2  # all points take part, some twice
    assert len(torch.unique(torch.cat(overlapping), dim=0)) == 12_000


def test_a_noisy_scan_is_read_in_parts_that_each_show_the_whole() -> None:
    """Not a precise one, and not by a model of another kind; a scan that is sorted is shuffled first."""
    cloud = ball(10_000)
    noisy = cloud + 0.012 * np.random.default_rng(1).standard_normal(cloud.shape)  # 0.6 % of the edge, which is 2
    noisy = noisy[np.argsort(noisy[:, 0])]
    seen = observed(noisy)
    assert [len(sample) for sample in samples(seen)] == [3334] * 3
    assert symmetries(seen) == 3
    assert len(torch.unique(torch.cat(samples(seen)), dim=0)) == 10_000  # the last one shares two points
    for sample, _ in seen.readings:
        assert float(sample[:, 0].amax() - sample[:, 0].amin()) > 0.95
    few = noisy[np.linspace(0, len(noisy) - 1, 3000).astype(int)]
    assert [len(sample) for sample in samples(observed(few))] == [3000]
    assert [len(samples(observed(noisy, subsamples=count))) for count in (1, 2)] == [1, 2]
    assert len(samples(observed(noisy, augmentations=5))) == 5
    assert symmetries(observed(noisy, augmentations=5)) == 5
    assert (len(samples(observed(cloud))), symmetries(observed(cloud))) == (1, 1)
    upright = SphereModel()
    upright.reader = Reader("points")
    other = observed_cloud(Cloud(noisy), upright.reader)
    assert (len(samples(other)), symmetries(other)) == (1, 1)


@pytest.mark.parametrize("augmentations", [0, 49])
def test_there_are_48_augmentations_at_most(augmentations: int) -> None:
    with pytest.raises(OccnetError, match="1 to 48 augmentations"):
        CloudReading(augmentations=augmentations)


def test_dense_and_precise_scans_are_read_in_tiles() -> None:
    """Neither sparse nor noisy ones are, nor those that are not to be."""
    generator = np.random.default_rng(0)

    def tiles(count: int, noise: float) -> int:
        return observed(ball(count) + 2 * noise * generator.standard_normal((count, 3))).tiles  # the ball's box has edge 2

    assert [tiles(25_000, 0.001), tiles(40_000, 0.001), tiles(80_000, 0.001)] == [1, 2, 3]
    assert [tiles(80_000, 0.004), tiles(80_000, 0.002)] == [1, 3]
    model = SphereModel()
    model.reader = Reader("points")  # one code for a whole shape
    assert observed_cloud(Cloud(ball(80_000)), model.reader).tiles == 1  # type: ignore[arg-type]
    seen = observed(ball(80_000), tiles=1)
    assert (seen.tiles, len(samples(seen))) == (1, SUBSAMPLES)


def test_a_scene_is_read_once_as_a_whole_and_its_tiles_in_samples() -> None:
    """The tiles tell where its surface is; the whole is read more often where augmentations are asked for."""
    for augmentations, wholes in ((None, 1), (3, 3)):
        model, reading = SphereModel(), CloudReading(tiles=2, augmentations=augmentations)
        seen = observed(ball(60_000), tiles=2, augmentations=augmentations)
        assert len(seen.readings) == max(SUBSAMPLES, wholes)
        field = field_of(seen, model, reading)  # type: ignore[arg-type]
        assert model.encoded == wholes
        field(torch.tensor([[0.25, 0.25, 0.35]]))
        assert model.encoded == wholes + max(2, wholes)  # the corner's tile holds 10,000 to 20,000 of the points


class LargerEachTimeModel(SphereModel):
    """Balls of 0.3, 0.35, 0.4, ..., one for each sample that it is shown."""

    def field(self, observation: Tensor) -> Sphere:
        self.radius += 0.05
        return Sphere(self.radius)


def test_the_answers_of_the_samples_are_averaged() -> None:
    options, model = ReconstructOptions(CloudReading(tiles=1), resolution=64), LargerEachTimeModel(0.25)
    mesh = occnet.reconstruct(ball(40_000), options, model=model).mesh  # type: ignore[arg-type]
    assert (3 * mesh.volume / (4 * np.pi)) ** (1 / 3) / 2 == pytest.approx(0.375, rel=2e-3)


class BentModel(SphereModel):
    """A ball whose logits are no straight line across the surface."""

    def field(self, observation: Tensor) -> Field:
        ball = super().field(observation)
        return lambda points: torch.expm1(100.0 * ball(points))


def test_vertices_are_found_exactly_but_for_scans_whose_noise_is_larger_than_what_that_changes() -> None:
    model, noise = BentModel(), np.random.default_rng(1).standard_normal((9000, 3))
    bent = extract_mesh(model.field(torch.empty(0)), resolution=48, options=ExtractionOptions(vertex_steps=0))
    off = np.abs(np.linalg.norm(bent.vertices, axis=1) - 0.5).max()
    assert off > 1e-3  # of linear interpolation
    for deviation, exact in ((0.0005, True), (0.02, False)):
        cloud = Cloud(ball(9000) + 2.0 * deviation * noise)
        observation = observed_cloud(cloud, model.reader, CloudReading(tiles=1))  # type: ignore[arg-type]
        assert observation.precise == exact
        mesh = mesh_of(replace(observation, frame=Frame(np.zeros(3), 1.0)), model, "", ReconstructOptions(resolution=48))  # type: ignore[arg-type]
        radii = np.linalg.norm(mesh.vertices, axis=1)
        if exact:
            assert np.abs(radii - 0.5).max() < 0.2 * off
        else:
            smooth = extract_mesh(model.field(torch.empty(0)), resolution=48, options=NOISY_EXTRACTION)
            np.testing.assert_allclose(np.sort(radii), np.sort(np.linalg.norm(smooth.vertices, axis=1)), atol=1e-6)


def test_tuning_takes_effect_and_is_refused_in_tiles(chair: np.ndarray) -> None:
    plain, refined = (
        occnet.reconstruct(ball(600), ReconstructOptions(CloudReading(tune=steps), resolution=32)).mesh for steps in (0, 5)
    )
    assert certify(refined).ok
    off = [np.abs(np.linalg.norm(mesh.vertices, axis=1) - 1.0).mean() for mesh in (plain, refined)]
    assert off[1] < 0.9 * off[0]
    with pytest.raises(OccnetError, match="--tiles 1"):
        occnet.reconstruct(chair, ReconstructOptions(CloudReading(tune=3, tiles=2), resolution=32))
    with pytest.raises(OccnetError, match="at least 0"):
        CloudReading(tune=-1)


def test_strays_do_not_decide_how_large_the_scan_is() -> None:
    model = SphereModel()
    far = np.array([[80.0, 0.0, 0.0], [0.0, -300.0, 5.0]])
    mesh = occnet.reconstruct(np.concatenate([ball(2000), far]), ReconstructOptions(resolution=48), model=model).mesh  # type: ignore[arg-type]
    np.testing.assert_allclose(np.linalg.norm(mesh.vertices, axis=1), 1.0, atol=5e-3)
    assert len(model.seen) == 2000


class BlobModel(SphereModel):
    """Sees a small ball besides that no point supports."""

    def field(self, observation: Tensor) -> Union:  # type: ignore[override]
        self.seen = observation
        return Union((Sphere(0.3, (-0.2, 0.0, 0.0)), Sphere(0.05, (0.45, 0.0, 0.0))))


def test_a_blob_without_points_is_dropped_unless_asked_for(tmp_path: Path) -> None:
    cloud = np.concatenate([0.3 * ball(500) - [0.2, 0.0, 0.0], [[0.5, 0.0, 0.0]]])
    mesh = occnet.reconstruct(cloud, ReconstructOptions(resolution=64), model=BlobModel()).mesh  # type: ignore[arg-type]
    assert certify(mesh).components == 1
    assert mesh.bounds[1, 0] < 0.15
    write_cloud(tmp_path / "scan.ply", Cloud(cloud))
    options = ReconstructOptions(least_support=0, resolution=64)
    kept = mesh_of(observed(cloud), BlobModel(), "the cloud", options)  # type: ignore[arg-type]
    assert certify(kept).components == 2


def test_the_threshold_is_the_models_own_unless_given() -> None:
    model = SphereModel()
    model.threshold = float(torch.sigmoid(torch.tensor(0.1)))  # the logit of a Sphere is its depth: 0.1 deeper
    inner = occnet.reconstruct(ball(2000), ReconstructOptions(resolution=64), model=model).mesh  # type: ignore[arg-type]
    outer = occnet.reconstruct(ball(2000), ReconstructOptions(resolution=64, threshold=0.5), model=model).mesh  # type: ignore[arg-type]
    assert (inner.volume / outer.volume) ** (1 / 3) == pytest.approx(0.8, abs=0.01)


def test_a_mesh_is_compared_with_its_scan() -> None:
    options = ReconstructOptions(resolution=48)
    whole = occnet.reconstruct(1e3 * ball(2000), options, model=SphereModel()).agreement  # type: ignore[arg-type]
    assert whole is not None
    assert (whole.verdict, whole.points, whole.points_far) == ("good", 2000, 0.0)
    assert whole.tolerance == pytest.approx(1.5e3 * np.sqrt(4 * np.pi / 2000), rel=0.1)
    smaller = occnet.reconstruct(1e3 * ball(2000), options, model=SphereModel(radius=0.3)).agreement  # type: ignore[arg-type]
    assert smaller is not None
    assert (smaller.verdict, smaller.points_far, smaller.area_far) == ("poor", 1.0, 1.0)


def test_a_strict_reconstruction_writes_no_poor_mesh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("occnet.pipeline.reconstruct.reconstruct.load_model", lambda *_: SphereModel(radius=0.3))
    write_cloud(tmp_path / "scan.ply", Cloud(ball(2000)))
    plain = ReconstructOptions(resolution=32)
    with pytest.raises(PoorAgreement, match=r"scan.ply: .* no surface near them"):
        reconstruct_file(tmp_path / "scan.ply", tmp_path / "mesh.ply", replace(plain, strict=True))
    assert not (tmp_path / "mesh.ply").exists()
    assert reconstruct_file(tmp_path / "scan.ply", tmp_path / "mesh.ply", plain).agreement is not None
    assert (tmp_path / "mesh.ply").exists()


def test_voxels_are_compared_with_their_faces_and_a_photo_with_nothing() -> None:
    grid = np.linalg.norm(np.stack(np.meshgrid(*[np.arange(32) - 15.5] * 3)), axis=0) < 12
    found = occnet.reconstruct(grid, ReconstructOptions(resolution=64)).agreement
    assert found is not None
    assert (found.verdict, found.points_far) == ("good", 0.0)
    photo = np.full((64, 64, 3), 255, dtype=np.uint8)
    photo[16:48, 16:48] = 90
    assert occnet.reconstruct(photo, ReconstructOptions(resolution=32)).agreement is None


def test_nothing_solid_is_an_error_that_names_the_scan() -> None:
    with pytest.raises(EmptySurface, match="points: the model sees nothing solid"):
        occnet.reconstruct(ball(), ReconstructOptions(resolution=32), model=SphereModel(radius=-1.0))  # type: ignore[arg-type]


def test_bad_clouds_models_and_devices_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CloudError, match="NaN"):
        occnet.reconstruct(np.full((100, 3), np.nan), model=SphereModel())  # type: ignore[arg-type]
    with pytest.raises(ModelError, match="no model nonsense"):
        occnet.reconstruct(ball(), model="nonsense")
    with pytest.raises(ModelError, match="not available"):
        device_of("abacus")
    write_cloud(tmp_path / "scan.ply", Cloud(ball()))
    with pytest.raises(FileError, match="folder"):
        reconstruct_file(tmp_path / "scan.ply", tmp_path / "none" / "mesh.ply", ReconstructOptions())


@pytest.fixture(scope="module")
def chair() -> np.ndarray:
    return read_cloud(EXAMPLES / "chair_scan.ply").points


def shipped(cloud: np.ndarray) -> Mesh:
    return occnet.reconstruct(cloud, ReconstructOptions(resolution=64), model="points").mesh


def test_the_shipped_model_makes_a_solid_chair_of_the_bundled_scan(tmp_path: Path, chair: np.ndarray) -> None:
    result = reconstruct_file(EXAMPLES / "chair_scan.ply", tmp_path / "chair.ply", ReconstructOptions(resolution=128))
    assert result.certificate.ok, result.certificate
    written = read_mesh(tmp_path / "chair.ply")
    assert np.array_equal(written.vertices, result.mesh.vertices)
    truth = read_mesh(EXAMPLES / "chair_truth.ply")
    low, high = truth.bounds
    queries = np.random.default_rng(0).uniform(low, high, (50_000, 3))
    assert volume_iou(is_inside(written, queries), is_inside(truth, queries)) > 0.75
    distances = KDTree(written.vertices).query(chair)[0]
    assert np.quantile(distances, 0.95) < 0.02 * np.linalg.norm(high - low)


@pytest.fixture(scope="module")
def unit_chair(chair: np.ndarray) -> tuple[np.ndarray, Mesh]:
    """The scan around the origin, of unit size, and its mesh."""
    unit = (chair - chair.mean(axis=0)) / np.ptp(chair, axis=0).max()
    return unit, shipped(unit)


@pytest.mark.parametrize(("scale", "shift"), [(1e3, 0.0), (1e6, 0.0), (1.0, 1e3), (1.0, 1e6)])
def test_scaling_and_moving_the_scan_moves_the_mesh_alike(
    unit_chair: tuple[np.ndarray, Mesh], scale: float, shift: float
) -> None:
    unit, mesh = unit_chair
    moved = shipped(unit * scale + shift)
    back = (moved.vertices - shift) / scale
    diagonal = float(np.linalg.norm(np.ptp(mesh.vertices, axis=0)))
    assert KDTree(mesh.vertices).query(back)[0].max() < 1e-5 * diagonal
    assert KDTree(back).query(mesh.vertices)[0].max() < 1e-5 * diagonal
    assert certify(moved).closed
