"""The kinds of observations by name, and which of them a file or a value is of. A new one is one file and one line here."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from occnet.observations.interface import ObservationKind
from occnet.plugins import Registry

KINDS = Registry[type[ObservationKind]](
    kind="kind of observation",
    group="occnet.observations",
    expected="occnet.observations.interface:ObservationKind",
    own={
        "image": "occnet.observations.image:Image",
        "picture": "occnet.observations.picture:Picture",
        "voxels": "occnet.observations.voxels:Voxels",
        "points": "occnet.observations.points:Points",
        "index": "occnet.observations.index:Index",
        "category": "occnet.observations.category:Category",
        "nothing": "occnet.observations.nothing:Nothing",
    },
)


@cache
def kind_named(name: str) -> ObservationKind:
    """The kind of that name, as `Encoder.reads` says it. Raises PluginError when there is none."""
    return KINDS[name]()


def kind_of(source: Any) -> ObservationKind:
    """The kind that a file (a path) or a value is of; points where nothing else fits, whose messages tell what is read."""
    is_path = isinstance(source, str | Path)
    for name in KINDS:
        kind = kind_named(name)
        if kind.holds(Path(source)) if is_path else kind.takes(source):
            return kind
    return kind_named("points")


def suffixes_of(name: str | None = None) -> frozenset[str]:
    """Of the files that are of a kind, the suffixes; of all kinds that a shipped model reads, where none is named."""
    kinds = [kind_named(other) for other in KINDS] if name is None else [kind_named(name)]
    return frozenset(suffix for kind in kinds if name or kind.shipped_model for suffix in kind.suffixes)
