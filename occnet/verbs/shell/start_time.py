"""How long the command has been running, its start-up counted: what a user waits for."""

from __future__ import annotations

import os
import time
from pathlib import Path

_began = time.perf_counter()


def begin_command(own_process: bool) -> None:
    """The command begins now; or, if the process was started for it alone, when that was."""
    global _began
    _began = time.perf_counter() - (_age_of_process() if own_process else 0.0)


def seconds_since_start() -> float:
    """Seconds since the command began."""
    return time.perf_counter() - _began


def _age_of_process() -> float:
    """Seconds since this process was started, to a hundredth; 0 where the system does not tell."""
    try:
        # proc(5): field 22 is the start in clock ticks after boot; the name in brackets, field 2, may hold spaces
        ticks = int(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19])
        return max(0.0, time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK"))
    except (OSError, AttributeError, ValueError, IndexError):
        return 0.0
