"""`occnet doctor`: what it prints."""

from __future__ import annotations

from occnet.verbs.shell.exit_codes import EXIT_NOT_SOUND
from occnet.verbs.shell.quick_imports import quick_imports


def doctor() -> int:
    """Tell what a report of a fault needs: versions, devices, optional parts, and how long one reconstruction takes.

    Exits with 1 if that reconstruction failed.
    """
    with quick_imports():
        from occnet.pipeline.doctor import examination

    lines = examination()
    for name, found in lines:
        print(f"{name:<24} {found}")
    _, last = lines[-1]
    return EXIT_NOT_SOUND if "FAILED" in last or "NOT SOUND" in last else 0
