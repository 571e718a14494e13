"""A picture on a ground that is not white is read as the same picture on white."""

from __future__ import annotations

import numpy as np
import pytest

from occnet.files.cutouts.plain_ground import on_white_ground


def box_on(ground: tuple[int, int, int], noise: float = 0.0) -> np.ndarray:
    """A reddish box, which touches the right edge, with a window in the ground's colour."""
    pixels = np.empty((60, 80, 3))
    pixels[:] = ground
    pixels += noise * np.random.default_rng(0).standard_normal(pixels.shape)
    pixels[20:50, 30:80] = (200, 60, 40)
    pixels[30:36, 40:50] = ground
    return np.clip(np.rint(pixels), 0, 255).astype(np.uint8)


def test_a_white_ground_stays_as_it_is() -> None:
    pixels = box_on((255, 255, 255))
    made = on_white_ground(pixels)
    assert made is not None
    assert made.pixels is pixels
    assert made.note is None


@pytest.mark.parametrize("ground", [(245, 244, 240), (214, 205, 190), (120, 125, 118), (0, 0, 0)])
def test_a_plain_ground_becomes_white(ground: tuple[int, int, int]) -> None:
    found = on_white_ground(box_on(ground, noise=2.0))
    assert found is not None
    assert "is taken for white" in str(found.note)
    made = found.pixels
    assert (made[found.behind] == 255).all()
    white = (made == 255).all(axis=2)
    assert white[:19].all()
    assert white[:, :29].all()
    inside = made[25:28, 35:75].reshape(-1, 3).mean(axis=0)
    assert inside[0] > 2.5 * inside[1]  # still red
    assert not white[25:28, 35:75].any()


def test_in_dim_light_what_is_white_within_the_object_becomes_white_too() -> None:
    made = on_white_ground(box_on((214, 205, 190)))
    assert made is not None
    assert (made.pixels[30:36, 40:50] == 255).all()


def test_an_edge_of_many_colours_has_no_ground() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (40, 40, 3)).astype(np.uint8)
    assert on_white_ground(pixels) is None
