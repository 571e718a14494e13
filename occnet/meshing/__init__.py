"""Field -> watertight Mesh, at any resolution; and what makes such a mesh smaller, smoother, and proves it sound."""

from occnet.meshing.certificate import Certificate, certify
from occnet.meshing.evaluation import NumpyField
from occnet.meshing.extract import Extraction, extract, extract_mesh
from occnet.meshing.face_intersections import self_intersections
from occnet.meshing.memory import ExtractionTooLarge
from occnet.meshing.options import ExtractionOptions
from occnet.meshing.refine import RefineOptions, refine
from occnet.meshing.simplify import simplify

__all__ = [
    "Certificate",
    "Extraction",
    "ExtractionOptions",
    "ExtractionTooLarge",
    "NumpyField",
    "RefineOptions",
    "certify",
    "extract",
    "extract_mesh",
    "refine",
    "self_intersections",
    "simplify",
]
