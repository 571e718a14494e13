"""What a repair has done, in words that a user reads: "filled 2 holes"."""

from __future__ import annotations


def said(verb: str, count: int, one: str, many: str) -> tuple[str, ...]:
    """("dropped 1 loose face",), ("dropped 2 loose faces",), or () where the count is 0; one, many: what, in both numbers."""
    return (f"{verb} {count:,} {one if count == 1 else many}",) if count else ()
