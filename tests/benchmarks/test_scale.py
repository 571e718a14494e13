"""How a reconstruction grows with its input: the exponents that are stated, and where a table ends."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

COMMAND = Path(__file__).parents[2] / "benchmarks" / "scale.py"


@pytest.fixture(scope="module")
def scale() -> Iterator[ModuleType]:
    spec = importlib.util.spec_from_file_location("scale_benchmark", COMMAND)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its dataclasses look there
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


@pytest.mark.parametrize("exponent", [0.0, 1.0, 2.5])
def test_the_exponent_is_that_of_the_power(scale: ModuleType, exponent: float) -> None:
    sizes = [10.0, 30.0, 1000.0]
    assert scale.slope(sizes, [3.0 * size**exponent for size in sizes]) == pytest.approx(exponent, abs=1e-9)


def test_a_run_that_is_stopped_ends_its_table_and_is_said(
    scale: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def measured(points: int, resolution: int, *_: object) -> object:
        seconds = dict.fromkeys(scale.PHASES, resolution / 64)
        return None if resolution == 512 else scale.Run(points, resolution, seconds, 100.0, 12)

    monkeypatch.setattr(scale, "measured", measured)
    runs = scale.table("resolution", [(4000, cells) for cells in (64, 128, 256, 512, 1024)], tmp_path, 60)
    assert [run.total for run in runs] == [5.0, 10.0, 20.0]  # without start-up
    told = capsys.readouterr().out
    assert "| 512 | stopped after 60 CPU seconds |" in told
    assert "1,024" not in told
    assert "CPU seconds 1.00, memory 0.00" in told.replace("-0.00", "0.00")
