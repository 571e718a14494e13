"""The list of the meshes behind the figures: found under any folder and in any order, size and place; otherwise named."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from occnet.data.sources import open_meshes
from occnet.files import write_mesh
from occnet.mesh import Mesh

COMMAND = Path(__file__).parents[2] / "benchmarks" / "check_meshes.py"
CORNERS = np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]])
TETRAHEDRON = Mesh(CORNERS, np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [0, 3, 2]]))


@pytest.fixture(scope="module")
def check_meshes() -> ModuleType:
    spec = importlib.util.spec_from_file_location("check_meshes", COMMAND)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look there
    spec.loader.exec_module(module)
    return module


def test_the_list_is_of_3131_different_meshes(check_meshes: ModuleType) -> None:
    listed = check_meshes.read_list(check_meshes.LIST)
    assert len(listed) == len(set(listed.values())) == 3131
    assert check_meshes.LIST.stat().st_size <= 300_000


def test_the_order_size_and_place_of_a_mesh_make_no_difference_and_its_shape_and_winding_do(check_meshes: ModuleType) -> None:
    order = np.array([2, 0, 3, 1])
    moved = Mesh(7.0 * TETRAHEDRON.vertices[order] - 3.0, np.argsort(order)[TETRAHEDRON.faces[::-1]][:, [1, 2, 0]])
    turned = Mesh(TETRAHEDRON.vertices, TETRAHEDRON.faces[:, ::-1])
    longer = Mesh(TETRAHEDRON.vertices * [1.0, 1.0, 0.99], TETRAHEDRON.faces)
    known = check_meshes.triangles_hash(TETRAHEDRON)
    assert check_meshes.triangles_hash(moved) == known
    assert known not in (check_meshes.triangles_hash(turned), check_meshes.triangles_hash(longer))


def test_a_folder_is_compared_by_the_ends_of_its_paths(check_meshes: ModuleType, tmp_path: Path) -> None:
    for name in ("download/pack/a.glb", "download/pack/b.obj", "download/more/c.obj"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        write_mesh(tmp_path / name, TETRAHEDRON)
    known = check_meshes.triangles_hash(TETRAHEDRON)
    listed = {"one/pack/a.glb": known, "one/pack/b.obj": "0" * 16, "one/pack/d.obj": known, "two/pack/d.obj": known}
    found = check_meshes.compare(open_meshes(tmp_path), listed)
    assert (found.same, found.other, found.unread) == (["download/pack/a.glb"], ["download/pack/b.obj"], [])
    assert (found.unlisted, found.missing) == (["download/more/c.obj"], ["one/pack/d.obj", "two/pack/d.obj"])
