"""What a command has taken counts from the start of its process, or from where a program called it."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from occnet import cli
from occnet.verbs.shell.start_time import begin_command, seconds_since_start


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not tell when a process began")
def test_a_process_of_its_own_counts_from_its_start() -> None:
    begun = "import time; time.sleep(0.3)\nfrom occnet.verbs.shell.start_time import *\nbegin_command(True)"
    code = f"{begun}; print(seconds_since_start())"
    began = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert 0.3 <= float(done.stdout) <= time.perf_counter() - began + 0.02  # the system counts in hundredths


def test_a_call_counts_from_the_call(capsys: pytest.CaptureFixture[str]) -> None:
    begin_command(own_process=False)
    time.sleep(0.05)
    assert seconds_since_start() >= 0.05
    before = time.perf_counter()
    cli.main(["--version"])
    assert seconds_since_start() <= time.perf_counter() - before
    assert capsys.readouterr().out.startswith("occnet ")
