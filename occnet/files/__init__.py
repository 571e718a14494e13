"""Files behind one door: read safely, with everything judged before it is believed; write whole or not at all."""

from occnet.files.atomic import atomic_path
from occnet.files.clouds import Cloud, checked_points, read_cloud, write_cloud
from occnet.files.depth import Intrinsics, read_depth, read_intrinsics
from occnet.files.meshes import check_mesh_destination, read_mesh, write_mesh

__all__ = [
    "Cloud",
    "Intrinsics",
    "atomic_path",
    "check_mesh_destination",
    "checked_points",
    "read_cloud",
    "read_depth",
    "read_intrinsics",
    "read_mesh",
    "write_cloud",
    "write_mesh",
]
