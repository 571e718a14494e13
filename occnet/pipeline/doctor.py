"""What a report of a fault has to say of the machine: versions, devices, optional parts, and one reconstruction, timed."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, requires, version
from re import findall, match

import numpy as np
import torch

from occnet.errors import OccnetError
from occnet.networks.checkpoint import SHIPPED, shipped_models
from occnet.networks.devices import device_of, has_bfloat16
from occnet.pipeline.reconstruct.reconstruct import reconstruct
from occnet.vectors import normalized

_RADIUS, _POINTS = 0.5, 1_000


def examination() -> list[tuple[str, str]]:
    """Lines of a report, each a name and what was found. The last one is the reconstruction of a ball of 1,000 points."""
    device = device_of("auto")
    shown = torch.cuda.get_device_name(device) if device.type == "cuda" else device.type
    lines = [
        ("occnet", _installed("occnet") or "not installed, run from its folder"),
        ("python", f"{platform.python_version()}"),
        ("system", f"{platform.platform()}, {os.cpu_count()} processors, {_memory()}"),
        ("torch", f"{torch.__version__}, {torch.get_num_threads()} threads"),
        ("device", f"{shown}, bfloat16 {'fast' if has_bfloat16(device) else 'not faster'}"),
    ]
    lines += [("models", ", ".join(shipped_models()) or f"none: {SHIPPED} is empty; install the package again")]
    for name, packages in _parts().items():
        found = [f"{package} {number}" if (number := _installed(package)) else f"{package} MISSING" for package in packages]
        lines.append((name, ", ".join(found)))
    return [*lines, ("a ball of 1,000 points", _timed_ball())]


def _timed_ball() -> str:
    ball = _RADIUS * normalized(np.random.default_rng(0).standard_normal((_POINTS, 3)))
    try:
        result = reconstruct(ball)
    except OccnetError as error:
        return f"FAILED: {error}"
    radii = np.linalg.norm(result.mesh.vertices, axis=1)
    error = float(np.abs(radii - _RADIUS).max() / _RADIUS)
    phases = ", ".join(f"{phase} {seconds:.2f}" for phase, seconds in result.seconds.items())
    sound = "sound" if result.certificate.ok else "NOT SOUND"
    return f"{sum(result.seconds.values()):.2f} s ({phases}); {sound}, at most {100 * error:.1f} % off the true radius"


def _parts() -> dict[str, list[str]]:
    """What the package needs and, by extra, what it may use: names of packages."""
    try:
        wanted = requires("occnet") or []
    except PackageNotFoundError:
        return {}
    parts: dict[str, list[str]] = {}
    for line in wanted:
        name = match(r"[\w.-]+", line)
        extras = findall(r"extra == ['\"]([\w-]+)['\"]", line)
        part = f"[{extras[-1]}]" if extras else "needs"
        if name and name.group() != "occnet" and part != "[test]":
            parts.setdefault(part, []).append(name.group())
    return parts


def _installed(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _memory() -> str:
    try:
        return f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB of memory"
    except (AttributeError, ValueError, OSError):
        return "memory unknown"
