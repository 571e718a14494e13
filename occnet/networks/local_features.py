"""What all local encoders share: which planes and grids they fill, and the U-Nets that spread what is there."""

from __future__ import annotations

from torch import Tensor, nn

from occnet.networks.feature_planes import FeatureLayout, LocalCode, as_image, mean_into_cells
from occnet.networks.unet2d import UNet2d
from occnet.networks.volume_unet import VolumeUNet


class LocalFeatures(nn.Module):
    """Features (B, N, C) at points (B, N, 3) -> LocalCode: averaged into each plane and grid, then spread by a U-Net.

    All planes share one 2D U-Net. Depth 0 leaves a U-Net out. Convolutional Occupancy Networks (Peng et al. 2020),
    sec. 3.1 and 3.2.
    """

    def __init__(self, layout: FeatureLayout, channels: int, plane_depth: int, grid_depth: int, first_channels: int) -> None:
        super().__init__()
        self.layout = layout
        with_planes, with_grid = bool(set(layout.kinds) - {"grid"}), "grid" in layout.kinds
        for resolution, depth in ((layout.plane_resolution, plane_depth), (layout.grid_resolution, grid_depth)):
            if resolution % (1 << max(depth - 1, 0)):
                raise ValueError(
                    f"a U-Net of depth {depth} halves evenly {depth - 1} times, but the resolution is {resolution}"
                )
        self.planes = UNet2d(channels, plane_depth, first_channels) if with_planes and plane_depth else None
        self.grid = VolumeUNet(channels, grid_depth, first_channels) if with_grid and grid_depth else None

    def forward(self, features: Tensor, points: Tensor) -> LocalCode:
        code = {}
        for kind in self.layout.kinds:
            cells = self.layout.cell_of(points, kind)
            rows = mean_into_cells(features, cells, self.layout.cells(kind))
            image = as_image(rows, kind, self.layout.resolution(kind))
            unet = self.grid if kind == "grid" else self.planes
            code[kind] = image if unet is None else unet(image)
        return LocalCode(self.layout, code)
