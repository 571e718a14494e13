"""The Morton curve against the definition, bit by bit."""

from __future__ import annotations

import numpy as np

from occnet.geometry.morton import CELLS, morton_codes


def test_codes_interleave_the_bits_of_the_cells() -> None:
    cells = np.random.default_rng(0).integers(0, CELLS, (500, 3))
    expected = [
        sum((int(cell[axis]) >> bit & 1) << (3 * bit + axis) for bit in range(10) for axis in range(3)) for cell in cells
    ]
    assert morton_codes(cells + 0.5).tolist() == expected


def test_the_curve_passes_every_cell_once_and_whole_blocks_in_a_row() -> None:
    cells = np.stack(np.meshgrid(*[np.arange(8)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    codes = morton_codes(cells.astype(np.float64))
    assert sorted(codes.tolist()) == list(range(512))
    ordered = cells[np.argsort(codes)]
    for size, blocks in ((2, ordered.reshape(64, 8, 3)), (4, ordered.reshape(8, 64, 3))):
        assert (np.ptp(blocks, axis=1) == size - 1).all()  # each run of size^3 cells is a cube


def test_what_lies_beyond_the_grid_counts_to_its_outermost_cells() -> None:
    beyond, outermost = np.array([[-7.0, 3.0, 5000.0]]), np.array([[0.0, 3.0, CELLS - 1.0]])
    assert morton_codes(beyond) == morton_codes(outermost)
