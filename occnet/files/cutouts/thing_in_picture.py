"""Which pixels of a picture are of the thing in it: by a mask, by transparency, or by a plain ground; and if it is one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import binary_dilation, binary_erosion, gaussian_filter, label

from occnet.errors import FileError, PictureError
from occnet.files.cutouts.plain_ground import Grounded, on_white_ground, steepness
from occnet.files.images import OBJECT, on_white, read_image

_WHITE = 255
_OPAQUE = 128  # from which alpha on, or brightness of a mask, a pixel is of the thing
_LEAST = 1e-3  # share of the picture that a thing fills
_CUT_OFF = (0.95, 0.5, 0.2)  # share of the picture above which a found thing, cut off at 0, 1 or 2 sides, is part of the ground
_OUTLINE = 500.0  # steepness of a found thing's outline, in the median, below which it is a shadow or a gradient
_RUN = 0.1  # share of a side along which a thing touches it, if it is cut off there
_GAP = 0.01  # share of the picture's longest edge by which parts of one thing may lie apart
_PART = 0.15  # of the largest: smaller parts are no things of their own
_AGREED = 0.7  # IoU of what border and finder tell, from which on they agree: the border tells it more finely
_SURE = 0.8  # least expected IoU of what a finder tells, for it to be believed
_LIKELY = (0.3, 0.5)  # and of what the border tells, where the finder is not sure: of a plain one, and of one that is less so
_PLAIN = 0.9  # share of the border that a plain ground has at least
_SEVERAL = 4  # things from which on a picture shows no thing but a pattern

Finder = Callable[[NDArray[np.uint8]], tuple[NDArray[np.bool_], NDArray[np.float32]]]
"""Which pixels of a picture (H, W, 3) are probably of the thing in it, (H, W), and with what probability each is, (H, W)."""

_BY_NETWORK = "The ground is not plain; a network has told the thing from it. If the outline is wrong, give one by --mask."
_HELP = "cut the thing out (a .png with transparency), or give a picture of where it is by --mask"


@dataclass(frozen=True, eq=False)
class ThingInPicture:
    """A picture on white of one thing, whose own pixels nowhere are as white, and what was noticed."""

    pixels: NDArray[np.uint8]  # (H, W, 3) sRGB
    notes: tuple[str, ...]

    @property
    def outline(self) -> NDArray[np.bool_]:
        """Which pixels are of the thing, (H, W)."""
        return np.asarray((self.pixels < OBJECT).any(axis=2))


def thing_in(picture: Image.Image, mask: Path | None = None, finder: Finder | None = None) -> ThingInPicture:
    """The thing in a picture, cut out: by the mask in a file, else by its transparency, else by what the border shows of the
    ground, which a finder is asked about, too, if there is one, unless it is white: where they do not agree, the finder counts.

    Raises PictureError where there is no thing or more than a few, or where the ground cannot be told from it; FileError when
    the mask cannot be read or has another size.
    """
    pixels = np.asarray(on_white(picture))
    given = _read_mask(mask, pixels.shape[:2]) if mask is not None else _opaque(picture)
    if given is not None:
        return ThingInPicture(cut_out(pixels, given), _judged(given, certain=True))
    grounded = on_white_ground(pixels)
    if finder is None or (grounded is not None and grounded.note is None):  # a white ground needs no finder
        return _on_ground(grounded, pixels)
    try:
        by_ground = _on_ground(grounded, pixels)
    except PictureError:
        by_ground = None
    there, chance = finder(pixels)
    sure = there.mean() >= _LEAST and _expected(there, chance) >= _SURE
    if by_ground is not None and grounded is not None:
        likely = _LIKELY[0] if grounded.plain >= _PLAIN else _LIKELY[1]
        agreed = sure and _common(by_ground.outline, there) >= _AGREED
        if agreed or (not sure and _expected(by_ground.outline, chance) >= likely):
            return by_ground
    if not sure:
        raise PictureError(f"No thing can surely be told from the ground of the picture, which is not white; {_HELP}.")
    return ThingInPicture(cut_out(pixels, there), (_BY_NETWORK, *_judged(there, certain=False)))


def _common(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> float:
    """The IoU of two outlines (H, W)."""
    return float((one & other).sum() / max((one | other).sum(), 1))


def _expected(there: NDArray[np.bool_], chance: NDArray[np.float32]) -> float:
    """The IoU with the truth that is to be expected of an outline (H, W), by the probability of each pixel."""
    return float(chance[there].sum() / max(there.sum() + chance[~there].sum(), 1e-9))


def _on_ground(grounded: Grounded | None, pixels: NDArray[np.uint8]) -> ThingInPicture:
    """What lies before the ground that the border of a picture (H, W, 3) shows. Raises PictureError as `thing_in`."""
    if grounded is None:
        raise PictureError(f"The picture has no plain ground from which the thing in it could be told; {_HELP}.")
    there = ~grounded.behind
    notes = _judged(there, certain=False)
    if outline_steepness(pixels, there) < _OUTLINE:
        raise PictureError(f"What differs from the ground has no outline, as shadows have none; {_HELP}.")
    return ThingInPicture(cut_out(grounded.pixels, there), notes if grounded.note is None else (grounded.note, *notes))


def cut_out(pixels: NDArray[np.uint8], mask: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """The picture (H, W, 3) on white where the mask (H, W) is false; what is white of the thing itself is no longer quite so.

    So the picture alone tells what is of the thing: pixels with a channel below `OBJECT`.
    """
    own = np.where((pixels >= OBJECT).all(axis=2, keepdims=True), OBJECT - 1, pixels)
    return np.where(mask[..., None], own, _WHITE).astype(np.uint8)


def _opaque(picture: Image.Image) -> NDArray[np.bool_] | None:
    """Which pixels are not transparent; None where all are opaque."""
    if not picture.has_transparency_data:
        return None
    there = np.asarray(picture.convert("RGBA"))[..., 3] >= _OPAQUE
    return None if there.all() else there


def _read_mask(path: Path, size: tuple[int, ...]) -> NDArray[np.bool_]:
    """Which pixels of a picture of that size (height, width) a mask in a file is bright or opaque at."""
    values = read_image(path, keep_alpha=True)
    if values.shape[:2] != size:
        raise FileError(
            f"The mask {path} has {values.shape[1]} x {values.shape[0]} pixels, but the picture has {size[1]} x {size[0]}; "
            "give one of the same size."
        )
    there = values[..., 3] if values.shape[2] == 4 else values.mean(axis=2)
    return there >= _OPAQUE


def _judged(there: NDArray[np.bool_], certain: bool) -> tuple[str, ...]:
    """What is to be said of an outline (H, W). certain: whether a user gave it; then less is refused."""
    share, things, largest = float(there.mean()), *things_in(there)
    if largest < _LEAST:
        raise PictureError(f"There is nothing in the picture but its ground, as far as can be told; {_HELP}.")
    if things > _SEVERAL:
        raise PictureError(f"The picture shows {things} things apart from each other, but one solid is made of one; {_HELP}.")
    sides = cut_off_at(there)
    if not certain and (len(sides) > 2 or share > _CUT_OFF[len(sides)]):
        raise PictureError(
            f"What differs from the ground is no whole thing: it fills {100 * share:.0f} % of the picture and is cut off at "
            f"{'none of its sides' if not sides else 'the ' + ', '.join(sides)}; {_HELP}."
        )
    notes = []
    if things > 1:
        notes.append(f"The picture shows {things} things apart from each other; they are read as one. Cut one out to have it.")
    if sides:
        notes.append(f"The thing is cut off at the {' and the '.join(sides)} of the picture; what lies beyond is not made.")
    return tuple(notes)


def things_in(there: NDArray[np.bool_]) -> tuple[int, float]:
    """How many things an outline (H, W) shows, and which share of the picture the largest fills.

    Things are parts with a gap between them; those that are small beside the largest are none of their own.
    """
    if not there.any():
        return 0, 0.0
    rounds = max(1, round(_GAP * max(there.shape)))
    joined = np.asarray(binary_dilation(there, iterations=rounds), dtype=bool)
    parts, count = cast("tuple[NDArray[np.int32], int]", label(joined, np.ones((3, 3))))
    sizes = np.bincount(parts[there], minlength=count + 1)[1:]
    return int((sizes >= _PART * sizes.max()).sum()), float(sizes.max() / there.size)


def outline_steepness(pixels: NDArray[np.uint8], there: NDArray[np.bool_]) -> float:
    """The median of how steeply a picture changes along an outline (H, W); see `steepness`."""
    outline = np.asarray(binary_dilation(there), dtype=bool) & ~np.asarray(binary_erosion(there), dtype=bool)
    return float(np.median(steepness(gaussian_filter(pixels.astype(np.float64), (1.0, 1.0, 0.0)))[outline]))


def cut_off_at(there: NDArray[np.bool_]) -> list[str]:
    """The sides of the picture that an outline (H, W) touches along more than a little."""
    sides = {"top": there[0], "bottom": there[-1], "left": there[:, 0], "right": there[:, -1]}
    return [name for name, line in sides.items() if line.mean() > _RUN]
