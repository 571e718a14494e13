"""`occnet info`: its arguments, and what it prints."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from tyro.conf import Positional, arg

from occnet.verbs.shell.exit_codes import EXIT_NOT_SOUND
from occnet.verbs.shell.quick_imports import quick_imports


def info(
    dataset: Positional[Annotated[Path, arg(metavar="DATASET")]], verify_all: Annotated[bool, arg(name="verify")] = False
) -> int:
    """Describe a prepared dataset. With --verify, exits with 1 if anything in it is damaged or missing.

    Args:
        dataset: the folder that `occnet prepare` made
        verify_all: read everything and compare it with its checksums and with the plan
    """
    with quick_imports():
        from occnet.pipeline.prepare.dataset_info import describe, verify

    print(describe(dataset))
    if not verify_all:
        return 0
    problems = verify(dataset)
    print("\n".join(problems) or "Every file is as it was written, and every shape is there.")
    return EXIT_NOT_SOUND if problems else 0
