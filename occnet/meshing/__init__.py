"""Field -> watertight Mesh, at any resolution."""

from occnet.meshing.evaluation import NumpyField
from occnet.meshing.extract import Extraction, extract, extract_mesh
from occnet.meshing.options import ExtractionOptions

__all__ = ["Extraction", "ExtractionOptions", "NumpyField", "extract", "extract_mesh"]
