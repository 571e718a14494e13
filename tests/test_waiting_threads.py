"""How long torch's threads spin while they wait for each other: as short as the package asks, or as the user does."""

import os
import re
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="torch comes with GNU OpenMP on Linux only")


def spin_count(**settings: str) -> int:
    """As GNU OpenMP itself reports it when the package and then torch are imported."""
    kept = {name: value for name, value in os.environ.items() if name not in ("GOMP_SPINCOUNT", "OMP_WAIT_POLICY")}
    done = subprocess.run(
        [sys.executable, "-c", "import occnet, torch"],
        env={**kept, "OMP_DISPLAY_ENV": "VERBOSE", **settings},
        capture_output=True,
        text=True,
        check=True,
    )
    found = re.search(r"GOMP_SPINCOUNT = '(\d+)'", done.stderr)
    assert found, done.stderr
    return int(found[1])


def test_threads_spin_shortly() -> None:
    assert spin_count() == 1000


def test_what_the_user_has_set_is_kept() -> None:
    assert spin_count(GOMP_SPINCOUNT="77") == 77
    assert spin_count(OMP_WAIT_POLICY="passive") == 0
    assert spin_count(OMP_WAIT_POLICY="active") > 1_000_000
