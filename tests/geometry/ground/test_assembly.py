"""Things and a slab become one solid; things apart stay bodies of their own."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh

from occnet.geometry.ground.assembly import together
from occnet.geometry.soundness.certificate import certify
from occnet.mesh import Mesh


def box(low: tuple[float, float, float], high: tuple[float, float, float]) -> Mesh:
    made = trimesh.creation.box(bounds=[low, high])
    return Mesh(np.asarray(made.vertices), np.asarray(made.faces))


def test_what_reaches_into_the_slab_is_one_with_it() -> None:
    slab, cup = box((-1, -1, -0.1), (1, 1, 0)), box((0, 0, -0.05), (0.5, 0.5, 0.5))
    whole = together([cup, box((-0.8, -0.8, -0.05), (-0.5, -0.5, 0.2))], slab)
    found = certify(whole)
    assert found.ok
    assert found.components == 1
    assert whole.volume == pytest.approx(0.4 + 0.125 + 0.018)


def test_things_apart_are_put_side_by_side_as_they_are() -> None:
    one, other = box((0, 0, 0), (1, 1, 1)), box((2, 0, 0), (3, 1, 1))
    whole = together([one, other])
    assert certify(whole).components == 2
    assert whole.vertices.tobytes() == np.concatenate([one.vertices, other.vertices]).tobytes()
