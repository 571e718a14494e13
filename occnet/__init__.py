"""Learned implicit 3D reconstruction: occupancy networks from scans to watertight meshes.

The face of the package; everything else is imported from its room, as `from occnet.meshing import extract_mesh`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from occnet.errors import OccnetError
    from occnet.files import read_cloud, read_mesh, write_mesh
    from occnet.mesh import Frame, Mesh
    from occnet.meshing import extract_mesh
    from occnet.networks.checkpoint import load_model, shipped_models
    from occnet.pipeline.reconstruct.reconstruct import reconstruct

_HOMES = {
    "Frame": "occnet.mesh",
    "Mesh": "occnet.mesh",
    "OccnetError": "occnet.errors",
    "extract_mesh": "occnet.meshing",
    "load_model": "occnet.networks.checkpoint",
    "read_cloud": "occnet.files",
    "read_mesh": "occnet.files",
    "reconstruct": "occnet.pipeline.reconstruct.reconstruct",
    "shipped_models": "occnet.networks.checkpoint",
    "write_mesh": "occnet.files",
}

__all__ = [
    "Frame",
    "Mesh",
    "OccnetError",
    "extract_mesh",
    "load_model",
    "read_cloud",
    "read_mesh",
    "reconstruct",
    "shipped_models",
    "write_mesh",
]


def __getattr__(name: str) -> Any:
    # Imported at first use: torch takes seconds, and `occnet --help` shall not wait for it.
    if name not in _HOMES:
        raise AttributeError(f"module 'occnet' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
