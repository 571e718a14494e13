"""`occnet demo`: its arguments, and what it prints."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from tyro.conf import Positional, arg

from occnet.pipeline.allocator import keep_freed_memory
from occnet.pipeline.progress import signs_of_life
from occnet.verbs.shell.exit_codes import EXIT_NOT_SOUND
from occnet.verbs.shell.quick_imports import quick_imports


def demo(
    kind: Positional[Annotated[Literal["scan", "photo", "voxels"], arg(metavar="KIND")]] = "scan",
    output: Annotated[Path, arg(aliases=["-o"], metavar="FOLDER")] = Path("occnet-demo"),
    resolution: int = 256,
) -> int:
    """Reconstruct an example that comes with the program, and write a page on which it is seen.

    Args:
        kind: scan, a noisy scan of a chair; photo, a picture of a mushroom; voxels, 32 x 32 x 32 of it
        output: the folder in which the example, its mesh and the page are written
        resolution: cells along the longest edge
    """
    with signs_of_life(phase="start-up"), quick_imports():
        from occnet.pipeline.demo import demonstrate

    keep_freed_memory()
    with signs_of_life():
        done = demonstrate(kind, output, resolution)
    print(done.result.certificate)
    if done.result.agreement is not None:
        print(done.result.agreement)
    if done.result.photo is not None:
        print(done.result.photo)
    print(f"{'input':<20} {done.given}")
    print(f"{'mesh':<20} {done.mesh}")
    print(f"{'page':<20} {done.page} (open it in a browser)")
    return 0 if done.result.certificate.ok else EXIT_NOT_SOUND
