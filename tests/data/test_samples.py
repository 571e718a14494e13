"""The papers' samples: what is turned stays true."""

from __future__ import annotations

import numpy as np
import pytest

from occnet.data.batches import Sample
from occnet.data.pictures import Retouching, image_values, places_in, values_in, window_of
from occnet.data.procedural import ProceduralSplit
from occnet.data.samples import Reader, SampleBatches, SampleOf, SamplesConfig, turned
from occnet.errors import RecipeError
from occnet.files.images import Window
from occnet.geometry.voxelising import voxels_with_points
from occnet.observations.kinds import kind_named


def test_voxels_and_labels_are_turned_alike() -> None:
    size = 8
    grid = (np.random.default_rng(0).random((size,) * 3) < 0.4).astype(np.float32)
    cells = np.stack(np.meshgrid(*[np.arange(size)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    centers = ((cells + 0.5) / size - 0.5).astype(np.float32)
    inside = grid[tuple(cells.T)]
    seen = set()
    for seed in range(60):
        moved = turned(Sample(grid, centers, inside), np.random.default_rng(seed))
        places = np.rint((moved.points + 0.5) * size - 0.5).astype(int)
        np.testing.assert_array_equal(moved.observation[tuple(places.T)], moved.inside)
        seen.add(moved.observation.tobytes())
    assert len(seen) > 25  # of 48 symmetries


def test_only_voxels_are_turned() -> None:
    for config in (SamplesConfig(turned=True), SamplesConfig(touched_share=0.5)):
        with pytest.raises(RecipeError, match="reads points"):
            SampleBatches([], [], 1, kind_named("points"), Reader("points"), config, seed=0)


def test_voxels_that_the_surface_touches_are_full_in_a_share_of_the_samples() -> None:
    """What is full by its centre is full in both; the others are those that the surface passes through."""
    split = ProceduralSplit("train", categories=("car",))
    reader, kind = Reader("voxels", size=16), kind_named("voxels")
    by_centre = split.voxels(0, 16)
    grids = []
    for share in (0.0, 1.0):
        config = SamplesConfig(uniform_queries=16, touched_share=share)
        asked = SampleOf(split, 0, 0, reader, config, np.random.default_rng(0))
        grids.append(kind.sample(asked).observation > 0.5)
    np.testing.assert_array_equal(grids[0], by_centre)
    touched = voxels_with_points(split.surface(0, 100_000, np.random.default_rng(1))[0], 16)
    assert (grids[1] >= by_centre).all()
    assert ((grids[1] ^ by_centre) <= touched).all()
    assert (grids[1] == (by_centre | touched)).mean() > 0.995  # a corner that is barely touched may have no point
    held_out = SampleOf(split, 0, 0, reader, SamplesConfig(touched_share=1.0), np.random.default_rng(0), fixed_queries=16)
    np.testing.assert_array_equal(kind.sample(held_out).observation > 0.5, by_centre)  # validation is always the same


def test_points_fill_their_voxels() -> None:
    full = voxels_with_points(np.array([[-0.5, -0.5, -0.5], [0.1, 0.49, -0.3], [0.5, 0.0, 0.0], [-0.6, 0.0, 0.0]]), 4)
    assert np.argwhere(full).tolist() == [[0, 0, 0], [2, 3, 0]]


def test_only_pictures_seen_by_a_viewer_are_retouched() -> None:
    with pytest.raises(RecipeError, match="viewer_centred"):
        SampleBatches([], [], 1, kind_named("image"), Reader("image"), SamplesConfig(retouched=True), seed=0)


def test_retouching_changes_colours_and_margins_and_leaves_the_background_white() -> None:
    picture = np.full((90, 90, 3), 255, dtype=np.uint8)
    picture[30:70, 20:60] = (200, 100, 50)
    plain = image_values(picture, 64, viewer_centred=True)
    colours, widths = set(), set()
    for seed in range(20):
        retouching = Retouching.drawn(np.random.default_rng(seed))
        values = values_in(picture, window_of(picture, True, retouching), 64, retouching)
        there = (values < 0.99).any(axis=0)
        assert values[:, ~there].min() >= 0.99
        columns, rows = np.flatnonzero(there.any(axis=0)), np.flatnonzero(there.any(axis=-1))
        assert abs(len(columns) - len(rows)) <= 1  # it stays a square, and whole
        middle = values[:, int(rows.mean()), int(columns.mean())]
        assert middle[0] > middle[1] > middle[2]
        colours.add(round(float(middle[1]), 2))
        widths.add(len(columns))
    assert (plain[:, 32, 32] * 255).round().tolist() == [200, 100, 50]
    assert len(colours) > 10
    assert min(widths) < 52
    assert max(widths) > 60


def test_inside_points_are_seen_on_the_object() -> None:
    """A sphere off the middle, seen from the side, by a pinhole camera; its places after framing, shifting and mirroring."""
    pixels = np.full((100, 100, 3), 255, dtype=np.uint8)
    camera = np.array([[100.0, 0.0, -50.0, 100.0], [0.0, -100.0, -50.0, 100.0], [0.0, 0.0, -1.0, 2.0]])
    generator = np.random.default_rng(0)
    directions = generator.standard_normal((20_000, 3))
    surface = 0.2 * directions / np.linalg.norm(directions, axis=1, keepdims=True) + [0.2, 0.1, 0.0]
    whole_picture = Window(0, 0, 100)
    drawn = np.rint((places_in(whole_picture, camera, surface) + 1) * 50 - 0.5).astype(int)
    pixels[drawn[:, 1], drawn[:, 0]] = 0
    for seed in range(5):
        window = window_of(pixels, True, Retouching.drawn(np.random.default_rng(seed)))
        values = values_in(pixels, window, 64)
        places = places_in(window, camera, surface)
        assert np.abs(places).max() < 1.02
        columns, rows = np.clip(np.rint((places.T + 1) * 32 - 0.5).astype(int), 0, 63)
        assert (values[0, rows, columns] < 0.6).mean() > 0.99
