"""Many shapes laid out as tensors: the parts of one kind side by side, so that each kind is evaluated once for all shapes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from occnet.shapes.deformation import KINDS, inverse
from occnet.shapes.parts import PRIMITIVES, Part, PlacedShape, Shape
from occnet.shapes.primitives import Primitive, Rows

EVALUATIONS_AT_ONCE, EVALUATIONS_AT_ONCE_ELSEWHERE = 1 << 18, 1 << 24
"""Parts times points evaluated in one go on a CPU, where temporaries of a megabyte stay in the cache, and on an accelerator,
where those of 64 are enough to keep it busy and leave the memory to the training."""


def shapes_at_once(device: torch.device) -> int:
    """How many shapes are best laid out side by side: one on a CPU, whose cache the points at work then fit, else 64."""
    return 1 if device.type == "cpu" else 64


@dataclass(frozen=True)
class Group:
    """All parts of one kind in a layout."""

    primitive: Primitive
    rows: Rows
    owner: Tensor  # (R,) the shape that each part belongs to
    rotation: Tensor  # (R, 3, 3) part axes as columns: local -> shape coordinates
    position: Tensor  # (R, 3)

    def value(self, points: Tensor) -> Tensor:
        """Values (R, N) at points (B, 3, N) in the coordinates of the shapes."""
        offset = torch.einsum("rij,ri->rj", self.rotation, self.position).neg_().unsqueeze(-1)
        mine = points.expand(len(self.owner), 3, -1) if len(points) == 1 else points[self.owner]
        x, y, z = torch.baddbmm(offset, self.rotation.transpose(1, 2), mine).unbind(1)
        return self.primitive.value(self.rows, x, y, z)


@dataclass(frozen=True)
class Bend:
    """The deformations of one kind and axis that some shapes of a layout undergo at one step."""

    kind: str
    axis: int
    owner: Tensor  # (D,) shapes
    amount: Tensor  # (D, 1)


class ShapeLayout:
    """Placed shapes on a device. Their points are those of the unit cube; their parts' are the shapes' own."""

    def __init__(self, placed_shapes: Sequence[PlacedShape], device: torch.device) -> None:
        shapes = [placed.shape for placed in placed_shapes]
        self.placed = list(placed_shapes)
        self.keys = [placed.key for placed in placed_shapes]
        self.count = len(shapes)
        self.device = device
        centers = np.array([placed.center for placed in placed_shapes])
        self.center = torch.tensor(centers, dtype=torch.float32, device=device)
        self.scale = torch.tensor([placed.scale for placed in placed_shapes], dtype=torch.float32, device=device)
        # A slot for every part, ordered by kind: the groups' values, one below the other, are the values of the slots.
        owned = [(kind, _parts_of(kind, shapes)) for kind in PRIMITIVES]
        rows = [(index, id(part)) for _, parts in owned for index, part in parts]
        self.parts = [part for _, parts in owned for _, part in parts]  # by slot
        slot_of = {row: slot for slot, row in enumerate(rows)}
        self.slots = len(rows)
        self.groups = [_group(kind, parts, device) for kind, parts in owned if parts]
        solids = [(index, solid) for index, shape in enumerate(shapes) for solid in shape.solids]
        # Two slots more say "never" and "always" inside, where a solid has fewer parts, cuts or keeps than another.
        never, always = self.slots, self.slots + 1
        self.adds = _padded([[slot_of[index, id(part)] for part in solid.parts] for index, solid in solids], never, device)
        self.cuts = _padded([[slot_of[index, id(part)] for part in solid.cuts] for index, solid in solids], never, device)
        self.keeps = _padded([[slot_of[index, id(part)] for part in solid.keeps] for index, solid in solids], always, device)
        starts = np.cumsum([0] + [len(shape.solids) for shape in shapes])
        members = [list(range(starts[index], starts[index + 1])) for index in range(len(shapes))]
        self.members = _padded(members, len(solids), device)
        self.steps = _steps(shapes, device)

    def value(self, points: Tensor) -> Tensor:
        """Values (B, N) > 0 exactly inside, of points (B, N, 3) in the unit cube."""
        most = EVALUATIONS_AT_ONCE if self.device.type == "cpu" else EVALUATIONS_AT_ONCE_ELSEWHERE
        chunk = max(256, most // max(self.slots, 1))
        points = points.to(self.device, torch.float32)
        return torch.cat([self._value(piece) for piece in points.split(chunk, dim=1)], dim=1)

    def owning_parts(self, points: Tensor) -> tuple[Tensor, Tensor]:
        """The slot (N,) of the part that each point (N, 3) of a layout of one shape lies deepest in, or nearest to.

        Of the solid that the point lies deepest in, that is, whose cuts count. And the points (N, 3) in the coordinates of the
        shape before its deformations.
        """
        assert self.count == 1
        owners, places = [], []
        for piece in points.split(max(256, EVALUATIONS_AT_ONCE // max(self.slots, 1))):
            placed = self._own(piece.unsqueeze(0))
            values, solids = self._values(placed)
            added = values[self.adds[solids.argmax(dim=0)], torch.arange(len(piece)).unsqueeze(1)]  # (N, parts of a solid)
            owners.append(self.adds[solids.argmax(dim=0)].gather(1, added.argmax(dim=1, keepdim=True)).squeeze(1))
            places.append(placed[0].T)
        return torch.cat(owners), torch.cat(places)

    def _value(self, points: Tensor) -> Tensor:
        values, solids = self._values(self._own(points))
        return _fold(torch.cat([solids, values[-2:-1]]), self.members) / self.scale[:, None]

    def _own(self, points: Tensor) -> Tensor:
        """Points (B, N, 3) of the unit cube as (B, 3, N) in the coordinates of the shapes, before their deformations."""
        return self._undeform(points.transpose(1, 2) * self.scale[:, None, None] + self.center[:, :, None])

    def _values(self, placed: Tensor) -> tuple[Tensor, Tensor]:
        """The values of all slots (slots + 2, N) and of all solids, at points as _own returns them."""
        values = [group.value(placed) for group in self.groups]
        never = torch.full_like(values[0][:1], -math.inf)
        values = torch.cat([*values, never, -never])
        inside = _fold(values, self.adds)
        for slots in self.cuts.unbind(1):
            inside = torch.minimum(inside, -values[slots])
        for slots in self.keeps.unbind(1):
            inside = torch.minimum(inside, values[slots])
        return values, inside

    def _undeform(self, points: Tensor) -> Tensor:
        for step in reversed(self.steps):
            for bend in step:
                mine = points[bend.owner].roll(1 - bend.axis, dims=1)
                mine = torch.stack(inverse(bend.kind, bend.amount, mine.unbind(1)), dim=1)  # pyright: ignore[reportArgumentType]
                points = points.index_copy(0, bend.owner, mine.roll(bend.axis - 1, dims=1))
        return points


def _parts_of(kind: str, shapes: Sequence[Shape]) -> list[tuple[int, Part]]:
    """The parts of a kind with their shapes' indices; a part that several solids of a shape share comes once."""
    found = {
        (index, id(part)): part
        for index, shape in enumerate(shapes)
        for solid in shape.solids
        for part in (*solid.parts, *solid.cuts, *solid.keeps)
        if part.kind == kind
    }
    return [(index, part) for (index, _), part in found.items()]


