"""`occnet check`: its arguments, and what it prints."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from tyro.conf import Positional, arg

from occnet.pipeline.progress import signs_of_life
from occnet.verbs.exit_codes import EXIT_NOT_SOUND
from occnet.verbs.quick_imports import quick_imports


def check(mesh: Positional[Annotated[Path, arg(metavar="MESH")]]) -> int:
    """Tell whether a mesh bounds a solid, and if not, what is wrong with it. Exits with 0 if it does, with 1 if not.

    Args:
        mesh: the mesh to examine: ply, obj, stl, off, glb or gltf
    """
    with quick_imports():
        from occnet.pipeline.check import check_file

    with signs_of_life():
        certificate = check_file(mesh).certificate
    print(certificate)
    return 0 if certificate.ok else EXIT_NOT_SOUND
