"""What an extraction needs in memory, so that a limit is kept or refused before the work is done."""

from __future__ import annotations

from dataclasses import dataclass

from occnet.errors import OccnetError

KEPT_BYTES = {"marching_cubes": 240, "dual_contouring": 380}
"""A crossing cell of the finest level, measured: its corners and their values, vertices, faces, and the mesh made of them."""

PORTION_BYTES = 1200  # a cell of a portion while it is worked on; measured for dual contouring, which needs most
LEAST_PORTION = 1024  # cells; smaller portions take time and save little


class ExtractionTooLarge(OccnetError):
    """An extraction needs more memory than it is allowed."""


@dataclass(frozen=True)
class MemoryBudget:
    """How much memory an extraction may take. limit: bytes, None for as much as there is. kept: bytes a crossing cell."""

    limit: int | None
    kept: int

    def portion(self, wanted: int) -> int:
        """Cells to be worked on at once: as many as wanted if they take at most an eighth of the limit."""
        return wanted if self.limit is None else max(LEAST_PORTION, min(wanted, self.limit // (8 * PORTION_BYTES)))

    def require(self, cells: int, portion: int) -> None:
        """Raise ExtractionTooLarge when so many crossing cells on the finest level, worked on in portions, exceed the limit."""
        needed = self.kept * cells + PORTION_BYTES * min(portion, cells)
        if self.limit is not None and needed > self.limit:
            raise ExtractionTooLarge(
                f"The surface crosses about {cells:,} cells at this resolution, which takes about {needed / 2**20:,.0f} MiB,"
                f" but memory_limit allows {self.limit / 2**20:,.0f} MiB; lower the resolution or raise the limit."
            )
