"""How long torch's threads spin while they wait for each other: as short as the command line asks, or as the user does."""

import os
import re
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="torch comes with GNU OpenMP on Linux only")


COMMAND = "from occnet.cli import main; main(['reconstruct', 'missing.ply', '-o', 'mesh.ply'])"
LIBRARY = "import occnet; occnet.load_model"


def spin_count(code: str, **settings: str) -> int:
    """As GNU OpenMP itself reports it when torch is loaded, which both do."""
    kept = {name: value for name, value in os.environ.items() if name not in ("GOMP_SPINCOUNT", "OMP_WAIT_POLICY")}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**kept, "OMP_DISPLAY_ENV": "VERBOSE", **settings},
        capture_output=True,
        text=True,
        check=True,
    )
    found = re.search(r"GOMP_SPINCOUNT = '(\d+)'", done.stderr)
    assert found, done.stderr
    return int(found[1])


def test_threads_of_a_command_spin_shortly() -> None:
    assert spin_count(COMMAND) == 1000


@pytest.mark.slow
def test_threads_of_a_program_that_imports_the_package_spin_as_they_would_without() -> None:
    assert spin_count(LIBRARY) == spin_count("import torch") != 1000


@pytest.mark.slow
def test_what_the_user_has_set_is_kept() -> None:
    code = "from occnet.cli import main; main(['--version']); import torch"
    assert spin_count(code, GOMP_SPINCOUNT="77") == 77
    assert spin_count(code, OMP_WAIT_POLICY="passive") == 0
    assert spin_count(code, OMP_WAIT_POLICY="active") > 1_000_000
