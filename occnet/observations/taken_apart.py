"""A scan taken apart: a cloud for each thing, closed where it stands on a ground, and the ground."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from occnet.errors import CloudError
from occnet.files.clouds import Cloud, checked_points
from occnet.geometry.ground.bottoms import bottom_of
from occnet.geometry.ground.ground import Ground, find_ground
from occnet.geometry.ground.slab import slab_depth, slab_of
from occnet.geometry.ground.standing import things_apart, things_of
from occnet.mesh import Frame, Mesh
from occnet.observations.interface import Floor
from occnet.observations.reading_options import GroundUse

_SUNK = 0.5  # of the slab's depth: how far things reach into it, so that they are one with it


@dataclass(frozen=True, eq=False)
class Thing:
    """A thing of a scan by itself, with its bottom where it stands on the ground."""

    cloud: Cloud
    standing: bool


@dataclass(frozen=True, eq=False)
class ThingsApart:
    """What a scan shows, thing by thing. ground: what they stand on, if they do. shown: (N, 3) what the mesh is to show.

    sunk: how far below the ground what stands on it is to end, in the scan's unit. slab: the ground, None if it is taken out.
    """

    ground: Ground | None
    things: tuple[Thing, ...]
    sunk: float
    slab: Mesh | None
    shown: NDArray[np.float64]
    notes: tuple[str, ...]

    def floor_of(self, thing: Thing, frame: Frame) -> Floor | None:
        """What a thing stands on, in the unit cube of a frame; None where it does not."""
        if self.ground is None or not thing.standing:
            return None
        x, y, z = self.ground.plane.normal.tolist()
        offset = float(frame.to_unit(self.ground.plane.origin) @ self.ground.plane.normal)
        return Floor((x, y, z), offset, self.ground.tolerance / frame.scale, self.sunk / frame.scale)


def taken_apart(cloud: Cloud, use: GroundUse, split: bool = False) -> ThingsApart | None:
    """The things of a scan and the ground that they stand on; None where it is to be read as a whole.

    cloud: without strays. Where the ground is to be removed, a plane counts that is not surely one (see `find_ground`). split:
    whether things are wanted apart, then without the ground, and even where there is none.
    """
    scene = None
    if use != "ignore":
        ground = find_ground(cloud.points, cloud.sensors)
        if ground is None and use == "remove":
            ground = find_ground(cloud.points, cloud.sensors, sure=False)
        scene = None if ground is None else _on_ground(cloud, ground, "remove" if split else use)
    return _apart(cloud) if scene is None and split else scene


def _apart(cloud: Cloud) -> ThingsApart | None:
    """The things of a scan without a ground; None where none is large enough."""
    found = things_apart(cloud.points)
    things = tuple(Thing(replace(cloud.at(found.of_point == number), notes=()), False) for number in range(len(found.standing)))
    left = int(np.count_nonzero(found.of_point < 0))
    notes = [f"{len(things)} things lie apart." if len(things) > 1 else "It shows one thing."]
    if left:
        notes.append(_left_out(left))
    return ThingsApart(None, things, 0.0, None, cloud.points[found.of_point >= 0], tuple(notes)) if things else None


def _on_ground(cloud: Cloud, ground: Ground, use: GroundUse) -> ThingsApart | None:
    """The things on a ground; None where nothing that stands on it can be made a solid."""
    seen = cloud.points[ground.own]
    found = things_of(cloud.points, ground, beside=use == "keep")
    things, used = [], np.zeros(len(cloud.points), dtype=bool)
    for number, stands in enumerate(found.standing.tolist()):
        rows = found.of_point == number
        own = replace(cloud.at(rows), notes=())
        if stands and cloud.sensors is None:
            own = _with_bottom(own, bottom_of(own.points, seen, ground), ground.plane.normal)
        try:
            checked_points(own.points, cloud.source)
        except CloudError:  # a flat sheet, of which no solid can be made: it is counted among what is left out
            continue
        things.append(Thing(own, stands))
        used |= rows
    if not any(thing.standing for thing in things):
        return None
    kept = use == "keep"
    return ThingsApart(
        ground,
        tuple(things),
        sunk=_SUNK * slab_depth(ground) if kept else 0.0,
        slab=slab_of(seen, ground) if kept else None,
        shown=cloud.points[used | ground.own if kept else used],
        notes=_notes(ground, things, used, use),
    )


def _with_bottom(own: Cloud, bottom: NDArray[np.float64], normal: NDArray[np.float64]) -> Cloud:
    """The cloud with points of its bottom, (B, 3), which face down.

    A scan with sensors does without: they tell what is empty beside the thing, and no sensor saw its bottom.
    """
    normals = None if own.normals is None else np.concatenate([own.normals, np.tile(-normal, (len(bottom), 1))])
    return Cloud(np.concatenate([own.points, bottom]), normals, source=own.source)


def _notes(ground: Ground, things: list[Thing], used: NDArray[np.bool_], use: GroundUse) -> tuple[str, ...]:
    standing = sum(thing.standing for thing in things)
    what = "1 thing stands" if standing == 1 else f"{standing} things stand"
    done = {
        "keep": f"it is made a slab {slab_depth(ground):.3g} deep; --ground remove takes it out, ignore reads all as one",
        "remove": "it is taken out, and each thing is closed where it stood",
    }
    notes = [f"{what} on a ground, a plane that {ground.own.mean():.0%} of the points lie in: {done[use]}."]
    left = int(np.count_nonzero(~(used | ground.own)))
    if left:
        notes.append(_left_out(left))
    return tuple(notes)


def _left_out(count: int) -> str:
    return f"Left out: {count:,} point{'s' * (count != 1)} of nothing large enough to tell its shape."
