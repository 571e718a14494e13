"""The face of the package: each name is there, explained at home and in docs/python.md, and costs nothing unused."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import occnet

PAGE = (Path(__file__).parents[1] / "docs" / "python.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", occnet.__all__)
def test_each_name_is_there_and_explained(name: str):
    found = getattr(occnet, name)
    assert name in dir(occnet)
    rows = [line for line in PAGE.splitlines() if line.startswith("|") and re.search(rf"`{name}\b", line.split("|")[1])]
    assert len(rows) == 1, f"docs/python.md has {len(rows)} rows for {name}"
    if name != "Field":  # a type of functions by another name, which holds no text of its own
        words = (found.__doc__ or "").strip()
        assert words
        assert not words.startswith(f"{name}("), "a docstring that a dataclass writes itself says nothing"


def test_the_page_names_nothing_else():
    firsts = [line.split("|")[1] for line in PAGE.splitlines() if line.startswith("| `")]
    named = {name for first in firsts for name in re.findall(r"`(\w+)", first)}
    assert named == set(occnet.__all__)


def test_an_unknown_name_is_an_error():
    with pytest.raises(AttributeError, match="reconstrct"):
        _ = occnet.reconstrct  # pyright: ignore[reportAttributeAccessIssue]


def test_importing_the_package_imports_nothing_heavy():
    code = "import sys, occnet; dir(occnet); sys.exit(bool({'torch', 'numpy', 'scipy'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], timeout=60, check=False).returncode == 0


def test_the_examples_of_the_page_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    root = Path(__file__).parents[1]
    cloud = occnet.read_cloud(root / "examples" / "data" / "chair_scan.ply").points[::8]
    for name in ("scan", "a", "b"):
        occnet.write_cloud(tmp_path / f"{name}.ply", occnet.Cloud(cloud))
    (tmp_path / "examples").symlink_to(root / "examples")
    names: dict[str, object] = {}
    blocks = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert len(blocks) == 4
    quick = {"resolution=128": "resolution=16", "resolution=256": "resolution=16", "tiles=3": "tiles=1"}
    quick['reconstruct("scan.ply")'] = 'reconstruct("scan.ply", occnet.ReconstructOptions(resolution=16))'
    for block in blocks:
        exec(re.sub("|".join(map(re.escape, quick)), lambda found: quick[found[0]], block), names)
    assert isinstance(names["ball"], occnet.Mesh)
    assert (tmp_path / "mesh.ply").is_file()
