"""The categories of procedural things: each is solid, made of materials, and differs from shape to shape."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from occnet.shapes import sample_shapes
from occnet.shapes.categories import CATEGORIES
from occnet.shapes.coloring import surface_colors
from occnet.shapes.families import FAMILIES
from occnet.shapes.materials import PATTERNS, Material, cloth, dark_glass, metal, plastic, rubber, wood
from occnet.shapes.parts import PlacedShape, Shape, Solid, box, made_of, sphere, turn, turned_solid

SHAPES = 5


@pytest.mark.parametrize("category", CATEGORIES["thirteen"])
def test_things_of_a_category_are_solid_of_materials_and_all_different(category: str) -> None:
    batch = sample_shapes(SHAPES, seed=3, family=category, tight=False)
    assert {placed.shape.name for placed in batch.placed} == {category}
    points = torch.rand(1, 8_192, 3, generator=torch.Generator().manual_seed(0)).expand(SHAPES, -1, -1) - 0.5
    inside = batch.occupancy(points)
    assert inside.any(dim=1).all()
    for first in range(SHAPES):
        for second in range(first):
            same = (inside[first] & inside[second]).sum() / (inside[first] | inside[second]).sum()
            assert same < 0.95, "two shapes are nearly the same"
    surface, normals = batch.surface(500, seed=1)
    assert surface.abs().max() < 0.55
    assert torch.allclose(normals.norm(dim=-1), torch.ones(SHAPES, 500), atol=1e-3)
    for placed, where in zip(batch.placed, surface, strict=True):
        assert all(part.material is not None for solid in placed.shape.solids for part in solid.parts)
        colors = surface_colors(placed, where.numpy())
        assert colors is not None
        assert len(np.unique(colors, axis=0)) > 1


def test_the_thirteen_are_families() -> None:
    assert len(set(CATEGORIES["thirteen"])) == 13
    assert set(CATEGORIES["thirteen"]) <= set(FAMILIES)


def test_a_point_has_the_colour_of_the_part_that_it_lies_in() -> None:
    red, blue = Material("plain", (1.0, 0.0, 0.0), (1.0, 0.0, 0.0)), Material("plain", (0.0, 0.0, 1.0), (0.0, 0.0, 1.0))
    cut = box([1.0, 0.0, 0.0], [0.2, 0.2, 4.0])
    below = Solid([*made_of(red, box([0.0, -0.5, 0.0], [2.0, 1.0, 2.0])), box([0.0, -1.1, 0.0], [1.0, 0.4, 1.0])], cuts=[cut])
    placed = PlacedShape(
        Shape("two", [below, Solid(made_of(blue, sphere([0.0, 0.5, 0.0], 0.5)))]), np.array([0.0, 0.0, 0.0]), 2.6
    )
    points = np.array([[-1.0, -0.5, 0.3], [0.9, -0.1, 0.4], [0.0, 1.0, 0.0], [0.5, 0.5, 0.0], [0.2, -1.3, 0.1]]) / 2.6
    colors = surface_colors(placed, points)
    assert colors is not None
    assert colors.tolist() == [[255, 0, 0], [255, 0, 0], [0, 0, 255], [0, 0, 255], [153, 153, 153]]
    bare = PlacedShape(Shape("bare", [Solid([sphere([0.0, 0.0, 0.0], 1.0)])]), np.zeros(3), 2.0)
    assert surface_colors(bare, points) is None


def test_colours_turn_with_their_part() -> None:
    stripes = Material("stripes", (0.0, 0.0, 0.0), (1.0, 1.0, 1.0), grain=0.5)
    solid = Solid(made_of(stripes, box([0.0, 0.0, 0.0], [2.0, 0.5, 1.0])))
    rotation = turn("y", 0.7)
    points = np.random.default_rng(0).uniform(-0.4, 0.4, (50, 3)) * [1.0, 0.5, 1.0]
    plain = surface_colors(PlacedShape(Shape("box", [solid]), np.zeros(3), 1.0), points)
    turned = surface_colors(PlacedShape(Shape("box", [turned_solid(solid, rotation)]), np.zeros(3), 1.0), points @ rotation.T)
    assert plain is not None
    assert turned is not None
    assert (plain == turned).mean() > 0.95  # but for points at the very edge of a stripe, by rounding


@pytest.mark.parametrize("make", [wood, metal, cloth, plastic, dark_glass, rubber])
def test_materials_are_colours(make) -> None:
    for seed in range(20):
        material = make(np.random.default_rng(seed))
        assert material.kind in PATTERNS
        colors = material.colors(np.random.default_rng(1).normal(size=(100, 3)))
        assert colors.shape == (100, 3)
        assert (colors >= 0.0).all()
        assert (colors <= 1.0).all()
