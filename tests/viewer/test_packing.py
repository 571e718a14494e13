"""What the script of the page is given is what went in, moved into the unit ball."""

from __future__ import annotations

import json

import numpy as np
import pytest

from occnet.viewer.layers import Layer, Marks, Picture, Points, Surface
from occnet.viewer.packing import Scene, packed


def unpacked(data: bytes) -> dict:
    """The table of packed layers, with arrays in place of their descriptions: an independent reading of the form."""
    length = int.from_bytes(data[:4], "little")
    head = json.loads(data[4 : 4 + length])
    assert length % 4 == 0
    for layer in head["layers"]:
        for name, about in layer["arrays"].items():
            assert about["begin"] % 4 == 0
            offset = 4 + length + about["begin"]
            layer["arrays"][name] = np.frombuffer(data, np.dtype(about["type"]), about["count"], offset)
    return head


def test_arrays_arrive_as_they_went_in():
    generator = np.random.default_rng(0)
    vertices, faces = generator.normal(size=(7, 3)), generator.integers(0, 7, (5, 3))
    colors = generator.integers(0, 255, (7, 3))
    scene = Scene(
        [
            Surface("a", vertices, faces, colors, generator.random(7), note="é"),
            Marks("m", vertices[:4].reshape(2, 2, 3), vertices[:1]),
            Picture("p", b"\x89PNG!"),
        ],
        up="z",
        farthest=2.5,
    )
    head = unpacked(packed(scene))
    surface, marks, picture = head["layers"]
    np.testing.assert_array_equal(surface["arrays"]["faces"].reshape(-1, 3), faces)
    np.testing.assert_array_equal(surface["arrays"]["colors"].reshape(-1, 3), colors)
    center, radius = scene.ball
    back = surface["arrays"]["places"].reshape(-1, 3) * radius + center
    np.testing.assert_allclose(back, vertices, atol=1e-6)
    assert np.linalg.norm(surface["arrays"]["places"].reshape(-1, 3), axis=1).max() <= 1.0 + 1e-6
    assert len(marks["arrays"]["places"]) == 12
    assert bytes(picture["arrays"]["png"]) == b"\x89PNG!"
    assert (head["up"], head["farthest"], surface["note"]) == ("z", 2.5, "é")


def test_what_lies_far_from_the_origin_keeps_its_form():
    points = np.random.default_rng(1).uniform(size=(50, 3)) * 0.01 + [5e5, -2e6, 300.0]
    scene = Scene([Points("scan", points)])
    places = unpacked(packed(scene))["layers"][0]["arrays"]["places"].reshape(-1, 3)
    center, radius = scene.ball
    np.testing.assert_allclose(places * radius, points - center, atol=1e-8)


@pytest.mark.parametrize("layer", [Points("none", np.zeros((0, 3))), Points("nan", np.full((2, 3), np.nan)), Picture("p", b"")])
def test_nothing_to_see_is_a_unit_ball(layer: Layer):
    center, radius = Scene([layer]).ball
    np.testing.assert_array_equal(center, np.zeros(3))
    assert radius == 1.0
    assert unpacked(packed(Scene([layer])))["layers"][0]["name"] == layer.name
