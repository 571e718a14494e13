"""What all local encoders share: which planes and grids they fill, and the U-Nets that spread what is there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from torch import Tensor, nn

from occnet.cube import PADDING
from occnet.networks.codes.local_code import LocalCode
from occnet.networks.layers.planes import FeatureLayout, as_image, mean_into_cells
from occnet.networks.layers.unet2d import UNet2d
from occnet.networks.layers.volume_unet import VolumeUNet

if TYPE_CHECKING:
    from jaxtyping import Float


@dataclass(frozen=True)
class LocalCodeConfig:
    """How fine planes and grids are, and how far their U-Nets look; the defaults are the published three planes."""

    features: tuple[str, ...] = ("xz", "xy", "yz")  # any of "xz", "xy", "yz" and "grid"
    code_channels: int = 32  # width of the features on planes and grids
    plane_resolution: int = 64  # cells along each edge of a plane
    grid_resolution: int = 32  # cells along each edge of the grid
    plane_depth: int = 4  # resolutions of the 2D U-Net; 0 leaves it out
    grid_depth: int = 3  # resolutions of the 3D U-Net; 0 leaves it out
    unet_channels: int = 32  # width of both at the finest resolution
    padding: float = PADDING  # growth of the unit cube's edge that planes and grids span

    def __post_init__(self) -> None:
        if self.padding < 0.0:
            raise ValueError(f"padding must be at least 0, but is {self.padding}")

    def layout(self, centred: bool = False) -> FeatureLayout:
        """Where planes and grids lie. Raises ValueError when features are named that do not exist."""
        return FeatureLayout(self.features, self.plane_resolution, self.grid_resolution, self.padding, centred)


class LocalFeatures(nn.Module):
    """Features (B, N, C) at points (B, N, 3) -> LocalCode: averaged into each plane and grid, then spread by a U-Net.

    All planes share one 2D U-Net. Convolutional Occupancy Networks (Peng et al. 2020), sec. 3.1 and 3.2.
    """

    def __init__(self, config: LocalCodeConfig, layout: FeatureLayout) -> None:
        super().__init__()
        self.layout = layout
        with_planes, with_grid = bool(set(layout.kinds) - {"grid"}), "grid" in layout.kinds
        for resolution, depth in ((config.plane_resolution, config.plane_depth), (config.grid_resolution, config.grid_depth)):
            if resolution % (1 << max(depth - 1, 0)):
                raise ValueError(
                    f"a U-Net of depth {depth} halves evenly {depth - 1} times, but the resolution is {resolution}"
                )
        channels, first = config.code_channels, config.unet_channels
        self.planes = UNet2d(channels, config.plane_depth, first) if with_planes and config.plane_depth else None
        self.grid = VolumeUNet(channels, config.grid_depth, first) if with_grid and config.grid_depth else None

    def forward(self, features: Float[Tensor, "b n c"], points: Float[Tensor, "b n 3"]) -> LocalCode:
        code = {}
        for kind in self.layout.kinds:
            cells = self.layout.cell_of(points, kind)
            rows = mean_into_cells(features, cells, self.layout.cells(kind))
            image = as_image(rows, kind, self.layout.resolution(kind))
            unet = self.grid if kind == "grid" else self.planes
            code[kind] = image if unet is None else unet(image)
        return LocalCode(self.layout, code)
