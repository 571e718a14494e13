"""Results that are no use are not called good."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from occnet.geometry.scan.agreement import agreement_of

COMMAND = Path(__file__).parents[2] / "benchmarks" / "agreement.py"


@pytest.fixture(scope="module")
def benchmark() -> ModuleType:
    spec = importlib.util.spec_from_file_location("agreement_benchmark", COMMAND)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("number", range(24))
def test_nothing_spoilt_is_good(benchmark: ModuleType, number: int) -> None:
    assert number < benchmark.SPOILT
    cloud, mesh = benchmark.spoilt(number)
    assert agreement_of(mesh, cloud).verdict != "good"
