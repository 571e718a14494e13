"""A scene -> one page of HTML that holds its style, its script and its data."""

from __future__ import annotations

import base64
import html
import zlib
from functools import cache
from pathlib import Path

from occnet.viewer.packing import Scene, packed

WEB = Path(__file__).parent / "web"


def page(scene: Scene) -> str:
    """The page as text. It works from a file as from a server, and asks for nothing from anywhere.

    The data are deflated, and come as base64, which a page can hold.
    """
    data = base64.b64encode(zlib.compress(packed(scene), 6)).decode("ascii")
    style, script = part("viewer.css"), "\n".join(part(name) for name in ("shaders.js", "viewer.js", "layers.js", "panel.js"))
    filled = {"title": html.escape(scene.title), "style": style, "script": script, "data": data}
    text = part("page.html")
    for name, value in filled.items():
        before, mark, after = text.partition("{{" + name + "}}")
        assert mark, f"the page has no place for its {name}"
        text = before + value + after
    return text


def frame(scene: Scene, height: int = 480) -> str:
    """The page within a frame of so many pixels, as a notebook shows it; what runs in it reaches nothing around it."""
    inner = html.escape(page(scene), quote=True)
    return (
        f'<iframe srcdoc="{inner}" sandbox="allow-scripts allow-downloads" title="{html.escape(scene.title)}"'
        f' style="width:100%;height:{height}px;border:0"></iframe>'
    )


@cache
def part(name: str) -> str:
    """The text of one part of the page."""
    return (WEB / name).read_text(encoding="utf-8")
