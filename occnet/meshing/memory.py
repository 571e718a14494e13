"""What an extraction needs in memory, so that a limit is kept or refused before the work is done."""

from __future__ import annotations

from occnet.errors import OccnetError

KEPT_BYTES = 260  # a crossing cell of the finest level: corners, values, vertices, faces and the mesh made of them; measured
BLOCK_BYTES = 1200  # a cell of a block, while it is worked on; measured for dual contouring, which needs most
LEAST_BLOCK = 1024  # cells; smaller blocks take time and save little


class ExtractionTooLarge(OccnetError):
    """An extraction needs more memory than it is allowed."""


def block_within(block: int, memory_limit: int | None) -> int:
    """Cells worked on at once, so that a block takes at most an eighth of the limit, in bytes."""
    if memory_limit is None:
        return block
    return max(LEAST_BLOCK, min(block, memory_limit // (8 * BLOCK_BYTES)))


def require_memory(cells: int, block: int, memory_limit: int | None) -> None:
    """Raise ExtractionTooLarge when so many crossing cells on the finest level, worked on in blocks, exceed the limit."""
    needed = KEPT_BYTES * cells + BLOCK_BYTES * min(block, cells)
    if memory_limit is not None and needed > memory_limit:
        raise ExtractionTooLarge(
            f"The surface crosses about {cells:,} cells at this resolution, which takes about {needed / 2**30:.2g} GiB,"
            f" but memory_limit allows {memory_limit / 2**30:.2g} GiB; lower the resolution or raise the limit."
        )
