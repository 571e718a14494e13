"""Root finding on many functions at once, against roots known in closed form."""

import pytest
import torch

from occnet.meshing.roots import find_roots


def solve(functions, steps, tolerance=0.0):
    """Roots of functions on [0, 1] and how often each was evaluated."""
    counts = torch.zeros(len(functions), dtype=torch.int64)

    def evaluate(at, rows):
        counts[rows] += 1
        return torch.stack([functions[row](t) for t, row in zip(at, rows.tolist(), strict=True)])

    start, end = (torch.stack([function(torch.tensor(t, dtype=torch.float64)) for function in functions]) for t in (0.0, 1.0))
    return find_roots(evaluate, start, end, steps, torch.full((len(functions),), tolerance, dtype=torch.float64)), counts


ROOTS = [0.5**0.5, 0.3, 0.01, 0.999, 0.7, 0.25]
FUNCTIONS = [
    lambda t: t**2 - 0.5,
    lambda t: torch.expm1(9 * (t - 0.3)),
    lambda t: torch.tanh(40 * (0.01 - t)),
    lambda t: 2 * (t - 0.999),
    lambda t: torch.minimum(torch.tensor(0.02, dtype=torch.float64), 3 * (0.7 - t)),  # the distance near a box's edge
    lambda t: (t - 0.25) ** 3,
]


def test_linear_functions_need_no_evaluation_and_others_interpolate():
    roots, counts = solve([FUNCTIONS[3], FUNCTIONS[0]], steps=0)
    assert roots.tolist() == pytest.approx([0.999, 0.5], abs=1e-12)
    assert counts.sum() == 0


def test_roots_are_found():
    roots, _ = solve(FUNCTIONS[:5], steps=12)
    assert roots.tolist() == pytest.approx(ROOTS[:5], abs=1e-9)
    roots, _ = solve(FUNCTIONS[5:], steps=60)  # a triple root: slowly
    assert roots.tolist() == pytest.approx(ROOTS[5:], abs=1e-4)


def test_smooth_functions_converge_faster_than_bisection():
    errors = [abs(float(solve(FUNCTIONS[:1], steps)[0]) - ROOTS[0]) for steps in range(6)]
    assert errors[0] > 0.1
    assert errors[3] < 2e-4
    assert errors[5] < 1e-9


def test_evaluations_stop_at_the_tolerance():
    roots, counts = solve(FUNCTIONS[:5], steps=50, tolerance=1e-4)
    assert roots.tolist() == pytest.approx(ROOTS[:5], abs=1e-4)
    assert counts[3] == 1
    assert counts.max() < 15


@pytest.mark.parametrize("steps", range(1, 30, 4))
def test_brackets_hold_for_steps_and_infinite_values(steps):
    step = lambda t: torch.where(t < 0.3, 1.0, -1.0).double()  # noqa: E731
    saturated = lambda t: torch.where(t < 0.3, torch.inf, -torch.inf).double()  # noqa: E731
    mixed = lambda t: torch.where(t < 0.3, 1.0, -torch.inf).double()  # noqa: E731
    roots, _ = solve([step, saturated, mixed], steps)
    assert ((roots >= 0) & (roots <= 1)).all()
    assert (roots - 0.3).abs().max() <= 0.5 ** (steps / 2)  # halved at least every second time


def test_a_tie_is_taken_as_the_root():
    roots, _ = solve([lambda t: torch.where(t < 0.5, 1.0, torch.where(t > 0.5, -1.0, 0.0)).double()], steps=1)
    assert roots.tolist() == [0.5]
