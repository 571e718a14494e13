"""Workers end with the process that began them, also where that one is killed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PARENT = """
import time
from occnet.pipeline.worker_processes import worker_pool

if __name__ == "__main__":
    pool = worker_pool(2, print, "a worker has begun")
    tasks = [pool.submit(time.sleep, seconds) for seconds in (0.0, 0.0, 600.0, 600.0, 600.0)]
    tasks[0].result(), tasks[1].result()
    print("both work", flush=True)
    time.sleep(600)
"""


def test_workers_of_a_killed_process_end(tmp_path: Path) -> None:
    (tmp_path / "parent.py").write_text(PARENT)
    parent = subprocess.Popen([sys.executable, str(tmp_path / "parent.py")], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    assert any("both work" in line for line in parent.stdout)
    parent.kill()
    parent.communicate(timeout=30)  # the pipe closes when nobody holds it any more: the workers had it, too
