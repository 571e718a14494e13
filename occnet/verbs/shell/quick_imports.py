"""Imports without the search for garbage, of which they make none."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quick_imports() -> Iterator[None]:
    """Within, garbage is not collected; what is there at the end is never searched for garbage again.

    Torch and what it brings are 170,000 objects, which Python otherwise goes through again and again, as they are imported and
    afterwards. This is for programs: it changes how all of the process collects.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if collecting:
            gc.enable()
