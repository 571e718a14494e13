"""`occnet app`: its arguments, and what it prints."""

from __future__ import annotations

from typing import Annotated

from tyro.conf import arg

from occnet.app.app_options import AppOptions
from occnet.pipeline.allocator import keep_freed_memory
from occnet.pipeline.progress import signs_of_life
from occnet.verbs.shell.quick_imports import quick_imports


def app(options: Annotated[AppOptions, arg(name="")] = AppOptions(), browser: bool = True) -> int:  # noqa: B008 (frozen)
    """Use the program on a page in the browser: drop a scan, a photo or voxels, or draw new shapes. Ctrl-C ends it.

    Args:
        browser: open no browser; the address is printed
    """
    with signs_of_life(phase="start-up"), quick_imports():
        from occnet.app.app_server import serve_app

    keep_freed_memory()
    serve_app(options, browser)
    return 0
