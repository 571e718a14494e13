"""Learned implicit 3D reconstruction: occupancy networks from scans to watertight meshes.

The face of the package, described in docs/python.md; everything else is imported from its room, as `from occnet.meshing import
NumpyField`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from occnet.errors import OccnetError
    from occnet.field import Field
    from occnet.files.clouds import Cloud, read_cloud, write_cloud
    from occnet.files.meshes import read_mesh, write_mesh
    from occnet.geometry.soundness.certificate import Certificate, certify
    from occnet.mesh import Frame, Mesh
    from occnet.meshing.extract import extract_mesh
    from occnet.metrics import surface_scores, volume_iou
    from occnet.networks.checkpoint import load_model, shipped_models
    from occnet.networks.occupancy_network import OccupancyNetwork
    from occnet.observations.reading_options import CloudReading, PhotoReading
    from occnet.pipeline.evaluate.compare import evaluate_model
    from occnet.pipeline.evaluate.compare_options import CompareOptions
    from occnet.pipeline.evaluate.scores import score_mesh
    from occnet.pipeline.reconstruct.reconstruct import reconstruct
    from occnet.pipeline.reconstruct.reconstruct_options import ReconstructOptions
    from occnet.pipeline.reconstruct.reconstruction import Reconstruction
    from occnet.pipeline.repair import repair_mesh
    from occnet.plugins import load_plugins

_HOMES = {
    "Certificate": "occnet.geometry.soundness.certificate",
    "Cloud": "occnet.files.clouds",
    "CloudReading": "occnet.observations.reading_options",
    "CompareOptions": "occnet.pipeline.evaluate.compare_options",
    "Field": "occnet.field",
    "Frame": "occnet.mesh",
    "Mesh": "occnet.mesh",
    "OccnetError": "occnet.errors",
    "OccupancyNetwork": "occnet.networks.occupancy_network",
    "PhotoReading": "occnet.observations.reading_options",
    "ReconstructOptions": "occnet.pipeline.reconstruct.reconstruct_options",
    "Reconstruction": "occnet.pipeline.reconstruct.reconstruction",
    "certify": "occnet.geometry.soundness.certificate",
    "evaluate_model": "occnet.pipeline.evaluate.compare",
    "extract_mesh": "occnet.meshing.extract",
    "load_model": "occnet.networks.checkpoint",
    "load_plugins": "occnet.plugins",
    "read_cloud": "occnet.files.clouds",
    "read_mesh": "occnet.files.meshes",
    "reconstruct": "occnet.pipeline.reconstruct.reconstruct",
    "repair_mesh": "occnet.pipeline.repair",
    "score_mesh": "occnet.pipeline.evaluate.scores",
    "shipped_models": "occnet.networks.checkpoint",
    "surface_scores": "occnet.metrics",
    "volume_iou": "occnet.metrics",
    "write_cloud": "occnet.files.clouds",
    "write_mesh": "occnet.files.meshes",
}

__all__ = [
    "Certificate",
    "Cloud",
    "CloudReading",
    "CompareOptions",
    "Field",
    "Frame",
    "Mesh",
    "OccnetError",
    "OccupancyNetwork",
    "PhotoReading",
    "ReconstructOptions",
    "Reconstruction",
    "certify",
    "evaluate_model",
    "extract_mesh",
    "load_model",
    "load_plugins",
    "read_cloud",
    "read_mesh",
    "reconstruct",
    "repair_mesh",
    "score_mesh",
    "shipped_models",
    "surface_scores",
    "volume_iou",
    "write_cloud",
    "write_mesh",
]


def __getattr__(name: str) -> Any:
    # Imported at first use: torch takes seconds, and `import occnet` and `occnet --help` shall not wait for it.
    if name not in _HOMES:
        raise AttributeError(f"module 'occnet' has no attribute {name!r}")
    found = getattr(import_module(_HOMES[name]), name)
    globals()[name] = found  # from now on it is found without this function
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
