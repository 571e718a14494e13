"""Which split a shape belongs to: decided by its name alone, so that it never moves."""

from __future__ import annotations

import zlib

SPLITS = ("train", "validation", "test")
ALL = "all"  # every shape, whichever split its name belongs to


def split_of(name: str) -> str:
    """ "test", "validation" or "train" for a shape's name: 5 % test, 5 % validation by the name's number."""
    return {0: "test", 1: "validation"}.get(number_of(name) % 20, "train")


def number_of(name: str) -> int:
    """A number from 0 to 2^32 - 1 that follows from a name alone: the CRC-32 of its bytes, be they UTF-8 or not."""
    return zlib.crc32(name.encode("utf-8", "surrogateescape"))


def category_of(name: str) -> str:
    """The category of a shape: the first folder of its name, "" where that has none."""
    return name.split("/")[0] if "/" in name else ""
