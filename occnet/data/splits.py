"""Which split a shape belongs to: decided by its name alone, so that it never moves."""

from __future__ import annotations

from occnet.data.names import number_of

SPLITS = ("train", "validation", "test")
ALL = "all"  # every shape, whichever split its name belongs to


def split_of(name: str) -> str:
    """ "test", "validation" or "train" for a shape's name: 5 % test, 5 % validation by the name's CRC-32."""
    return {0: "test", 1: "validation"}.get(number_of(name) % 20, "train")
