"""The report: one page that needs nothing else and shows what the logs say."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from occnet.errors import FileError
from occnet.pipeline.train.run_report import write_report


def run_folder(folder: Path) -> Path:
    folder.mkdir()
    (folder / "recipe.toml").write_text("[training]\nsteps = 100 # <fast>\n")
    (folder / "environment.json").write_text(json.dumps([{"packages": {"torch": "2.13"}}]))
    rows = [f"{step},{1.0 / step},1e-3,5.0" for step in (50, 100)]
    (folder / "losses.csv").write_text("\n".join(["step,loss,learning_rate,samples_per_second", *rows]) + "\n")
    scores = [
        f"{step},{size},{iou},0.45"
        for step, size, iou in ((50, 300, 0.6), (50, 3000, 0.7), (100, 300, 0.65), (100, 3000, 0.81))
    ]
    (folder / "validation.csv").write_text("\n".join(["step,points,iou,threshold", *scores]) + "\n")
    (folder / "pictures").mkdir()
    Image.fromarray(np.zeros((4, 4, 3), np.uint8)).save(folder / "pictures" / "step-00000100.png")
    return folder


def test_the_page_shows_scores_curves_and_pictures_and_refers_to_nothing_outside(tmp_path: Path) -> None:
    page = write_report(run_folder(tmp_path / "run")).read_text()
    assert "0.8100 at 3,000 points, step 100" in page
    assert page.count("<svg") == 1
    assert "data:image/png;base64," in page
    assert "&lt;fast&gt;" in page  # what is not ours is escaped
    assert not re.search(r"(src|href)=['\"]https?:", page)


def test_a_run_that_just_began_has_a_report_too(tmp_path: Path) -> None:
    run = run_folder(tmp_path / "run")
    (run / "losses.csv").write_text("step,loss,learning_rate,samples_per_second\n")
    (run / "validation.csv").write_text("step,points,iou,threshold\n")
    assert "<svg" not in write_report(run).read_text()


def test_another_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="no run folder"):
        write_report(tmp_path)
