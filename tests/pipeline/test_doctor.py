"""The report for reports of faults says what is there, what is missing, and that a ball comes out as one."""

from __future__ import annotations

import torch

from occnet import cli
from occnet.pipeline import doctor


def test_the_report_tells_versions_parts_and_a_timed_reconstruction(capsys) -> None:
    assert cli.main(["doctor"]) == 0
    lines = capsys.readouterr().out.splitlines()
    named = {line[:24].strip(): line[25:] for line in lines}
    assert named["torch"].startswith(torch.__version__)
    assert "points" in named["models"]
    assert "sound" in named["a ball of 1,000 points"]


def test_a_failing_reconstruction_is_said(monkeypatch, capsys) -> None:
    monkeypatch.setattr(doctor, "_timed_ball", lambda: "FAILED: no model")
    monkeypatch.setattr(doctor, "_installed", lambda package: None)
    assert cli.main(["doctor"]) == 1
    assert "MISSING" in capsys.readouterr().out
