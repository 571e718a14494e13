"""The page of the program, put together from its parts."""

from __future__ import annotations

import html
import json
from functools import cache
from pathlib import Path
from typing import get_args

from occnet.app.app_options import AppOptions
from occnet.app.generating_work import STEPS
from occnet.app.models_at_hand import generative
from occnet.demo_inputs import DEMO_INPUTS
from occnet.files.meshes import WRITERS
from occnet.observations.reading_options import GroundUse, Surface
from occnet.viewer.page import part

_WEB = Path(__file__).parent / "web"


@cache
def app_page(options: AppOptions) -> str:
    """The page as text; what it asks, it asks of the server that it came from."""
    about = {
        "examples": list(DEMO_INPUTS),
        "formats": [suffix.removeprefix(".") for suffix in WRITERS],
        "mostMegabytes": options.most_megabytes,
        "categories": generative(),
        "steps": STEPS,
        "ground": get_args(GroundUse),
        "surface": get_args(Surface),
    }
    scripts = [part(name) for name in ("shaders.js", "viewer.js", "layers.js", "panel.js")]
    filled = {
        "style": part("viewer.css") + _own("app.css"),
        "about": html.escape(json.dumps(about), quote=False),
        "script": "\n".join([*scripts, _own("app.js")]),
    }
    text = _own("app.html")
    for name, value in filled.items():
        before, mark, after = text.partition("{{" + name + "}}")
        assert mark, f"the page has no place for its {name}"
        text = before + value + after
    return text


def _own(name: str) -> str:
    return (_WEB / name).read_text(encoding="utf-8")
