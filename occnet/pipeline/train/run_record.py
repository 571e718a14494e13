"""What a run was made of: versions, machine, git state, command. Written beside its recipe, to be able to tell later."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import torch

from occnet.errors import FileError, plainly
from occnet.files.atomic import atomic_path

LEGS = "environment.json"
_PACKAGES = ("occnet", "torch", "numpy", "scipy", "lightning-fabric", "libigl")


def record_run(
    run: Path, start: int, processes: int, device: torch.device, precision: str, changes: Sequence[str] = ()
) -> None:
    """Append this leg of a run to its `environment.json`: a list with one entry for each start of the command.

    start: the step that it goes on from. processes: how many take part. precision: what they compute in. changes: what the
    recipe says otherwise than at that step.
    """
    path = run / LEGS
    legs = read_legs(run) if path.exists() else []
    legs.append(
        {
            "started": datetime.now(UTC).isoformat(timespec="seconds"),
            "from_step": start,
            "changes": list(changes),
            "command": " ".join([Path(sys.argv[0]).name, *sys.argv[1:]]),
            "processes": processes,
            "threads": torch.get_num_threads(),
            "device": torch.cuda.get_device_name(device) if device.type == "cuda" else str(device),
            "precision": precision,
            "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors",
            "python": platform.python_version(),
            "packages": {name: _installed(name) for name in _PACKAGES},
            "git": _git_state(),
        }
    )
    with atomic_path(path) as partial:
        partial.write_text(json.dumps(legs, indent=2), encoding="utf-8")


def read_legs(run: Path) -> list[dict[str, Any]]:
    """The entries of a run's `environment.json`. Raises FileError when it is missing or damaged."""
    path = run / LEGS
    try:
        legs = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as problem:
        raise FileError(f"{path} is damaged ({plainly(problem)}); move it away to go on without what it tells.") from problem
    if not isinstance(legs, list) or not all(isinstance(leg, dict) for leg in legs):
        raise FileError(f"{path} is damaged (it holds no list of legs); move it away to go on without what it tells.")
    return legs


def _installed(package: str) -> str | None:
    """The version of a package; None where it is used without being installed, as from a checkout on the path."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _git_state() -> str | None:
    """The commit of the working directory, with "+changes" where files differ from it; None where there is no git."""
    git = shutil.which("git")
    if git is None:
        return None

    def answer(*arguments: str) -> str | None:
        result = subprocess.run([git, *arguments], capture_output=True, text=True, check=False)
        return result.stdout.strip() if result.returncode == 0 else None

    commit = answer("rev-parse", "HEAD")
    return commit and commit + ("+changes" if answer("status", "--porcelain", "--untracked-files=no") else "")
