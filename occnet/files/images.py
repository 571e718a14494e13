"""Photos from files: read with their orientation, on white where they are transparent, and the square that a network sees."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from occnet.errors import FileError, OccnetError
from occnet.files.limits import check_size
from occnet.files.opening import check_readable, suffix_of

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff")
FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "TIFF")  # as Pillow calls them; it knows others, one of which starts Ghostscript
_OTHERS = (  # what a picture may be whatever its name says, by its first bytes
    (b"%!PS", "an EPS"),
    (b"\xc5\xd0\xd3\xc6", "an EPS"),
    (b"DDS ", "a DDS"),
    (b"GIF8", "a GIF"),
    (b"8BPS", "a Photoshop"),
    (b"%PDF", "a PDF"),
    (b"....ftyp(heic|heix|hevc|mif1|msf1)", "a HEIC"),
    (b"....ftypavif", "an AVIF"),
    (b"\x00\x00\x00\x0cjP  |\xff\x4f\xff\x51", "a JPEG 2000"),
    (b"\\s*(<\\?xml[^>]*>\\s*)?<svg", "an SVG"),
)
_FEWEST_PIXELS = 8
_PIXEL = 8  # bytes, on the way
_WHITE = (255, 255, 255)
OBJECT = 245  # a pixel with a channel below this is of the object, not of the white behind it


def read_image(path: Path, *, keep_alpha: bool = False) -> NDArray[np.uint8]:
    """The picture in a .png, .jpg, .webp, .bmp or .tif file, (H, W, 3) uint8 sRGB, upright, transparent parts white.

    keep_alpha: of a picture with transparent parts, give (H, W, 4), its colours as they stand.
    Raises FileError when the file is missing, no picture, damaged, too small or too large.
    """
    check_readable(path)
    suffix_of(path, SUFFIXES, "a picture")
    try:
        with Image.open(
            path, formats=FORMATS
        ) as image:  # where it is large, Pillow warns: whether that is heard, the program decides
            width, height = image.size
            if min(width, height) < _FEWEST_PIXELS:
                raise FileError(f"{path} has {width} x {height} pixels, with which nothing can be done; give a larger one.")
            check_size(_PIXEL * width * height, path, f"its {width} x {height} pixels")
            upright = ImageOps.exif_transpose(image)
            return np.asarray(upright.convert("RGBA") if keep_alpha and upright.has_transparency_data else on_white(upright))
    except UnidentifiedImageError:
        what = f"{_other_kind(path)} file" if _other_kind(path) else "no picture"
        raise FileError(f"{path} is {what}, whatever its name says; export it as .png or .jpg.") from None
    except Image.DecompressionBombError:
        most = 2 * (Image.MAX_IMAGE_PIXELS or 0)
        raise FileError(f"{path} has more than the {most:,} pixels that are decoded; make it smaller.") from None
    except OccnetError:
        raise
    except Exception as problem:  # whatever the decoders stumble over in a damaged file
        raise FileError(f"{path} is a damaged picture ({str(problem)[:80]}); copy or export it again.") from None


def _other_kind(path: Path) -> str | None:
    """What a file is that is none of the pictures that are read, "an EPS" for example; None when it is not known."""
    with open(path, "rb") as file:
        head = file.read(256)
    return next((kind for pattern, kind in _OTHERS if re.match(pattern, head, re.DOTALL)), None)


def on_white(image: Image.Image) -> Image.Image:
    """A picture of any mode in RGB, its transparent parts white."""
    if image.mode.startswith("I;16") or image.mode in ("I", "F"):  # 16 bits a channel; Pillow's own conversion clips
        values = np.asarray(image, dtype=np.float64)
        image = Image.fromarray(np.rint(values / max(values.max(), 1.0) * 255).astype(np.uint8))
    if image.has_transparency_data:
        image = image.convert("RGBA")
        background = Image.new("RGBA", image.size, (*_WHITE, 255))
        image = Image.alpha_composite(background, image)
    return image.convert("RGB")


@dataclass(frozen=True)
class Window:
    """A square of a picture, in its pixels; it may reach beyond the picture, where all is white."""

    left: int
    top: int
    edge: int

    def of(self, pixels: NDArray[np.uint8], edge: int) -> NDArray[np.uint8]:
        """What a picture (H, W, 3) shows there, (edge, edge, 3) uint8."""
        canvas = Image.new("RGB", (self.edge, self.edge), _WHITE)
        canvas.paste(Image.fromarray(pixels), (-self.left, -self.top))
        return np.asarray(canvas if self.edge == edge else canvas.resize((edge, edge), Image.Resampling.BILINEAR))

    def places(self, pixels: NDArray[np.floating]) -> NDArray[np.floating]:
        """Places (N, 2) in the picture, right and down in pixels -> in the window, +-1 at its borders."""
        return (pixels - np.array([self.left, self.top])) * (2.0 / self.edge) - 1.0

    def pixels(self, places: NDArray[np.floating]) -> NDArray[np.floating]:
        """The inverse of `places`."""
        return (places + 1.0) * (0.5 * self.edge) + np.array([self.left, self.top])


@dataclass(frozen=True, eq=False)
class Pictured:
    """A thing in a picture on white, none of whose own pixels is as white, and the square of it that a network reads."""

    pixels: NDArray[np.uint8]  # (H, W, 3) sRGB
    window: Window

    @property
    def outline(self) -> NDArray[np.bool_]:
        """Which pixels are of the thing, (H, W)."""
        return np.asarray((self.pixels < OBJECT).any(axis=2))


def whole(pixels: NDArray[np.uint8]) -> Window:
    """The smallest window that shows all of a picture (H, W, 3), in the middle."""
    height, width = pixels.shape[:2]
    longest = max(height, width)
    return Window(-((longest - width) // 2), -((longest - height) // 2), longest)


def around_object(pixels: NDArray[np.uint8], margin: float = 0.05, shift: tuple[float, float] = (0.0, 0.0)) -> Window:
    """The window around the object of a picture (H, W, 3) on white.

    margin: white on each side of its longer edge, as a share of that edge. shift: how far it lies off the middle, right and
    down, in the same unit. A picture without anything on it is taken whole.
    """
    there = (pixels < OBJECT).any(axis=2)
    rows, columns = np.flatnonzero(there.any(axis=-1)), np.flatnonzero(there.any(axis=0))
    if not len(rows):
        return whole(pixels)
    sizes = int(columns[-1] + 1 - columns[0]), int(rows[-1] + 1 - rows[0])
    longest = max(sizes)
    edge = round(longest * (1 + 2 * margin))
    x, y = (round((edge - size) / 2 + longest * part) for size, part in zip(sizes, shift, strict=True))
    return Window(int(columns[0]) - x, int(rows[0]) - y, edge)
