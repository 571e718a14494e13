"""Cases from datasets: the observation is what is stored, the truth is disjoint from it, and the scores are those of solids."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
import trimesh

from occnet.baselines.baseline import baselines_for
from occnet.baselines.retrieval import stored_mesh
from occnet.cli import main
from occnet.data.datasets import open_prepared
from occnet.data.samples import Reader
from occnet.errors import DatasetError, ModelError, OccnetError
from occnet.geometry.voxelising import voxel_centers, voxel_surface
from occnet.mesh import Mesh
from occnet.networks.checkpoint import save_model
from occnet.networks.registry import build_network
from occnet.pipeline.evaluate.cases import Protocol, dataset_case, dataset_cases, is_dataset
from occnet.pipeline.evaluate.compare import as_markdown, compare, evaluate_model
from occnet.pipeline.evaluate.compare_options import CompareOptions
from occnet.pipeline.evaluate.scores import evaluate
from tests.published_writing import PublishedShape, write_published

VOXELS = {"encoder": {"name": "voxel_convolutions", "resolution": 16, "first_channels": 4, "code_channels": 16}}
IMAGES = {"encoder": {"name": "resnet", "channels": 8, "code_channels": 16, "image_size": 32}}
DECODER = {"decoder": {"name": "conditional_batch_norm", "hidden_channels": 16, "blocks": 1}}
PICTURE = np.full((32, 32, 3), 255, dtype=np.uint8)


def picture(radius: float) -> np.ndarray:
    """A disc, as large and as dark as the ball is."""
    y, x = np.mgrid[:32, :32] - 15.5
    return np.where((np.hypot(x, y) < 32 * radius)[..., None], np.uint8(400 * radius), PICTURE)


def ball(name: str, radius: float, surface: int = 8192) -> PublishedShape:
    generator = np.random.default_rng(int(1000 * radius))
    points = generator.uniform(-0.55, 0.55, (32_768, 3)).astype(np.float16)
    directions = generator.standard_normal((surface, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    return PublishedShape(
        name=name,
        points=points,
        inside=np.linalg.norm(points.astype(np.float64), axis=1) < radius,
        surface=radius * directions,
        normals=directions,
        voxels=(np.linalg.norm(voxel_centers(16), axis=1) < radius).reshape(16, 16, 16),
        images=[picture(radius), picture(radius)],
        cameras=[(np.eye(3), np.eye(3, 4))] * 2,
    )


@pytest.fixture
def published(tmp_path: Path) -> Path:
    """Balls in the published layout: three to train on, two to test with."""
    shapes = {
        "train": [ball("a", 0.5, 1024), ball("b", 0.4, 1024), ball("c", 0.3, 1024)],  # of which meshes are made
        "val": [ball("d", 0.4)],
        "test": [ball("e", 0.41), ball("f", 0.29)],
    }
    write_published(tmp_path / "balls", "round", shapes)
    return tmp_path / "balls"


def sphere(radius: float) -> Mesh:
    made = trimesh.creation.icosphere(4, radius)
    return Mesh(made.vertices, made.faces)


def test_a_stored_shape_scores_as_its_mesh_does(published: Path) -> None:
    split = open_prepared(published, "test")
    case = dataset_case(split, 0, Reader("voxels", 16), Protocol())
    assert case.name == "round/e"
    assert case.observation.sum() == pytest.approx(4 / 3 * np.pi * (0.41 * 16) ** 3, rel=0.05)
    found = evaluate({"truth": lambda v, _: sphere(0.41), "smaller": lambda v, _: sphere(0.36)}, [lambda: case])
    truth, smaller = found["truth"], found["smaller"]
    assert isinstance(truth, list)
    assert isinstance(smaller, list)
    assert truth[0].iou > 0.99
    assert smaller[0].iou == pytest.approx((0.36 / 0.41) ** 3, abs=0.03)
    assert smaller[0].chamfer_l1 == pytest.approx(0.05, abs=0.003)


def test_a_clouds_points_are_not_those_it_is_scored_with(sphere_dataset: Callable[[Path], Path], tmp_path: Path) -> None:
    dataset = sphere_dataset(tmp_path / "spheres")
    cases = dataset_cases(dataset, Reader("points"), Protocol(points=300, noise=0.0), "validation", most=2)
    assert [len(make().observation) for make in cases] == [300, 300]
    case = cases[0]()
    assert len(case.surface) == 1024 - 300
    assert not {tuple(row) for row in case.observation} & {tuple(row) for row in case.surface}
    assert np.array_equal(case.observation, cases[0]().observation)
    np.testing.assert_allclose(np.linalg.norm(case.observation - 0.5 * case.cloud_normals, axis=1), 0, atol=0.01)
    with pytest.raises(DatasetError, match="leaves none of the 1024"):
        dataset_cases(dataset, Reader("points"), Protocol(points=1024), "validation")[0]()
    with pytest.raises(DatasetError, match="test split"):
        dataset_cases(dataset, Reader("points"), Protocol())


def test_voxels_are_compared_with_themselves(published: Path, tmp_path: Path) -> None:
    save_model(tmp_path / "model", build_network({**VOXELS, **DECODER}))
    options = CompareOptions(resolution=16, output=tmp_path / "scores")
    rows = evaluate_model(str(tmp_path / "model"), published, options, baselines=True)
    assert [row.shapes for row in rows] == [2, 2]
    split = open_prepared(published, "test")
    expected = []
    for shape in range(2):  # the IoU of the voxels is that of looking up each query's voxel
        case = dataset_case(split, shape, Reader("voxels", 16), Protocol())
        cells = np.floor((case.queries + 0.5) * 16).astype(int)
        held = ((cells >= 0) & (cells < 16)).all(axis=1)
        full = held & case.observation[tuple(np.clip(cells, 0, 15).T)]
        expected.append((full & case.inside).sum() / (full | case.inside).sum())
    assert rows[1].scores["iou"] == pytest.approx(np.mean(expected), abs=2e-3)
    assert "points" not in as_markdown(rows).splitlines()[0]
    assert (tmp_path / "scores" / "the-voxels-as-they-are.csv").read_text().count("round/") == 2


def test_the_training_shape_with_the_most_similar_picture_is_retrieved(published: Path) -> None:
    torch.manual_seed(0)  # of some untrained networks all pictures are alike
    network = build_network({**IMAGES, **DECODER}).eval()
    rival = baselines_for(network, published)["nearest training shape"]
    split = open_prepared(published, "test")
    for shape, radius in ((0, 0.4), (1, 0.3)):
        found = rival(split.image(shape, 0), np.zeros((0, 3)))
        assert np.linalg.norm(found.vertices, axis=1).mean() == pytest.approx(radius, abs=0.01)


def test_a_stored_shape_becomes_a_closed_mesh(published: Path) -> None:
    mesh = stored_mesh(open_prepared(published, "train"), 0)
    assert mesh.volume == pytest.approx(np.pi / 6, rel=0.02)
    radii = np.linalg.norm(mesh.vertices, axis=1)
    assert np.abs(radii - 0.5).max() < 0.02


def test_the_command_scores_a_dataset(published: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save_model(tmp_path / "model", build_network({**IMAGES, **DECODER}))
    arguments = [str(published), "--model", str(tmp_path / "model"), "--resolution", "16", "--baselines", "--most", "1"]
    assert main(["evaluate", *arguments]) == 0
    printed = capsys.readouterr().out
    assert "nearest training shape" in printed


def test_what_cannot_be_scored_is_refused(published: Path, tmp_path: Path) -> None:
    with pytest.raises(OccnetError, match="splits are train, validation, test"):
        CompareOptions(split="unknown")
    with pytest.raises(OccnetError, match="all is for meshes"):
        compare({}, published, CompareOptions(split="all"))
    assert is_dataset(published)
    assert not is_dataset(published / "round")
    with pytest.raises(ModelError, match="name a dataset"):
        compare({}, tmp_path, CompareOptions(), Reader("image", 32))
    with pytest.raises(ModelError, match="reads nothing"):
        compare({}, published, CompareOptions(), Reader("nothing"))
    rival = {"input": lambda voxels, _: voxel_surface(voxels)}
    with pytest.raises(DatasetError, match=r"holds 16\^3 voxels"):
        compare(rival, published, CompareOptions(), Reader("voxels", 32))
