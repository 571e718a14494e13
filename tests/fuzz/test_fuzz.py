"""Whatever happens to a file on its way here: it is read, or refused in one sentence, soon, and within its memory."""

from __future__ import annotations

import random

import pytest

from tests.fuzz.fuzz import is_fault, outcomes, told
from tests.fuzz.mutators import mutant

MUTANTS = 3000


@pytest.mark.slow
def test_mutants_are_read_or_refused() -> None:
    found = list(outcomes(0, MUTANTS))
    faults = [told(one) for one in found if is_fault(one)]
    assert not faults
    assert [one["number"] for one in found] == list(range(MUTANTS))
    read = sum(one["came"] == "read" for one in found)
    assert 0.1 < read / MUTANTS < 0.8  # the damage hits something, and not everything


def test_a_mutant_is_the_same_each_time_and_most_are_no_copies() -> None:
    data = b"ply\nformat ascii 1.0\nelement vertex 3\nproperty float x\nend_header\n1\n2\n3\n"
    made = [mutant(data, "a.ply", random.Random(number)) for number in range(200)]
    assert made == [mutant(data, "a.ply", random.Random(number)) for number in range(200)]
    assert sum(changed != data for changed, _ in made) > 180
    assert len({changed for changed, _ in made}) > 150
