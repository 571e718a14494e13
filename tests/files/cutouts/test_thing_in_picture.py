"""The thing in a picture is found by mask, transparency or ground; where there is none, or not one, no slab is made."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from occnet.errors import FileError, PictureError
from occnet.files.cutouts.thing_in_picture import ThingInPicture, cut_off_at, cut_out, thing_in, things_in
from occnet.files.images import OBJECT

BLUE, GREY = (40, 60, 200), (120, 125, 118)


def picture(*boxes: tuple[int, int, int, int], ground: tuple[int, int, int] = GREY) -> np.ndarray:
    """Boxes (top, bottom, left, right) in blue on a ground, (100, 120, 3)."""
    pixels = np.empty((100, 120, 3), dtype=np.uint8)
    pixels[:] = ground
    for top, bottom, left, right in boxes:
        pixels[top:bottom, left:right] = BLUE
    return pixels


def found(pixels: np.ndarray, mask: Path | None = None) -> ThingInPicture:
    return thing_in(Image.fromarray(pixels), mask)


def shown(thing: ThingInPicture) -> np.ndarray:
    return np.asarray((thing.pixels < OBJECT).any(axis=2))


def test_a_thing_on_a_plain_ground_is_found_where_it_is():
    there = shown(found(picture((30, 70, 40, 90))))
    assert there[31:69, 41:89].all()
    assert there.sum() <= 40 * 50


def test_a_thing_on_a_ground_that_changes_softly_is_found():
    y, x = np.mgrid[0:100, 0:120] / 100.0
    light = (210.0 - 90.0 * y - 40.0 * x + 25.0 * x * x)[..., None] * [1.0, 0.95, 0.85]
    pixels = light.astype(np.uint8)
    pixels[30:70, 40:90] = BLUE
    thing = found(pixels)
    there = shown(thing)
    assert there[31:69, 41:89].all()
    assert there.mean() < 0.2
    assert "changes softly" in thing.notes[0]


@pytest.mark.parametrize("ground", [(255, 255, 255), GREY])
def test_a_soft_shadow_is_of_the_ground(ground: tuple[int, int, int]):
    pixels = picture(ground=ground).astype(float)
    y, x = np.mgrid[0:100, 0:120].astype(float)
    pixels *= (1.0 - 0.35 * np.exp(-(((x - 60) / 25) ** 2) - ((y - 75) / 12) ** 2))[..., None]
    pixels = pixels.astype(np.uint8)
    pixels[30:70, 40:90] = BLUE
    there = shown(found(pixels))
    assert there[31:69, 41:89].all()
    assert there.sum() < 1.15 * 40 * 50


def test_a_mask_decides_and_white_of_the_thing_stays(tmp_path: Path):
    pixels = np.random.default_rng(0).integers(0, 256, (100, 120, 3)).astype(np.uint8)  # no ground at all
    pixels[40:50, 50:60] = 255
    mask = np.zeros((100, 120), dtype=np.uint8)
    mask[20:80, 30:90] = 255
    Image.fromarray(mask).save(tmp_path / "mask.png")
    thing = found(pixels, tmp_path / "mask.png")
    assert np.array_equal(shown(thing), mask > 0)
    assert thing.notes == ()
    Image.fromarray(mask[:50]).save(tmp_path / "half.png")
    with pytest.raises(FileError, match="120 x 50 pixels, but the picture has 120 x 100"):
        found(pixels, tmp_path / "half.png")


def test_transparency_decides_in_a_picture_and_in_a_mask(tmp_path: Path):
    alpha = np.zeros((100, 120, 1), dtype=np.uint8)
    alpha[20:80, 30:90] = 255
    pixels = np.concatenate([np.full((100, 120, 3), 250, dtype=np.uint8), alpha], axis=2)  # a white thing
    assert np.array_equal(shown(found(pixels)), alpha[..., 0] > 0)
    Image.fromarray(pixels).save(tmp_path / "mask.png")
    assert np.array_equal(shown(found(picture(), tmp_path / "mask.png")), alpha[..., 0] > 0)


def test_things_that_are_not_one_or_not_whole_are_told_of():
    assert "2 things apart" in found(picture((20, 60, 10, 40), (20, 60, 70, 110))).notes[1]
    assert "cut off at the bottom" in found(picture((60, 100, 40, 90))).notes[1]
    parts = [(10 * k, 10 * k + 6, 20 * j, 20 * j + 12) for k in range(2, 8) for j in range(1, 5)]
    with pytest.raises(PictureError, match="24 things"):
        found(picture(*parts))
    with pytest.raises(PictureError, match="cut off at the top, left, right"):
        found(picture((0, 20, 0, 120)))


def test_a_thing_of_nearly_the_colour_of_the_ground_stays_whole_and_is_seen_through_where_it_is_open():
    pixels = picture((20, 80, 30, 100), ground=(225, 224, 220))
    pixels[25:75, 35:95] = (240, 240, 240)  # white within a blue frame
    pixels[40:50, 50:60] = (225, 224, 220)  # and an opening
    there = shown(found(pixels))
    assert there[26:39, 36:94].all()
    assert not there[41:49, 51:59].any()


def test_a_picture_without_a_thing_is_refused():
    with pytest.raises(PictureError, match="nothing in the picture"):
        found(picture())
    with pytest.raises(PictureError, match="no plain ground"):
        found(np.random.default_rng(0).integers(0, 256, (60, 60, 3)).astype(np.uint8))


def test_small_parts_and_narrow_gaps_make_no_things():
    there = np.zeros((200, 200), dtype=bool)
    there[50:100, 50:100] = there[103:150, 50:100] = True
    assert things_in(there) == (1, 97 * 50 / 200**2)  # three pixels apart
    there[10:14, 10:14] = True
    assert things_in(there)[0] == 1  # a speck
    there[10:40, 120:170] = True
    assert things_in(there)[0] == 2
    assert cut_off_at(there) == []


def test_what_is_cut_out_tells_itself_from_white():
    pixels = np.full((4, 4, 3), 255, dtype=np.uint8)
    mask = np.eye(4, dtype=bool)
    assert np.array_equal((cut_out(pixels, mask) < OBJECT).any(axis=2), mask)


def test_a_finder_is_asked_where_the_ground_is_not_white_and_is_not_believed_blindly():
    asked: list[bool] = []

    def finder(pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        asked.append(True)
        return answer & (chance > 0.5), chance

    def by_both(pixels: np.ndarray) -> np.ndarray:
        return shown(thing_in(Image.fromarray(pixels), None, finder))

    answer, box = np.zeros((2, 100, 120), dtype=bool)
    chance = np.zeros((100, 120), dtype=np.float32)
    box[30:70, 40:90] = True
    noise = np.random.default_rng(0).integers(0, 256, (100, 120, 3)).astype(np.uint8)
    on_grey = picture((30, 70, 40, 90))
    by_border = shown(found(on_grey))
    by_both(picture((30, 70, 40, 90), ground=(255, 255, 255)))
    assert not asked
    with pytest.raises(PictureError, match="No thing can surely"):  # the finder sees nothing there
        by_both(on_grey)
    chance[30:70, 40:90] = 0.55
    answer[30:70, 40:44] = True  # a part of it
    assert np.array_equal(by_both(on_grey), by_border)  # it is not sure
    assert asked
    answer[32:68, 42:88] = True
    answer[30:70, 40:44] = False
    chance[:] = 0.95 * answer
    assert np.array_equal(by_both(on_grey), by_border)  # they agree
    assert np.array_equal(by_both(noise), answer)
    answer[:] = box & (np.arange(120) < 60)
    chance[:] = 0.95 * answer
    assert np.array_equal(by_both(on_grey), answer)  # they do not
    answer[:, 5:] = True
    chance[:] = 0.95 * answer
    with pytest.raises(PictureError, match="cut off at the top, bottom, right"):
        by_both(noise)
    chance[:] = 0.55 * answer
    with pytest.raises(PictureError, match="No thing can surely"):
        by_both(noise)
