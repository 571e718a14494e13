"""Field -> watertight Mesh, at any resolution; and what moves its vertices onto the surface of the field."""

from occnet.meshing.evaluation import NumpyField
from occnet.meshing.extract import Extraction, extract, extract_mesh
from occnet.meshing.extraction_options import ExtractionOptions
from occnet.meshing.memory_limit import ExtractionTooLarge
from occnet.meshing.refine import RefineOptions, refine

__all__ = [
    "Extraction",
    "ExtractionOptions",
    "ExtractionTooLarge",
    "NumpyField",
    "RefineOptions",
    "extract",
    "extract_mesh",
    "refine",
]
