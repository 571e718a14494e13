"""The encoder of photos that first finds the visible surface, lifts it into space, and thinks there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from occnet.cube import PADDED_HALF
from occnet.files.images import OBJECT
from occnet.networks.codes.photo_code import SURFACE_CHANNELS, VIEW_CHANNELS, PhotoCode, lifted, magnification
from occnet.networks.encoders.resnet import ResNetConfig, ResNetEncoder
from occnet.networks.layers.grid import cell_offsets
from occnet.networks.layers.neighbours import PointIndex
from occnet.networks.layers.sparse_unet3d import SparseUNet3d

if TYPE_CHECKING:
    from jaxtyping import Float

_BESIDE = -4.0  # normalised value of what is not of the thing: darker than black
_USUAL_VIEW = (0.6, 0.0, 0.0, 0.44, 0.4)  # a guess to begin with
_COARSEST = 4  # cells along an edge of the volume that is grown from the code
_LOGARITHMS = (-5.0, 1.0)  # between which the mean errors are believed


@dataclass(frozen=True)
class VisibleSurfaceConfig(ResNetConfig):
    """As that of the paper's encoder, with features of places, and a grid in space."""

    channels: int = 32
    image_size: int = 128
    viewer_centred: bool = True  # what is seen at a pixel lies in the viewer's cube
    map_channels: int = 48  # width of the features of places
    points: int = 1024  # pixels of the thing, at random, whose front and back become points
    point_channels: int = 64  # width of the feature on each point
    resolution: int = 32  # cells of the finest grid along each edge of the padded cube
    sparse_channels: tuple[int, ...] = (32,)  # U-Net widths of the levels where only occupied cells are kept, finest first
    sparse_blocks: tuple[int, ...] = (1,)  # residual blocks at each of them, down and up
    dense_channels: tuple[int, ...] = (32, 64, 96)  # widths of the dense levels below, finest first
    dense_blocks: tuple[int, ...] = (1, 1, 1)  # residual blocks at each of them, down and up

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.viewer_centred:
            raise ValueError("viewer_centred cannot be false: the visible surface is that of the shape as it is seen")
        if self.points < 16 or self.image_size % 32:
            raise ValueError("points must be at least 16, and image_size divisible by 32")
        halvings = len(self.sparse_channels) + len(self.dense_channels) - 1
        if self.resolution % 2**halvings:
            raise ValueError(f"resolution must be divisible by {2**halvings}, for it is halved {halvings} times")
        if self.resolution >> len(self.sparse_channels) < _COARSEST:
            raise ValueError(f"the finest dense level must have at least {_COARSEST} cells along an edge")
        if (len(self.sparse_channels), len(self.dense_channels)) != (len(self.sparse_blocks), len(self.dense_blocks)):
            raise ValueError("sparse_blocks and dense_blocks must have one entry for each of their channels")


