"""What the measures of an agreement mean."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from occnet.geometry.scan.verdict import Measures, verdict_on
from occnet.observations.reading_options import CloudReading
from occnet.pipeline.reconstruct.reconstruct_options import ReconstructOptions

OPTIONS = {field.name for kind in (ReconstructOptions, CloudReading) for field in fields(kind)}

RIGHT = Measures(
    tolerance=0.02,
    points_far=0.004,
    area_far=0.01,
    area_seen_empty=None,
    pieces=2,
    largest_piece=0.9,
    handles=3,
    groups=1,
    points=3000,
)


def test_what_complete_clouds_give_is_good() -> None:
    assert verdict_on(RIGHT).word == "good"
    assert verdict_on(replace(RIGHT, area_seen_empty=0.0)).word == "good"


@pytest.mark.parametrize(
    ("change", "word", "why"),
    [
        ({"points_far": 0.04}, "partial", "4.0% of the points"),
        ({"points_far": 0.5}, "poor", "lost"),
        ({"area_far": 0.3}, "partial", "30.0% of the surface"),
        ({"area_far": 0.8}, "poor", "--surface open"),
        ({"area_seen_empty": 0.12}, "partial", "a sensor saw that nothing is"),
        ({"area_seen_empty": 0.5}, "poor", "a sensor saw"),
        ({"pieces": 35}, "partial", "35 pieces, but the points into 1"),
        ({"pieces": 440}, "poor", "440 pieces"),
        ({"handles": 600}, "partial", "600 holes"),
        ({"handles": 3133}, "poor", "3,133 holes"),
        ({"handles": None}, "good", "the points lie at the surface"),
    ],
)
def test_each_fault_alone(change: dict, word: str, why: str) -> None:
    verdict = verdict_on(replace(RIGHT, **change))
    assert verdict.word == word
    assert why in verdict.reason
    named = [part.strip(",;.") for part in verdict.reason.split() if part.startswith("--")]
    assert bool(named) == (word != "good")  # what is not good names an option that may help,
    assert {option.removeprefix("--").replace("-", "_") for option in named} <= OPTIONS  # which the command has


def test_as_many_pieces_as_the_points_have_are_right() -> None:
    assert verdict_on(replace(RIGHT, pieces=60, groups=60, largest_piece=0.02)).word == "good"


def test_the_worst_decides_and_not_the_first() -> None:
    verdict = verdict_on(replace(RIGHT, points_far=0.04, area_far=0.9))
    assert verdict.word == "poor"
    assert "no points" in verdict.reason
