"""A scene, shown from a script or a notebook."""

from __future__ import annotations

import sys
from typing import Any

from occnet.viewer.loopback import serve_page
from occnet.viewer.packing import Scene
from occnet.viewer.page import frame, page


def show(scene: Scene) -> None:
    """Show a scene: below the cell of a notebook; else in the browser, and come back once that has the page.

    Raises OccnetError where there is no browser.
    """
    display = _notebook()
    if display is None:
        serve_page(page(scene), once=True)
    else:
        display.display_html(frame(scene), raw=True)


def _notebook() -> Any:
    """The module that shows things in the notebook that this runs in; None where it runs in none."""
    ipython = sys.modules.get("IPython")
    shell = ipython and ipython.get_ipython()
    if shell is None or not hasattr(shell, "kernel"):
        return None
    from IPython import display  # pyright: ignore[reportMissingImports] (it is there: this runs in it)

    return display
