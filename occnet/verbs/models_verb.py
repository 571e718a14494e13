"""`occnet models`: its arguments, and what it prints."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

from tyro.conf import Positional, arg

from occnet.verbs.shell.quick_imports import quick_imports


def models(
    folders: Positional[Annotated[tuple[Path, ...], arg(metavar="FOLDER")]] = (),
    as_json: Annotated[bool, arg(name="json")] = False,
) -> int:
    """List the models that --model takes: what they read, how large they are, how good they are.

    Args:
        folders: where your own models lie, such as runs/; those that come with the package are listed anyway
        as_json: one JSON object a line, for programs
    """
    with quick_imports():
        from occnet.pipeline.models import list_models

    found = list_models(folders)
    print("\n".join(json.dumps(asdict(model)) if as_json else str(model) for model in found))
    return 0
