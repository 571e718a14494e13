"""Procedural solids with exact occupancy and surface samples: an endless source of training shapes."""

from occnet.shapes.batch import ShapeBatch, sample_shapes
from occnet.shapes.placing import placed_shapes

__all__ = ["ShapeBatch", "placed_shapes", "sample_shapes"]
