"""How an observation becomes a mesh: what can be chosen."""

from __future__ import annotations

from dataclasses import dataclass

from occnet.errors import OccnetError
from occnet.observations.reading_options import ReadingOptions


@dataclass(frozen=True)
class ReconstructOptions(ReadingOptions):
    """How an observation becomes a mesh."""

    model: str | None = None
    """a shipped model's name, or the folder of one that you trained; by default the shipped one that reads such a file: points,
    image for a photo, or voxels"""
    resolution: int = 256
    """cells along the longest edge of the padded bounding box, or of each tile where there are several"""
    threshold: float | None = None
    """probability of being inside at the surface, instead of the model's own, which of the model for photos is another for each
    photo; lower gives a fuller shape"""
    device: str = "auto"
    """where to compute: auto, cpu, cuda or mps"""
    least_support: int = 4
    """parts of the surface that fewer points of the scan (of voxels: of sides between full and empty) lie at are dropped: blobs
    around outliers, bubbles; 0 keeps all"""
    faces: int | None = None
    """the most faces of the mesh, which is simplified to so many; a closed one stays closed"""
    refine: bool = False
    """move the vertices until the faces lie on the model's surface and turn with it, as the 2019 paper does; best with --faces,
    for it takes many minutes for a mesh of 200,000"""
    normals: bool = False
    """write a smooth normal for each vertex (ply, obj, off, glb); without them, most programs make their own"""
    strict: bool = False
    """take a mesh that agrees poorly with its scan for an error: nothing is written"""

    def __post_init__(self) -> None:
        if self.threshold is not None and not 0.0 < self.threshold < 1.0:
            raise OccnetError(f"The threshold is a probability between 0 and 1 (exclusive), but {self.threshold} was given.")
        if self.resolution < 1:
            raise OccnetError(f"The resolution must be at least 1 cell, but {self.resolution} was given.")
        if self.faces is not None and self.faces < 4:
            raise OccnetError(f"A closed mesh has at least 4 faces, but {self.faces} were asked for.")
