"""The program shows itself on what comes with it, from an empty folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from occnet.demo_inputs import DEMO_INPUTS
from occnet.files.meshes import read_mesh
from occnet.networks.checkpoint import shipped_models
from occnet.pipeline.demo import demonstrate

MODELS = {"scan": "points", "photo": "image", "voxels": "voxels"}


@pytest.mark.parametrize("kind", DEMO_INPUTS)
def test_each_example_becomes_a_mesh_and_a_page(kind: str, tmp_path: Path):
    if MODELS[kind] not in shipped_models():
        pytest.skip(f"the model {MODELS[kind]} is not in this checkout")
    done = demonstrate(kind, tmp_path / "new" / "demo", resolution=32)
    assert done.result.certificate.ok
    assert len(read_mesh(done.mesh).faces) == len(done.result.mesh.faces)
    assert done.given.exists()
    assert DEMO_INPUTS[kind] in done.page.read_text(encoding="utf-8")
