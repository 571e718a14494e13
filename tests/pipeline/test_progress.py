"""A terminal shows that a job lives; a file or a pipe gets none of that."""

from __future__ import annotations

import io
import sys

import pytest

from occnet.pipeline.phases import announce
from occnet.pipeline.progress import progress_bar, signs_of_life, tracked


class Terminal(io.StringIO):
    """Keeps what a terminal would show."""

    def isatty(self) -> bool:
        return True


def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Standard error from here on. A test calls it itself: pytest sets its own standard error before each test begins."""
    shown = Terminal()
    monkeypatch.setattr(sys, "stderr", shown)
    monkeypatch.setenv("TERM", "xterm")
    return shown


def test_a_terminal_shows_the_phase(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    shown = terminal(monkeypatch)
    with signs_of_life():
        announce("certify")
        print("a result")
    assert "certify" in shown.getvalue()
    assert "a result" not in shown.getvalue()  # standard output is no terminal here
    assert capsys.readouterr().out == "a result\n"


def test_a_terminal_shows_how_far_a_job_has_come(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = terminal(monkeypatch)
    with progress_bar() as bar:
        task = bar.add_task("Reconstructing", total=3, note="")
        bar.update(task, advance=2, note="1 failed")
    assert "2/3" in shown.getvalue()
    assert "1 failed" in shown.getvalue()


def test_items_pass_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = terminal(monkeypatch)
    assert list(tracked("abc", "Scoring")) == ["a", "b", "c"]
    assert "Scoring" in shown.getvalue()
    assert "3/3" in shown.getvalue()


def test_silence_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = terminal(monkeypatch)
    with signs_of_life(silent=True), progress_bar(silent=True) as bar:
        announce("certify")
        bar.add_task("Reconstructing", total=3, note="")
    assert shown.getvalue() == ""


def test_what_is_no_terminal_gets_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with signs_of_life(), progress_bar() as bar:
        announce("certify")
        bar.advance(bar.add_task("Reconstructing", total=3, note=""))
        assert list(tracked("ab", "Scoring")) == ["a", "b"]
    assert capsys.readouterr() == ("", "")
