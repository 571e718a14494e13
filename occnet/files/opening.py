"""What stands between a path and a reader: the file exists, is a file, holds something, and has a suffix that is known."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from occnet.errors import FileError, OccnetError, plainly
from occnet.files.limits import check_size

PROGRAMS = {  # of formats that are not read, what to do
    **dict.fromkeys((".fls", ".fws", ".lsproj"), "save it as .e57 with FARO SCENE"),
    **dict.fromkeys((".rcp", ".rcs"), "save it as .e57 with Autodesk ReCap"),
    **dict.fromkeys((".zfs", ".zfprj"), "save it as .e57 with Z+F LaserControl"),
    **dict.fromkeys((".rxp", ".rdbx", ".rdb"), "save it as .las with RIEGL RiSCAN PRO"),
    **dict.fromkeys((".imp", ".lgs"), "save it as .e57 with Leica Cyclone"),
    **dict.fromkeys((".bag", ".mcap", ".db3"), "save its clouds as .pcd with ROS (pcl_ros)"),
    **dict.fromkeys(
        (".fbx", ".blend", ".dae", ".3ds", ".usd", ".usda", ".usdc", ".usdz", ".abc"), "save it as .ply with Blender"
    ),
    **dict.fromkeys((".step", ".stp", ".iges", ".igs", ".brep", ".fcstd"), "save it as .stl with FreeCAD"),
    **dict.fromkeys((".3mf", ".amf", ".ctm", ".wrl", ".vrml", ".x3d", ".dxf", ".gts"), "save it as .ply with MeshLab"),
    **dict.fromkeys((".vtk", ".vtp", ".vtu"), "save it as .ply with ParaView"),
    **dict.fromkeys((".spz", ".splat", ".ksplat"), "save it as .ply with SuperSplat"),
    **dict.fromkeys((".heic", ".heif", ".gif", ".avif", ".eps", ".dds"), "save it as .png with ImageMagick"),
    **dict.fromkeys((".nii", ".mha", ".mhd", ".dcm", ".nrrd"), "save its surface as .ply with 3D Slicer"),
    **dict.fromkeys((".gz", ".7z", ".rar", ".tar", ".xz"), "unpack it first"),
    ".drc": "write it as .ply with draco_decoder",
    ".exr": "save its depths as a .tif of 32 bits with ImageMagick",
}


def suffix_of(path: Path, supported: Collection[str], purpose: str) -> str:
    """The suffix of path in lower case, one of supported (".ply", ...); raises FileError that lists them otherwise."""
    suffix = path.suffix.lower()
    if suffix not in supported:
        if suffix in PROGRAMS:
            raise FileError(f"{path} has the suffix {path.suffix}, which is not read here; {PROGRAMS[suffix]}.")
        found = f"has the suffix {path.suffix}" if suffix else "has no suffix"
        raise FileError(f"{path} {found}, but {purpose} is one of {', '.join(sorted(supported))}; convert or rename it.")
    return suffix


def exists(path: Path, refusal: type[OccnetError] = FileError) -> bool:
    """Whether there is anything at path. Raises a refusal where that cannot be told: a name too long, links in a circle."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except (OSError, ValueError) as error:
        raise _refused(path, error, refusal) from error
    return True


def check_readable(path: Path) -> None:
    """Raise FileError when path is missing, a folder, not a regular file (a pipe would block), empty or protected."""
    try:
        if path.is_dir():
            raise FileError(f"{path} is a folder, but a file is needed; name one of the files in it.")
        if not path.exists():
            raise FileError(f"There is no file {path}; check the path.")
        if not path.is_file():
            raise FileError(f"{path} is not a regular file; copy its contents to a file first.")
        if path.stat().st_size == 0:
            raise FileError(f"{path} is empty (0 bytes); export or copy it again.")
        with open(path, "rb"):
            pass
    except (OSError, ValueError) as error:  # no permission, a name too long, a zero byte in the name
        raise _refused(path, error) from error


def read_bytes(path: Path) -> bytes:
    """The whole contents of path; raises FileError as check_readable does, and when they are too many or are refused."""
    check_readable(path)
    try:
        check_size(path.stat().st_size, path)
        return path.read_bytes()
    except OSError as error:
        raise FileError(f"{path} cannot be read ({error.strerror or error}); check its rights.") from error


def _refused(path: Path, error: Exception, kind: type[OccnetError] = FileError) -> OccnetError:
    return kind(f"{str(path)!r} cannot be opened ({plainly(error)}); check the path and its rights.")
