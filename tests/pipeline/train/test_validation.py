"""Validation scores equal the plain metric, and the threshold is the best of those tried."""

from __future__ import annotations

import pytest
import torch

from occnet.field import logit_of
from occnet.inference.threshold import best_thresholds
from occnet.metrics import volume_iou
from occnet.pipeline.train.validation import THRESHOLDS, _ious


def test_the_scores_equal_the_plain_metric_at_each_threshold() -> None:
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(5, 400, generator=generator)
    inside = torch.rand(5, 400, generator=generator) < 0.3
    found = _ious(logits, inside).tolist()
    adapted = best_thresholds(logits).tolist()
    for thresholds, total in zip([adapted, *([threshold] * 5 for threshold in THRESHOLDS)], found, strict=True):
        rows = zip(logits, inside, thresholds, strict=True)
        plain = [volume_iou((row > logit_of(threshold)).numpy(), truth.numpy()) for row, truth, threshold in rows]
        assert total == pytest.approx(sum(plain))


def test_nothing_predicted_where_nothing_is_counts_as_right() -> None:
    assert _ious(torch.full((1, 8), -9.0), torch.zeros(1, 8, dtype=torch.bool)).tolist() == [1.0] * (1 + len(THRESHOLDS))
