"""What an extraction needs in memory, so that a limit is kept or refused before the work is done."""

from __future__ import annotations

from dataclasses import dataclass

from occnet.errors import OccnetError

KEPT_BYTES = {"marching_cubes": 240, "dual_contouring": 380}
"""A crossing cell of the finest level, measured: its corners and their values, vertices, faces, and the mesh made of them."""

BLOCK_BYTES = 1200  # a cell of a block while it is worked on; measured for dual contouring, which needs most
LEAST_BLOCK = 1024  # cells; smaller blocks take time and save little


class ExtractionTooLarge(OccnetError):
    """An extraction needs more memory than it is allowed."""


@dataclass(frozen=True)
class MemoryBudget:
    """How much memory an extraction may take. limit: bytes, None for as much as there is. kept: bytes a crossing cell."""

    limit: int | None
    kept: int

    def block(self, wanted: int) -> int:
        """Cells to be worked on at once: as many as wanted if they take at most an eighth of the limit."""
        return wanted if self.limit is None else max(LEAST_BLOCK, min(wanted, self.limit // (8 * BLOCK_BYTES)))

    def require(self, cells: int, block: int) -> None:
        """Raise ExtractionTooLarge when so many crossing cells on the finest level, worked on in blocks, exceed the limit."""
        needed = self.kept * cells + BLOCK_BYTES * min(block, cells)
        if self.limit is not None and needed > self.limit:
            raise ExtractionTooLarge(
                f"The surface crosses about {cells:,} cells at this resolution, which takes about {needed / 2**20:,.0f} MiB,"
                f" but memory_limit allows {self.limit / 2**20:,.0f} MiB; lower the resolution or raise the limit."
            )
