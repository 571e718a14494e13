"""The inputs that come with the package are there, small, and each of its kind."""

from __future__ import annotations

from occnet.demo_inputs import DEMO_INPUTS, demo_input
from occnet.observations.kinds import kind_of


def test_each_is_of_its_kind_and_can_be_read():
    kinds = {"scan": "points", "photo": "image", "voxels": "voxels"}
    assert DEMO_INPUTS.keys() == kinds.keys()
    for name, kind in kinds.items():
        path = demo_input(name)
        assert path.stat().st_size < 100_000
        assert kind_of(path).name == kind
        kind_of(path).read(path)
