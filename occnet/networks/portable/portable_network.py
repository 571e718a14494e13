"""A network as two modules of tensors alone: an encoder to named tensors, and a decoder of points and these."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any, cast

import torch
from torch import Tensor, nn

from occnet.errors import ModelError
from occnet.networks.codes.local_code import LocalCode
from occnet.networks.codes.picture_plane import PicturePlane
from occnet.networks.codes.pixel_code import PixelCode
from occnet.networks.codes.point_grid_code import PointGridCode
from occnet.networks.encoders.neighbourhood_grid import NeighbourhoodGridEncoder
from occnet.networks.encoders.visible_surface import VisibleSurfaceEncoder
from occnet.networks.encoders.voxel_surface import VoxelSurfaceEncoder
from occnet.networks.occupancy_network import OccupancyNetwork
from occnet.networks.portable.plain_neighbours import PlainNeighbours
from occnet.networks.portable.rows_of_points import PortableUNet3d

READABLE = ("points", "image", "picture", "voxels")
"""The kinds of observations whose networks are given to other programs."""


class PortableEncoder(nn.Module):
    """Observation, a batch of one -> the tensors of its code, in the order of `names`."""

    def __init__(self, network: OccupancyNetwork) -> None:
        super().__init__()
        self.encoder = network.encoder
        self.names, self._taken_apart, self._put_together = _form_of(self.encoder)

    def forward(self, observation: Tensor) -> tuple[Tensor, ...]:
        return self._taken_apart(self._code(observation))

    def _code(self, observation: Tensor) -> Any:
        if isinstance(self.encoder, VoxelSurfaceEncoder):  # whose faces come, with their normals, in place of voxels
            return self.encoder.encoded(observation[..., :3].contiguous(), observation[..., 3:])
        return self.encoder(observation)


class PortableDecoder(nn.Module):
    """Points (1, Q, 3) and the tensors of a code -> logits (1, Q)."""

    def __init__(self, network: OccupancyNetwork) -> None:
        super().__init__()
        self.decoder = network.decoder
        self.names, _, self._put_together = _form_of(network.encoder)

    def forward(self, queries: Tensor, *parts: Tensor) -> Tensor:
        return self.decoder(queries, self._put_together(parts))


def portable(network: OccupancyNetwork) -> tuple[PortableEncoder, PortableDecoder]:
    """A copy of a network in two modules, in evaluation, on the CPU. Raises ModelError for a network that has no such form."""
    if network.reads not in READABLE or network.latent is not None:
        raise ModelError(
            f"Networks that read {', '.join(READABLE)} can be exported, but this one "
            f"{'draws new shapes' if network.latent else f'reads {network.reads}'}."
        )
    made = copy.deepcopy(network).cpu().eval().requires_grad_(False)
    if isinstance(made.encoder, NeighbourhoodGridEncoder | VisibleSurfaceEncoder):
        made.encoder.index_of = cast(Any, PlainNeighbours)
        made.encoder.unet = cast(Any, PortableUNet3d(made.encoder.unet))
    return PortableEncoder(made), PortableDecoder(made)


_Form = tuple[tuple[str, ...], Callable[[Any], tuple[Tensor, ...]], Callable[[tuple[Tensor, ...]], Any]]


def _form_of(encoder: Any) -> _Form:
    """Names of the tensors of an encoder's code, how it is taken apart into them, and how it is put together again."""
    kind = encoder.code_kind
    if kind is Tensor:
        return ("code",), lambda code: (code,), lambda parts: parts[0]
    if kind is PixelCode:
        return ("code", "map", "view"), lambda code: (code.code, code.map, code.view), lambda parts: PixelCode(*parts)
    if kind is PicturePlane:
        return ("map", "colors"), lambda code: (code.map, code.colors), lambda parts: PicturePlane(*parts)
    if issubclass(kind, PointGridCode):
        names = ("points", "spacing", "features", "grid")
        return (
            names,
            lambda code: tuple(getattr(code, name) for name in names),
            lambda parts: PointGridCode(*parts, index=cast(Any, PlainNeighbours(parts[0]))),
        )
    if kind is LocalCode:
        layout = encoder.spread.layout
        kinds = tuple(layout.kinds)
        return (
            kinds,
            lambda code: tuple(code.features[name] for name in kinds),
            lambda parts: LocalCode(layout, dict(zip(kinds, parts, strict=True))),
        )
    raise ModelError(f"A code of the type {kind.__name__} cannot be exported; portable_network.py says what would be needed.")


@torch.no_grad()
def sample_observation(network: OccupancyNetwork, seed: int = 0, points: int = 600) -> Tensor:
    """An observation at random that the network's portable encoder reads, a batch of one: of balls with dents.

    points: of a cloud, or about how many faces of voxels.
    """
    generator = torch.Generator().manual_seed(seed)
    directions = torch.nn.functional.normalize(torch.randn(points, 3, generator=generator), dim=1)
    waves = torch.randn(3, generator=generator)
    radius = 0.35 + 0.08 * torch.sin(5.0 * directions @ waves).unsqueeze(1)
    if network.reads in ("image", "picture"):
        size = network.reader.size
        ticks = torch.linspace(-1.0, 1.0, size)
        disc = (ticks.view(-1, 1).square() + (ticks * (1.0 + 0.3 * waves[0].tanh())).square()).sqrt() < 0.6
        shade = torch.rand(3, 1, 1, generator=generator) * (0.6 + 0.4 * ticks)
        return torch.where(disc, shade, 1.0).unsqueeze(0)
    if network.reads == "voxels" and not isinstance(network.encoder, VoxelSurfaceEncoder):
        size = network.reader.size
        ticks = (torch.arange(size) + 0.5) / size - 0.5
        return (torch.cartesian_prod(ticks, ticks, ticks).norm(dim=1) < radius.mean()).float().view(1, size, size, size)
    cloud = radius * directions
    if isinstance(network.encoder, VoxelSurfaceEncoder):
        cloud = torch.cat([cloud, directions], dim=1)
    return cloud.unsqueeze(0)
