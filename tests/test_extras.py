"""A plain installation reconstructs, checks and repairs without the extras, and says which of them is missing."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from occnet.errors import MissingLibrary
from occnet.extras import extra

ROOT = Path(__file__).parents[1]
MODULES = ("embreex", "lightning_fabric", "matplotlib", "yaml", "tensorboard", "tomli_w", "laspy", "pye57", "ray", "open3d")


def plain(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command in a process where none of the optional libraries can be imported."""
    code = f"import sys; sys.modules.update(dict.fromkeys({MODULES!r}))\nfrom occnet.cli import main\n"
    code += f"sys.exit(main({arguments!r}))"
    return subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, timeout=300, check=False)


@pytest.mark.slow
def test_reconstruct_check_and_repair_need_no_extra(tmp_path: Path) -> None:
    scan = str(ROOT / "examples" / "data" / "chair_scan.ply")
    for arguments in (
        ("reconstruct", scan, "-o", "chair.ply", "--resolution", "48"),
        ("check", "chair.ply"),
        ("repair", "chair.ply", "-o", "solid.ply"),
        ("generate", "-o", "car.ply", "--resolution", "32"),
        ("train", "points", "-o", "run", "--dry-run"),
    ):
        done = plain(tmp_path, *arguments)
        assert done.returncode == (2 if arguments[0] == "train" else 0), done.stderr
    assert "pip install 'occnet[train]'" in done.stderr


def test_pyproject_asks_of_everybody_only_what_reconstruction_needs() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    names = {re.split(r"[>=;\[ ]", line)[0].lower() for line in project["dependencies"]}
    assert names == {*("torch", "numpy", "scipy", "trimesh", "libigl", "manifold3d", "pillow", "safetensors", "tyro", "rich")}


def test_a_fault_of_ours_is_not_blamed_on_a_library() -> None:
    with pytest.raises(MissingLibrary, match=r"Singing needs nonsense_library.*occnet\[choir\]"), extra("choir", "Singing"):
        import nonsense_library  # noqa: F401 # pyright: ignore[reportMissingImports]
    with pytest.raises(ImportError, match="nonsense"), extra("choir", "Singing"):
        import occnet.nonsense  # noqa: F401 # pyright: ignore[reportMissingImports]
