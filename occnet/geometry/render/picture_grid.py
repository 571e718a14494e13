"""Several pictures in one, with captions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

_CAPTION_GREY = (70, 74, 80)


def side_by_side(
    pictures: Sequence[NDArray[np.uint8]], captions: Sequence[str] | None = None, *, columns: int | None = None
) -> NDArray[np.uint8]:
    """One picture (height, width, 3) uint8 of several of one size, in rows of `columns` (default: one row), on white.

    captions: a line of text for each picture, set centred below it; an empty string leaves the place free. Text that is
    wider than its picture is set smaller.

    Raises ValueError when the pictures differ in size, there are none, or captions do not match them in number.
    """
    if not pictures or len({picture.shape for picture in pictures}) != 1:
        raise ValueError(f"Pictures set side by side must be of one size, not {[picture.shape for picture in pictures]}.")
    if captions is not None and len(captions) != len(pictures):
        raise ValueError(f"{len(pictures)} pictures need as many captions, not {len(captions)}.")
    columns = columns or len(pictures)
    height, width = pictures[0].shape[:2]
    text_size = max(11, round(width / 24))
    line = 0 if captions is None else round(2.2 * text_size)
    rows = -(-len(pictures) // columns)
    sheet = Image.new("RGB", (columns * width, rows * (height + line)), "white")
    pen = ImageDraw.Draw(sheet)
    for number, picture in enumerate(pictures):
        left, top = number % columns * width, number // columns * (height + line)
        sheet.paste(Image.fromarray(picture), (left, top))
        if captions is not None and captions[number]:
            font = _fitting_font(captions[number], text_size, 0.96 * width)
            middle = (left + width / 2, top + height + 0.45 * line)
            pen.text(middle, captions[number], fill=_CAPTION_GREY, font=font, anchor="mm")
    return np.asarray(sheet)


def _fitting_font(text: str, size: int, room: float) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    font = ImageFont.load_default(size)  # the one that comes with Pillow: the same letters on every machine
    wanted = font.getlength(text)
    return font if wanted <= room else ImageFont.load_default(max(6.0, size * room / wanted))
