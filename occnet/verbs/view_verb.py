"""`occnet view`: its arguments, and what it prints."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from tyro.conf import Positional, arg

from occnet.pipeline.progress import signs_of_life
from occnet.pipeline.show.view_options import ViewOptions
from occnet.verbs.shell.quick_imports import quick_imports


def view(
    files: Positional[Annotated[tuple[Path, ...], arg(metavar="FILE")]],
    save: Annotated[Path | None, arg(metavar="PAGE")] = None,
    options: Annotated[ViewOptions, arg(name="")] = ViewOptions(),  # noqa: B008 (frozen)
    port: int = 0,
    browser: bool = True,
) -> int:
    """Look at meshes, scans, voxels and pictures in the browser, one over the other, until Ctrl-C.

    Args:
        files: what to look at; a mesh and its scan, or two meshes, are coloured by their distance to each other on request
        save: write the page to this .html file instead, which needs no server and no network, to keep or to send
        port: of this machine, where the page is served; by default a free one
        browser: open no browser; the address is printed
    """
    with signs_of_life(phase="start-up"), quick_imports():
        from occnet.pipeline.show.viewing import save_view, view_page
        from occnet.viewer.loopback import serve_page

    with signs_of_life():
        if save is not None:
            save_view(files, save, options)
        text = "" if save is not None else view_page(files, options)
    if save is not None:
        print(f"{'written to':<20} {save}")
    else:
        serve_page(text, port, browser)
    return 0
