"""The adapted threshold has the highest expected IoU of all sets, and a field that is sure of little is not cut away."""

from __future__ import annotations

from itertools import product

import pytest
import torch
from torch import Tensor

from occnet.field import Sphere, logit_of
from occnet.inference.threshold import LEAST_THRESHOLD, adapted_threshold, best_thresholds, expected_iou, uniform_logits

PLACES = 8
SETS = torch.tensor(list(product((False, True), repeat=PLACES)))


def expected_ious(probabilities: Tensor) -> Tensor:
    """Of each of SETS, the expectation of its IoU with what is there, place by place independently: all truths are counted."""
    chances = torch.where(SETS, probabilities, 1.0 - probabilities).prod(dim=1)
    overlap = (SETS[:, None] & SETS).sum(dim=2)
    union = (SETS[:, None] | SETS).sum(dim=2)
    return torch.where(union > 0, overlap / union.clamp(min=1), 1.0).double() @ chances


def test_no_set_of_places_is_expected_to_be_better_by_much() -> None:
    generator = torch.Generator().manual_seed(3)
    for spread in (0.5, 1.5, 3.0):
        for _ in range(10):
            probabilities = (spread * torch.randn(PLACES, generator=generator)).sigmoid().double()
            chosen = probabilities > best_thresholds(probabilities.logit().unsqueeze(0))
            expected = expected_ious(probabilities)
            found = float(expected[(chosen == SETS).all(dim=1)])
            assert found > float(expected.max()) - 0.03  # of few places; of many, the ratio of expectations is the expectation


def test_it_is_lower_the_less_is_sure() -> None:
    """A share a of places at p, the others empty: all of them are taken; of two kinds, the likely one and what pays."""
    sure = torch.cat([torch.full((100,), 9.0), torch.full((900,), -9.0)])
    doubtful = torch.cat([torch.full((100,), logit_of(0.2)), torch.full((900,), -9.0)])
    both = torch.stack([sure, doubtful])
    taken = both > best_thresholds(both).logit().unsqueeze(1)
    assert taken.sum(dim=1).tolist() == [100, 100]
    # beside 100 sure places, others at p pay if p is above the IoU without them over one more than it: 1 / (1 + p 100 / 100)
    for probability, pays in ((0.55, True), (0.35, False)):
        mixed = torch.cat([torch.full((100,), 20.0), torch.full((100,), logit_of(probability)), torch.full((800,), -20.0)])
        assert int((mixed > best_thresholds(mixed.unsqueeze(0)).logit()).sum()) == (200 if pays else 100)


def test_what_is_nowhere_seen_stays_unseen() -> None:
    assert float(best_thresholds(torch.full((1, 500), -12.0))) == pytest.approx(LEAST_THRESHOLD)


def test_a_ball_seen_without_a_doubt_is_cut_at_one_half_and_a_faint_one_below() -> None:
    ball = Sphere(0.3)
    assert adapted_threshold(lambda points: 1000.0 * ball(points)) == pytest.approx(0.5, abs=0.02)
    blurred = adapted_threshold(lambda points: 10.0 * ball(points))
    faint = adapted_threshold(lambda points: 10.0 * (ball(points) - 0.2))
    assert LEAST_THRESHOLD < faint < blurred < 0.5


def test_the_expected_iou_is_that_of_many_truths_drawn_by_the_probabilities() -> None:
    generator = torch.Generator().manual_seed(5)
    logits = 2.0 * torch.randn(3000, generator=generator)
    inside = logits > logit_of(0.4)
    truths = torch.rand(200, 3000, generator=generator) < logits.sigmoid()
    ious = (truths & inside).sum(dim=1) / (truths | inside).sum(dim=1)
    assert abs(expected_iou(logits, 0.4) - float(ious.mean())) < 0.005
    assert expected_iou(logits, 0.999_999) == 0.0
    assert expected_iou(uniform_logits(lambda points: 1e5 * Sphere(0.4)(points)), 0.5) > 0.99
