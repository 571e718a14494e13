"""The table of scores: each method on the same clouds, failures shown, files one a setting."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import trimesh

from occnet.errors import CloudError
from occnet.files import write_mesh
from occnet.mesh import Mesh
from occnet.pipeline.evaluate.compare import as_markdown, compare
from occnet.pipeline.evaluate.compare_options import CompareOptions


def test_methods_are_compared_on_the_same_clouds(tmp_path: Path) -> None:
    made = trimesh.creation.icosphere(3)
    (tmp_path / "meshes").mkdir()
    for number in range(40):
        write_mesh(tmp_path / "meshes" / f"{number}.ply", Mesh(made.vertices, made.faces))
    seen: dict[str, list[np.ndarray]] = {"a": [], "b": []}

    def method(name: str):
        def run(points: np.ndarray, normals: np.ndarray) -> Mesh:
            seen[name].append(points)
            if name == "b":
                raise CloudError("no")
            return Mesh(made.vertices / 2, made.faces)

        return run

    options = CompareOptions(points=(64, 128), most=2, output=tmp_path / "scores")
    rows = compare({name: method(name) for name in seen}, tmp_path / "meshes", options)
    assert [(row.points, row.method, row.shapes) for row in rows] == [(64, "a", 2), (64, "b", 2), (128, "a", 2), (128, "b", 2)]
    assert rows[0].scores["iou"] == pytest.approx(1.0)
    assert rows[1].scores["failed"] == 1.0
    assert all(np.array_equal(one, two) for one, two in zip(seen["a"], seen["b"], strict=True))
    assert [len(cloud) for cloud in seen["a"]] == [64, 64, 128, 128]
    assert sorted(path.name for path in (tmp_path / "scores").iterdir()) == ["a-128.csv", "a-64.csv", "b-128.csv", "b-64.csv"]
    lines = as_markdown(rows).splitlines()
    assert len({len(line) for line in lines[:6]}) == 1
    assert "| 1.000" in lines[2]
    assert "0.8660" in lines[3]
    assert "100%" in lines[3]
    assert lines[6] == ""
    assert "counts in every mean" in " ".join(lines[7:])
    assert len(as_markdown([row for row in rows if row.method == "a"]).splitlines()) == 4  # nothing failed: no more to say
