"""The endless source: exact labels, the same shape for the same number, fresh shapes at every step, and clear refusals."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch

from occnet.data.batches import ScanBatches
from occnet.data.datasets import open_split
from occnet.data.needs import Needs
from occnet.data.procedural import SHAPES, ProceduralSplit
from occnet.data.scans import ScanConfig
from occnet.errors import DatasetError
from occnet.geometry.inside import InsideTest
from occnet.meshing.extract import extract_mesh
from occnet.shapes import sample_shapes

NUMBERS = (0, 7, 123_456_789_012)


def generator(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize("number", NUMBERS)
def test_labels_agree_with_the_mesh_of_the_shape_away_from_its_surface(number: int) -> None:
    split = ProceduralSplit("train")
    field = sample_shapes(1, seed=0, first=SHAPES + number, tight=False).field(0)
    surface, normals = split.surface(number, 4000, generator())
    mesh = InsideTest(extract_mesh(field, resolution=128, seeds=torch.from_numpy(surface)))
    for array, least in (("uniform", 0.002), ("near", 0.1)):
        points, inside = split.labelled(number, array, 4000, generator(1))
        assert inside.mean() > least
        clear = field(torch.from_numpy(points)).abs().numpy() > 0.02
        assert (mesh.inside(points) == inside)[clear].mean() > 0.999
    np.testing.assert_allclose(np.linalg.norm(normals, axis=1), 1.0, atol=1e-5)
    behind, front = (field(torch.from_numpy(surface + side * 1e-4 * normals)) > 0 for side in (-1, 1))
    assert (behind & ~front).float().mean() > 0.99  # but at creases and in walls thinner than the step


def test_voxels_are_labels_at_their_centres() -> None:
    split = ProceduralSplit("validation")
    voxels = split.voxels(3, 16)
    points, inside = split.labelled(3, "uniform", 20_000, generator())
    within = np.abs(points).max(axis=1) < 0.5
    cell = np.floor((points[within] + 0.5) * 16).astype(int)
    assert voxels.any()
    assert (voxels[tuple(cell.T)] == inside[within]).mean() > 0.9  # but in cells that the surface passes through


def test_what_comes_back_depends_on_number_and_generator_alone() -> None:
    one, two = ProceduralSplit("train"), ProceduralSplit("train")
    two.surface(99, 50, generator(5))  # another shape in between
    for _ in range(2):
        for first, second in zip(
            one.labelled(4, "near", 500, generator(3)), two.labelled(4, "near", 500, generator(3)), strict=True
        ):
            np.testing.assert_array_equal(first, second)
        for first, second in zip(one.surface(4, 500, generator(3)), two.surface(4, 500, generator(3)), strict=True):
            np.testing.assert_array_equal(first, second)
    assert not np.array_equal(one.surface(4, 500, generator(4))[0], two.surface(4, 500, generator(3))[0])


def test_the_splits_have_no_shape_in_common() -> None:
    surfaces = [ProceduralSplit(split).surface(0, 500, generator())[0] for split in ("train", "validation", "test")]
    assert not any(np.array_equal(surfaces[a], surfaces[b]) for a, b in ((0, 1), (0, 2), (1, 2)))


class Watched(ProceduralSplit):
    """Keeps the numbers of the shapes whose surfaces are asked for."""

    def __init__(self, split: str) -> None:
        super().__init__(split)
        self.asked: list[int] = []

    def surface_of(
        self, shapes: Sequence[int], counts: Sequence[int], generators: Sequence[np.random.Generator]
    ) -> list[tuple[np.ndarray, np.ndarray]]:
        self.asked += shapes
        return super().surface_of(shapes, counts, generators)


def test_every_step_has_fresh_shapes_and_can_be_made_again_in_parts() -> None:
    config = ScanConfig(points_min=200, points_max=300, uniform_queries=64, near_queries=64)
    split = Watched("train")
    source = ScanBatches([split], [1.0], 4, config, seed=2)
    whole = [source.batch(step) for step in range(3)]
    assert len(set(split.asked)) == 12
    again = ScanBatches([ProceduralSplit("train")], [1.0], 4, config, seed=2)  # after an interruption, or in another process
    for part in (range(2, 4), range(0, 2)):
        made = again.batch(2, part)
        for name in ("observation", "points", "inside"):
            assert torch.equal(getattr(made, name), getattr(whole[2], name)[part.start : part.stop])


def test_the_rough_frame_is_nearly_the_tight_one() -> None:
    tight, rough = (sample_shapes(24, seed=9, tight=choice) for choice in (True, False))
    ratios = np.array([a.scale / b.scale for a, b in zip(tight.placed, rough.placed, strict=True)])
    assert ratios.min() > 1.0 - 1e-6  # what was sought longer is never smaller
    assert ratios.max() < 1.05
    assert ratios.mean() < 1.005


def test_what_it_cannot_do_is_refused_with_the_way_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DatasetError, match=r"have no pictures; .*occnet prepare --synthetic"):
        open_split("procedural", "train").check(Needs((), pictures=True))
    with pytest.raises(DatasetError, match=r"no procedural shapes of chairs; there are: .*chair, "):
        open_split("procedural", "train", ["chairs"])
    with pytest.raises(DatasetError, match=r"no dataset 'procedurall'.*occnet prepare.*published.*\"procedural\""):
        open_split("procedurall", "train")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "procedural").mkdir()
    with pytest.raises(DatasetError, match=r"no dataset\.json"):
        open_split("./procedural", "train")


def test_named_families_take_turns_and_each_shape_is_the_same_whatever_is_asked_beside_it() -> None:
    split = open_split("procedural", "train", ["mug", "chair"])
    assert [split.category(shape) for shape in (0, 1, 2)] == ["mug", "chair", "mug"]
    generators = [np.random.default_rng(shape) for shape in range(4)]
    together = split.labelled_of(range(4), "uniform", [64] * 4, generators)
    for shape in range(4):
        alone = open_split("procedural", "train", ["mug", "chair"])
        points, inside = alone.labelled(shape, "uniform", 64, np.random.default_rng(shape))
        np.testing.assert_array_equal(together[shape][0], points)
        np.testing.assert_array_equal(together[shape][1], inside)
