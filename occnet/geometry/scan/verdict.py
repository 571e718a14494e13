"""What the measures of an agreement mean: good, partial or poor, and why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Word = Literal["good", "partial", "poor"]
_WORDS: tuple[Word, ...] = ("good", "partial", "poor")


@dataclass(frozen=True)
class Measures:
    """How a mesh and the points it was made from agree.

    tolerance: what counts as far, in the scan's unit: one and a half times the distance between neighbouring points, or three
    standard deviations of their noise where that is more; the median, for it is taken at each point: dense parts are held to
    more.
    points_far: share of the points farther than that from the mesh. area_far: share of the mesh's area farther than that from
    every point. area_seen_empty: share of its area where a sensor saw that nothing is; None where no sensor is known.
    pieces, largest_piece: connected pieces of the mesh, and the share of its area in the largest. handles: holes through it,
    None where they cannot be counted. groups: of points that hang together; 1 where the mesh is one piece. points: how many.
    """

    tolerance: float
    points_far: float
    area_far: float
    area_seen_empty: float | None
    pieces: int
    largest_piece: float
    handles: int | None
    groups: int
    points: int


@dataclass(frozen=True)
class Verdict:
    """A word, and a plain sentence that says why, and which option of the command may help."""

    word: Word
    reason: str


@dataclass(frozen=True)
class _Rule:
    """A value, above which limits an agreement is partial or poor, and how that is said."""

    value: Callable[[Measures], float]
    partial: float
    poor: float
    sentence: Callable[[Measures], str]

    def severity(self, found: Measures) -> int:
        value = self.value(found)
        return int(value > self.partial) + int(value > self.poor)


RULES = (
    _Rule(
        lambda found: found.points_far,
        0.03,
        0.07,
        lambda found: (
            f"{found.points_far:.1%} of the points have no surface near them; a part of the scan is lost, which a larger "
            "--resolution may keep"
        ),
    ),
    _Rule(
        lambda found: found.area_seen_empty or 0.0,
        0.02,
        0.2,
        lambda found: (
            f"{found.area_seen_empty:.1%} of the surface is where a sensor saw that nothing is; check --viewpoint, or "
            "--surface open keeps only what was seen"
        ),
    ),
    _Rule(
        lambda found: found.pieces - found.groups,
        5,
        50,
        lambda found: (
            f"the surface falls into {found.pieces:,} pieces, but the points into {found.groups:,}; a larger --least-support "
            "drops small ones"
        ),
    ),
    _Rule(
        lambda found: found.area_far,
        0.06,
        0.7,
        lambda found: f"{found.area_far:.1%} of the surface is where the scan has no points; --surface open leaves that out",
    ),
    _Rule(
        lambda found: max(0, (found.handles or 0) - 10) / found.points,
        0.01,
        0.5,
        lambda found: (
            f"{found.handles:,} holes go through the surface, more than {found.points:,} points show; if it was seen from one "
            "side, say from where by --viewpoint, or try --surface open"
        ),
    ),
)
"""The limits lie well beyond what complete clouds of known things reach, and below spoilt results (docs/benchmarks.md)."""


def verdict_on(found: Measures) -> Verdict:
    """The verdict of the rule that speaks most against an agreement, of the first one where several do."""
    severities = [rule.severity(found) for rule in RULES]
    worst = max(severities)
    if not worst:
        return Verdict("good", "the points lie at the surface, and the surface at the points")
    return Verdict(_WORDS[worst], RULES[severities.index(worst)].sentence(found))