def _group(kind: str, placed: Sequence[tuple[int, Part]], device: torch.device) -> Group:
    primitive = PRIMITIVES[kind]
    parts = [part for _, part in placed]
    knots = max(len(part.table) for part in parts)
    tables = []
    for part in parts:
        last = part.table[-1:] if primitive.padding is None else np.array([primitive.padding])
        missing = knots - len(part.table)
        tables.append(np.concatenate([part.table, np.repeat(last, missing, axis=0)]) if missing else part.table)

    def tensor(values: object) -> Tensor:
        return torch.tensor(np.array(values), dtype=torch.float32, device=device)

    rows = Rows(tensor([part.size for part in parts]), tensor(tables))
    owner = torch.tensor([index for index, _ in placed], device=device)
    rotation = tensor([part.rotation for part in parts])
    return Group(primitive, rows, owner, rotation, tensor([part.position for part in parts]))


def _padded(lists: Sequence[Sequence[int]], padding: int, device: torch.device) -> Tensor:
    longest = max(len(row) for row in lists)
    return torch.tensor([[*row, *[padding] * (longest - len(row))] for row in lists], device=device, dtype=torch.long)


def _fold(values: Tensor, members: Tensor) -> Tensor:
    result = values[members[:, 0]]
    for column in members.unbind(1)[1:]:
        result = torch.maximum(result, values[column])
    return result


def _steps(shapes: Sequence[Shape], device: torch.device) -> list[list[Bend]]:
    steps = []
    for number in range(max(len(shape.deformations) for shape in shapes)):
        acting = [(i, shape.deformations[number]) for i, shape in enumerate(shapes) if number < len(shape.deformations)]
        bends = []
        for kind in KINDS:
            for axis in range(3):
                mine = [(i, change.amount) for i, change in acting if (change.kind, change.axis) == (kind, axis)]
                if mine:
                    owner = torch.tensor([i for i, _ in mine], device=device)
                    amount = torch.tensor([amount for _, amount in mine], dtype=torch.float32, device=device)
                    bends.append(Bend(kind, axis, owner, amount[:, None]))
        steps.append(bends)
    return steps
