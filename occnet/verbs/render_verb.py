"""`occnet render`: its arguments, and what it prints."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

from tyro.conf import Positional, arg

from occnet.pipeline.progress import progress_bar
from occnet.pipeline.show.render_options import RenderOptions
from occnet.verbs.shell.quick_imports import quick_imports


def render(
    files: Positional[Annotated[tuple[Path, ...], arg(metavar="FILE")]],
    output: Annotated[Path, arg(aliases=["-o"], metavar="PICTURE")],
    options: Annotated[RenderOptions, arg(name="")] = RenderOptions(),  # noqa: B008 (frozen)
) -> int:
    """Draw meshes, scans, voxels and pictures, side by side, or a turn around them.

    Args:
        files: what to draw, in this order
        output: a picture (png, jpg, webp), or a turn (gif; mp4 needs the extra [app])
    """
    with quick_imports():
        from occnet.pipeline.show.render import render_files

    with progress_bar() as bar:

        def watched(pictures: Iterator[Any], total: int) -> Iterator[Any]:
            task = bar.add_task("drawing", total=total, note="")
            for picture in pictures:
                bar.advance(task)
                yield picture

        render_files(files, output, options, watched)
    print(f"{'written to':<20} {output}")
    return 0