class VisibleSurfaceEncoder(ResNetEncoder):
    """Images (B, 3, H, W), sRGB in [0, 1], the thing on white and nowhere quite as white itself -> PhotoCode.

    A residual network whose coarse features are spread over finer ones down to half of the picture's resolution tells at each
    pixel where the surface begins and ends and how it is turned, with its certainty (Shin, Fowlkes, Hoiem, Pixels, voxels, and
    views, 2018; ZeroShape, Huang et al. 2023), and from where the picture was taken. Pixels at random become points in the
    viewer's cube with their features (PIFu, Saito et al. 2019), which a sparse U-Net joins; a volume from the code of the
    whole picture says what may be hidden.
    """

    code_kind: ClassVar[type] = PhotoCode
    Config = VisibleSurfaceConfig
    index_of: Callable[..., PointIndex] = PointIndex  # how its decoder finds neighbours

    def __init__(self, config: VisibleSurfaceConfig) -> None:
        super().__init__(config)
        self.config = config
        width, base, context = config.point_channels, config.sparse_channels[0], config.dense_channels[0]
        self.code_channels = {"points": width, "grid": context}
        channels = config.map_channels
        self.lateral = nn.ModuleList(nn.Conv2d(width, channels, 1) for width in self.features.map_channels)
        self.smooth = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1), nn.ReLU(), nn.Conv2d(channels, channels, 3, padding=1), nn.ReLU()
        )
        self.surface = nn.Conv2d(channels, SURFACE_CHANNELS, 1)
        self.view = nn.Linear(config.code_channels, VIEW_CHANNELS)
        nn.init.zeros_(self.view.weight)
        with torch.no_grad():
            self.view.bias.copy_(torch.tensor(_USUAL_VIEW))
        self.point = nn.Sequential(nn.Linear(channels + SURFACE_CHANNELS + 1, width), nn.ReLU(), nn.Linear(width, width))
        self.to_cell = nn.Linear(width + 3, base)
        self.unet = SparseUNet3d(
            config.resolution, config.sparse_channels, config.sparse_blocks, config.dense_channels, config.dense_blocks
        )
        self.from_grid = nn.Linear(width + base + 3, width)
        self.final = nn.LayerNorm(width)
        self.hidden = nn.Linear(config.code_channels, 2 * context * _COARSEST**3)
        self.grow = nn.ModuleList()
        cells = _COARSEST
        while cells < config.resolution >> len(config.sparse_channels):
            self.grow.append(nn.ConvTranspose3d(2 * context, 2 * context, 4, 2, 1))
            cells *= 2
        self.to_context = nn.Conv3d(2 * context, context, 1)
        self.usual_order: Tensor
        self.register_buffer("usual_order", _drawn((config.image_size // 2) ** 2), persistent=False)

    def forward(self, images: Float[Tensor, "b 3 h w"]) -> PhotoCode:  # type: ignore[override]
        thing = images.amin(dim=1, keepdim=True) < OBJECT / 255
        maps = self.features.maps(self.normalised(images).masked_fill(~thing, _BESIDE))
        code = self.fc(maps[-1].mean(dim=(2, 3)))
        fine = self._fine(maps)
        surface = _ordered(self.surface(fine).float())
        view = self.view(code).float()
        chosen, counts = self._pixels_of(F.avg_pool2d(thing.float(), 2) > 0.49)
        seen = torch.cat([fine.float(), surface], dim=1).flatten(2).transpose(1, 2)  # (B, H W / 4, C)
        seen = seen.gather(1, chosen.unsqueeze(-1).expand(-1, -1, seen.shape[-1]))
        points, spacing = self._lifted(seen.detach()[..., -SURFACE_CHANNELS:], chosen, counts, view.detach(), surface.shape)
        back = torch.cat([torch.zeros_like(seen[..., :1]), torch.ones_like(seen[..., :1])], dim=1)
        features = self.point(torch.cat([torch.cat([seen, seen], dim=1), back], dim=-1))
        place = cell_offsets(points, self.config.resolution)
        cells, grid = self.unet(self.to_cell(torch.cat([features, place], dim=-1)), points)
        features = features + self.from_grid(torch.cat([features, cells.to(features.dtype), place], dim=-1))
        grid = grid + self._hidden(code).permute(0, 2, 3, 4, 1)
        return PhotoCode(points, spacing, self.final(features), grid, self.index_of(points), surface, view)

    def _fine(self, maps: list[Tensor]) -> Tensor:
        """Features of places at half of the picture's resolution, coarse ones spread over finer ones (Lin et al. 2017)."""
        mapped = [lateral(features) for lateral, features in zip(self.lateral, maps, strict=True)]
        fine = mapped.pop()
        while mapped:
            finer = mapped.pop()
            fine = finer + F.interpolate(fine, size=finer.shape[2:], mode="nearest")
        return self.smooth(F.relu(fine))

    def _pixels_of(self, thing: Tensor) -> tuple[Tensor, Tensor]:
        """The numbers of random pixels of the thing (B, 1, H, W), (B, points), and how many pixels it has, (B, 1), at least 1.

        In evaluation they are always the same. A thing of fewer pixels has all of them, some twice.
        """
        of = thing.flatten(1)
        counts = of.sum(dim=1, keepdim=True).clamp(min=1)
        order = torch.rand(of.shape).to(of.device) if self.training else self._same_order(of.shape[1]).expand(of.shape)
        first = (order + (~of).float() * 2.0).argsort(dim=1)  # those of the thing before all others
        number = torch.arange(self.config.points, device=of.device).expand(len(of), -1) % counts
        return first.gather(1, number), counts

    def _same_order(self, pixels: int) -> Tensor:
        """Numbers by which pixels are always chosen alike; those of the usual size are kept, for other programs draw others."""
        if pixels == len(self.usual_order):
            return self.usual_order
        return _drawn(pixels).to(self.usual_order.device)

    def _lifted(
        self, surface: Tensor, chosen: Tensor, counts: Tensor, view: Tensor, shape: torch.Size
    ) -> tuple[Tensor, Tensor]:
        """Points (B, 2 N, 3), the fronts and then the backs of chosen pixels (B, N), and how far apart such points are."""
        height, width = shape[2:]
        right, down = chosen % width, chosen // width
        places = torch.stack([(2 * right + 1) / width - 1.0, (2 * down + 1) / height - 1.0], dim=-1)
        towards = surface[..., :2].transpose(1, 2).flatten(1).clamp(-0.87, 0.87)  # half of the cube's diagonal
        points = lifted(places.repeat(1, 2, 1), towards, view)
        thinned = (counts / self.config.points).clamp(min=1.0).sqrt()
        spacing = (2.0 / width) * thinned / magnification(towards, view)
        return points.clamp(-PADDED_HALF, PADDED_HALF), spacing.unsqueeze(-1)

    def _hidden(self, code: Tensor) -> Tensor:
        """A volume of features from the code of the whole picture, (B, C, R, R, R)."""
        volume = self.hidden(code).unflatten(1, (-1, _COARSEST, _COARSEST, _COARSEST))
        for layer in self.grow:
            volume = layer(F.relu(volume))
        return self.to_context(F.relu(volume))


def _drawn(count: int) -> Tensor:
    return torch.rand(count, generator=torch.Generator().manual_seed(0))


def _ordered(raw: Tensor) -> Tensor:
    """Values (B, 7, H, W) as they are meant: the thing ends behind where it begins, errors are bounded."""
    front, gap, errors, normal = raw.split([1, 1, 2, 3], dim=1)
    return torch.cat([front, front - F.softplus(gap - 1.0), errors.clamp(*_LOGARITHMS), normal], dim=1)
