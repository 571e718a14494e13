"""Roots of many functions of one variable at once, each known to change sign over [0, 1]."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor


def interpolate(first: Tensor, last: Tensor, at_first: Tensor, at_last: Tensor) -> Tensor:
    """Where the straight line through two values of opposite sign is zero; halfway where a value is infinite, (N,)."""
    share = at_first / (at_first - at_last)
    share = torch.where(at_first.isfinite() & at_last.isfinite(), share, torch.full_like(share, 0.5))
    return first + (last - first) * share.clamp(0.0, 1.0)


def find_roots(
    function: Callable[[Tensor, Tensor], Tensor], at_zero: Tensor, at_one: Tensor, steps: int, tolerance: Tensor
) -> Tensor:
    """Where each function crosses zero between 0 and 1, (N,) float64.

    function: (arguments (M,), which functions (M,) int64) -> values (M,) float64; infinite values are allowed.
    at_zero, at_one: (N,) float64, values at 0 and 1, of which exactly one is > 0. steps: evaluations a function, at most.
    tolerance: (N,), a function whose estimate moves by no more is not evaluated again.

    Every step evaluates the estimate, keeps the part of the bracket where the sign changes, and estimates anew by inverse
    quadratic interpolation where the last three values admit it (the criterion of Chandrupatla 1997, which rejects what is far
    from monotone), else by the secant through the bracket, with the value at an end that stays halved (the Illinois rule).
    The estimate never leaves the bracket; the last one is not evaluated.
    """
    roots = interpolate(torch.zeros_like(at_zero), torch.ones_like(at_one), at_zero, at_one)
    active = torch.arange(len(roots), device=roots.device)
    near, near_value = torch.zeros_like(roots), at_zero.clone()  # the bracket's end evaluated last
    far, far_value = torch.ones_like(roots), at_one.clone()  # its other end
    weight = torch.ones_like(roots)  # of the far value, halved each time that the far end stays
    for _ in range(steps):
        t = roots[active]
        value = function(t, active)
        same = (value > 0) == (near_value > 0)
        old, old_value = torch.where(same, near, far), torch.where(same, near_value, far_value)  # leaves the bracket
        far, far_value = torch.where(same, far, near), torch.where(same, far_value, near_value)
        weight = torch.where(same, weight * 0.5, torch.ones_like(weight))
        near, near_value = t, value
        estimate = _inverse_quadratic(near, far, old, near_value, far_value, old_value)
        secant = interpolate(near, far, near_value, far_value * weight)
        estimate = torch.where(estimate.isfinite(), estimate, secant)
        estimate = torch.where(near_value == 0, near, estimate)  # a tie is on the surface
        roots[active] = estimate
        moving = (estimate - t).abs() > tolerance[active]
        if not moving.any():
            break
        active = active[moving]
        near, near_value, far, far_value, weight = (state[moving] for state in (near, near_value, far, far_value, weight))
    return roots


def _inverse_quadratic(near: Tensor, far: Tensor, old: Tensor, at_near: Tensor, at_far: Tensor, at_old: Tensor) -> Tensor:
    """Zero of the parabola t(value) through three points, NaN where it is not to be trusted."""
    along = (near - far) / (old - far)
    up = (at_near - at_far) / (at_old - at_far)
    trusted = (up**2 < along) & ((1 - up) ** 2 < 1 - along)
    root = (
        near * (at_far / (at_far - at_near)) * (at_old / (at_old - at_near))
        + far * (at_near / (at_near - at_far)) * (at_old / (at_old - at_far))
        + old * (at_near / (at_near - at_old)) * (at_far / (at_far - at_old))
    )
    trusted &= root > near.minimum(far)
    trusted &= root < near.maximum(far)
    return torch.where(trusted, root, torch.full_like(root, torch.nan))
