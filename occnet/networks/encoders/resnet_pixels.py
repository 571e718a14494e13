"""The default image encoder: a residual network that keeps what it saw where, and guesses how the picture was taken."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import torch.nn.functional as F
from torch import Tensor, nn

from occnet.networks.codes.pixel_code import VIEW_CHANNELS, PixelCode
from occnet.networks.encoders.resnet import ResNetConfig, ResNetEncoder

if TYPE_CHECKING:
    from jaxtyping import Float


@dataclass(frozen=True)
class ResNetPixelsConfig(ResNetConfig):
    """As that of the paper's encoder, which it widens by features of places."""

    viewer_centred: bool = True  # a place in the picture says something of the shape only as the viewer sees it
    map_channels: int = 48  # width of the features of places

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.viewer_centred:
            raise ValueError("viewer_centred cannot be false: places in the picture are those of the shape as it is seen")


class ResNetPixelsEncoder(ResNetEncoder):
    """Images (B, 3, H, W), sRGB in [0, 1], object on white -> PixelCode.

    Coarse features are spread over finer ones as in feature pyramids (Lin et al. 2017), down to half of the picture's
    resolution. Features of the pixel at which a point is seen: DISN (Xu et al. 2019) and PIFu (Saito et al. 2019).
    """

    code_kind: ClassVar[type] = PixelCode
    Config = ResNetPixelsConfig
    guesses_view = True

    def __init__(self, config: ResNetPixelsConfig) -> None:
        super().__init__(config)
        self.code_channels = {"code": config.code_channels, "map": config.map_channels}
        self.lateral = nn.ModuleList(nn.Conv2d(width, config.map_channels, 1) for width in self.features.map_channels)
        self.smooth = nn.Conv2d(config.map_channels, config.map_channels, 3, padding=1)
        self.view = nn.Linear(config.code_channels, VIEW_CHANNELS)
        nn.init.zeros_(self.view.weight)
        nn.init.zeros_(self.view.bias)

    def forward(self, images: Float[Tensor, "b 3 h w"]) -> PixelCode:  # type: ignore[override]
        maps = self.features.maps(self.normalised(images))
        code = self.fc(maps[-1].mean(dim=(2, 3)))
        mapped = [lateral(features) for lateral, features in zip(self.lateral, maps, strict=True)]
        fine = mapped.pop()
        while mapped:
            finer = mapped.pop()
            fine = finer + F.interpolate(fine, size=finer.shape[2:], mode="nearest")
        return PixelCode(code, self.smooth(F.relu(fine)), self.view(code))
