"""Procedural solids with exact occupancy and surface samples: an endless source of training shapes."""

from occnet.shapes.batch import ShapeBatch, sample_shapes

__all__ = ["ShapeBatch", "sample_shapes"]
