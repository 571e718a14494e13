"""Smooth where the thing is flat: the ripples that a noisy scan leaves on a surface go, its edges stay."""

from __future__ import annotations

import torch
from torch import Tensor

from occnet.meshing.following import CrossingCells
from occnet.meshing.vertices import MARGIN, CrossingEdges

SAME = 0.3
"""Radians between two normals that are taken as much for ripples of one flat part as for an edge between two."""

PLACING_ROUNDS = 10
"""How often the vertices are moved: then they lie where the normals want them, to a hundredth of a cell."""


HOLD = 0.2
"""How much a vertex holds on to its place, beside 1 for how much a face across its edge moves it: one on an edge that lies in
the surface would slide along it."""


def smoothed_on_edges(cells: CrossingCells, edges: CrossingEdges, faces: Tensor, rounds: int) -> Tensor:
    """The vertices (V, 3) of marching cubes, each moved along the edge of the lattice that it lies on, see `smoothed`.

    Those on the boundary of the box stay.
    """
    lattice, axes = cells.lattice, edges.keys % 3
    places = lattice.places(edges.keys // 3)
    low = lattice.positions(places).gather(1, axes[:, None]).squeeze(1)
    step = torch.tensor(lattice.step, dtype=torch.float64, device=axes.device)[axes]
    margin = (MARGIN * lattice.longest / step).clamp(max=0.25) * step
    stays, at = ~lattice.is_real_edge(places, axes), edges.positions.gather(1, axes[:, None]).squeeze(1)
    low, high = torch.where(stays, at, low + margin), torch.where(stays, at, low + step - margin)
    return smoothed(edges.positions, axes, low, high, faces, rounds)


def smoothed(positions: Tensor, axes: Tensor, low: Tensor, high: Tensor, faces: Tensor, rounds: int) -> Tensor:
    """The vertices of a closed mesh (V, 3) moved, each along its own axis alone, until the faces turn as smoothed normals do.

    positions: (V, 3) float64. axes: (V,) int64, the axis that each vertex may move along. low, high: (V,) float64, its lowest
    and highest coordinate there; between them, on the edges of a lattice, marching cubes' faces cannot cross each other.
    faces: (F, 3) int64, two at each edge. rounds: how often each normal becomes the mean of its neighbours' by their area and
    likeness, which reaches about the root of rounds faces far.
    Source: bilateral normal filtering, Zheng, Fu, Au and Tai 2011; here with one degree of freedom a vertex.
    """
    corners = faces.T.contiguous()  # rows of one corner or coordinate each, for sums over three neighbours in memory are slow
    middle = positions.mean(dim=0)
    places = (positions - middle).T.float().contiguous()
    one, two, three = (places.index_select(1, corner) for corner in corners)
    across = torch.linalg.cross(two - one, three - one, dim=0)
    areas = (across * across).sum(dim=0).sqrt_()
    normals = across / areas.clamp(min=1e-30)
    areas = areas / areas.mean()
    normals = _filtered(normals, areas, _beside(corners, len(positions)), rounds)
    moved = _moved(places, axes, (low - middle[axes]).float(), (high - middle[axes]).float(), corners, normals, areas)
    return positions.scatter_add(1, axes[:, None], moved.double()[:, None])


def _beside(corners: Tensor, vertices: int) -> Tensor:
    """The three faces that share an edge with each face, (3, F); of edges with four, which touch, one of the others."""
    one, other = corners.reshape(-1), corners.roll(-1, dims=0).reshape(-1)
    order = torch.argsort(one.minimum(other) * vertices + one.maximum(other))
    beside = torch.empty_like(order)
    beside[order[::2]], beside[order[1::2]] = order[1::2], order[::2]
    return (beside % corners.shape[1]).reshape(3, -1)


def _filtered(normals: Tensor, areas: Tensor, beside: Tensor, rounds: int) -> Tensor:
    """Normals (3, F), each become the mean of itself and its neighbours' (3, F) by area and likeness, again and again."""
    their_areas = [areas[other] for other in beside]
    for _ in range(rounds):
        total = normals * areas
        for other, area in zip(beside, their_areas, strict=True):
            theirs = normals.index_select(1, other)
            alike = (theirs * normals).sum(dim=0).sub_(1.0).mul_(1.0 / SAME**2).exp_()
            total.addcmul_(theirs, alike.mul_(area))
        normals = total.div_((total * total).sum(dim=0).sqrt_().clamp_(min=1e-30))
    return normals


def _moved(places: Tensor, axes: Tensor, low: Tensor, high: Tensor, corners: Tensor, normals: Tensor, areas: Tensor) -> Tensor:
    """How far each vertex moves along its axis, (V,), to where the planes through its faces' middles are, by least squares."""
    at = places.gather(0, axes[None]).squeeze(0)
    along = [normals.gather(0, axes[corner][None]).squeeze(0) for corner in corners]  # how far a corner's move lifts it
    above = [(places.index_select(1, corner) * normals).sum(dim=0) for corner in corners]  # the plane through the origin

    def summed(values: list[Tensor]) -> Tensor:
        total = torch.zeros_like(at)
        for corner, value in zip(corners, values, strict=True):
            total.index_add_(0, corner, value)
        return total

    held = summed([areas * (lift * lift + HOLD) for lift in along]).clamp_(min=1e-12)
    moved, low, high = torch.zeros_like(at), low - at, high - at
    for _ in range(PLACING_ROUNDS):
        lifted = [height + lift * moved[corner] for height, lift, corner in zip(above, along, corners, strict=True)]
        middle = (lifted[0] + lifted[1] + lifted[2]) / 3.0
        steps = summed([areas * lift * (middle - height) for lift, height in zip(along, lifted, strict=True)])
        moved = (moved + steps / held).maximum(low).minimum(high)
    return moved
