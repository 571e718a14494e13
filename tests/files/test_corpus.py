"""Broken and odd files of other projects: read right, or refused with one clear error; never a crash, a hang or a flood."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import trimesh

from occnet.errors import FileError
from occnet.files import read_cloud, read_mesh

CORPUS = Path(__file__).parents[2] / "../shared/corpus"
FILES = sorted(path for path in CORPUS.glob("*/*") if path.is_file())
needs_corpus = pytest.mark.skipif(not FILES, reason="the corpus of broken files is not beside the repository")
SECONDS_PER_FILE = 10.0  # of the processor, so that a busy machine does not count


def names(paths: list[Path]) -> list[str]:
    return [f"{path.parent.name}/{path.name}" for path in paths]


def outcomes(paths: list[Path], seconds: float) -> list[dict]:
    """What came of each file, read in one other process; fails with the file at which that crashed or hung."""
    command = [sys.executable, str(Path(__file__).with_name("read_many.py"))]
    lines = "".join(f"{path}\n" for path in paths)
    try:
        done = subprocess.run(command, input=lines, capture_output=True, text=True, timeout=seconds, encoding="utf-8")
        printed, problem = done.stdout, f"ended with {done.returncode}: {done.stderr[-2000:]}" if done.returncode else ""
    except subprocess.TimeoutExpired as error:
        printed = (error.stdout or b"").decode() if isinstance(error.stdout, bytes) else (error.stdout or "")
        problem = f"hung for {seconds} s"
    results = [json.loads(line) for line in printed.splitlines() if line.endswith("}")]
    assert not problem, f"reading {problem} after {results[-1]['path'] if results else 'nothing'}"
    assert len(results) == len(paths)
    return results


@pytest.fixture(scope="module")
def results() -> dict[str, dict]:
    return {result["path"]: result for result in outcomes(FILES, seconds=300.0)}


@needs_corpus
@pytest.mark.parametrize("path", FILES, ids=names(FILES))
def test_each_file_is_read_or_refused_in_one_sentence(path: Path, results: dict[str, dict]):
    result = results[str(path)]
    assert result["seconds"] < SECONDS_PER_FILE
    for kind in ("cloud", "mesh"):
        assert result[kind] == "read" or result[kind].startswith("refused: "), result[kind]
        if result[kind] != "read":
            assert path.name in result[kind]
            assert "\n" not in result[kind]


# What trimesh reads otherwise: it passes over a face with two corners, and over vertices and faces that cannot be parsed.
REFUSED = {"notenoughindices.obj", "empty.obj", "empty.ply", "empty.stl", "empty_nodes.glb", "face_in_group_name.obj"}
MODELS = [path for path in FILES if path.parent.name == "trimesh" and path.suffix.lower() not in (".xyz", ".gltf")]
MODELS = [path for path in MODELS if path.name not in REFUSED and not path.name.startswith("points_")]


def sorted_triangles(triangles: np.ndarray) -> np.ndarray:
    """Triangles (F, 3, 3) as sorted rows, whichever corner each begins with; the sense in which it winds is kept."""
    triangles = triangles.astype(np.float32)
    first = np.array([np.lexsort(corners.T[::-1])[0] for corners in triangles])
    order = (first[:, None] + np.arange(3)) % 3
    rows = np.take_along_axis(triangles, order[:, :, None], axis=1).reshape(-1, 9)
    return rows[np.lexsort(rows.T[::-1])]


@needs_corpus
@pytest.mark.parametrize("path", MODELS, ids=names(MODELS))
def test_models_are_read_as_trimesh_reads_them(path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(logging.getLogger("trimesh"), "disabled", True)
    expected = trimesh.load_scene(path, process=False, skip_materials=True).to_mesh()
    np.testing.assert_allclose(
        sorted_triangles(read_mesh(path).triangles), sorted_triangles(expected.triangles), rtol=1e-5, atol=1e-6 * expected.scale
    )


@needs_corpus
def test_files_that_hold_no_mesh_say_so():
    for name in sorted(REFUSED):
        with pytest.raises(FileError):
            read_mesh(CORPUS / "trimesh" / name)


@needs_corpus
def test_clouds_keep_the_digits_of_their_map_coordinates():
    for name, count in (("points_agisoft.xyz", 100), ("points_cloudcompare.xyz", 101)):
        points = read_cloud(CORPUS / "trimesh" / name).points
        assert len(points) == count
        np.testing.assert_array_equal(points[0], [665187.522077, 5648349.895035, 241.767693])
