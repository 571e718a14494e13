"""The cube of the network: shapes are moved into [-0.5, 0.5]^3, and fields are asked a little beyond it, in the padded cube."""

from __future__ import annotations

PADDING = 0.1  # growth of the edge from the unit cube to the padded one; Occupancy Networks, supplementary B
PADDED_EDGE = 1.0 + PADDING
PADDED_HALF = 0.5 * PADDED_EDGE
"""How far the padded cube reaches from the origin along each axis."""

PADDED_BOUNDS = ((-PADDED_HALF, -PADDED_HALF, -PADDED_HALF), (PADDED_HALF, PADDED_HALF, PADDED_HALF))
"""Lowest and highest corner of the padded cube."""
