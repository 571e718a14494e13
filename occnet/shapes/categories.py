"""Named sets of categories: families of procedural things that stand for those of well-known collections of real ones."""

from __future__ import annotations

CATEGORIES: dict[str, tuple[str, ...]] = {
    "thirteen": (
        "airplane",
        "bench",
        "cabinet",
        "car",
        "chair",
        "display",
        "guitar",
        "lamp",
        "loudspeaker",
        "sofa",
        "table",
        "telephone",
        "boat",
    ),
}
"""Each set with the names of its families, see `occnet.shapes.families.FAMILIES`.

"thirteen" are the kinds of things that networks for single pictures are compared on (Choy et al., 3D-R2N2, 2016; Mescheder et
al. 2019, table 1), with a guitar as the long thin one in place of the rifle.
"""
