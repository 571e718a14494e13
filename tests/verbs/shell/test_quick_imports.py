"""Garbage is not collected during imports, is collected afterwards, and what was imported is left out of it."""

from __future__ import annotations

import gc
import sys

import pytest

from occnet.verbs.shell.quick_imports import quick_imports


class Ring:
    """An object that only the collector can free."""

    freed = 0

    def __init__(self) -> None:
        self.itself = self

    def __del__(self) -> None:
        Ring.freed += 1


def test_garbage_is_collected_again_after_the_imports_and_after_a_failure():
    assert gc.isenabled()
    with quick_imports():
        assert not gc.isenabled()
    assert gc.isenabled()
    with pytest.raises(ModuleNotFoundError), quick_imports():
        import occnet.nowhere  # pyright: ignore[reportMissingImports]  # noqa: F401
    assert gc.isenabled()
    gc.disable()
    try:
        with quick_imports():
            pass
        assert not gc.isenabled()  # as it was before
    finally:
        gc.enable()


def test_what_was_imported_is_not_searched_and_what_comes_later_is():
    try:
        with quick_imports():
            held = Ring()
        assert gc.get_freeze_count() > len(sys.modules)
        assert not any(found is held for found in gc.get_objects())
        before = Ring.freed
        Ring()
        gc.collect()
        assert Ring.freed == before + 1
    finally:
        gc.unfreeze()
