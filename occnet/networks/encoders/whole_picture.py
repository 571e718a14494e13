"""The encoder of whole pictures, of which a network tells which places are of the thing in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import torch.nn.functional as F
from torch import Tensor, nn

from occnet.networks.codes.picture_plane import PicturePlane
from occnet.networks.encoders.resnet import ResNetConfig, ResNetEncoder

if TYPE_CHECKING:
    from jaxtyping import Float


@dataclass(frozen=True)
class WholePictureConfig(ResNetConfig):
    """As that of the paper's encoder, narrower, with features of places."""

    channels: int = 24
    image_size: int = 128  # of the pictures that it learns from; any multiples of 32 can be read
    code_channels: int = 64  # of the whole picture, which all places know
    map_channels: int = 48  # width of the features of places

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.viewer_centred:
            raise ValueError("viewer_centred cannot be true: places are those of the picture, not of a shape")
        if self.image_size % 32:
            raise ValueError(f"image_size must be divisible by 32, but is {self.image_size}")


class WholePictureEncoder(ResNetEncoder):
    """Pictures (B, 3, H, W), sRGB in [0, 1], with their ground -> PicturePlane.

    Coarse features of a residual network are spread over finer ones down to half of the picture's resolution (Lin et al. 2017),
    and what the whole picture shows is told to all of its places.
    """

    reads: ClassVar[str] = "picture"
    code_kind: ClassVar[type] = PicturePlane
    Config = WholePictureConfig

    def __init__(self, config: WholePictureConfig) -> None:
        super().__init__(config)
        channels = config.map_channels
        self.code_channels = {"map": channels, "colors": 3}
        self.lateral = nn.ModuleList(nn.Conv2d(width, channels, 1) for width in self.features.map_channels)
        self.context = nn.Linear(config.code_channels, channels)
        self.spread = nn.ModuleList(nn.Conv2d(channels, channels, 3, padding=1) for _ in self.features.map_channels)

    def forward(self, images: Float[Tensor, "b 3 h w"]) -> PicturePlane:  # type: ignore[override]
        normalised = self.normalised(images)
        maps = self.features.maps(normalised)
        mapped = [lateral(features) for lateral, features in zip(self.lateral, maps, strict=True)]
        fine = mapped.pop() + self.context(F.relu(self.fc(maps[-1].mean(dim=(2, 3)))))[..., None, None]
        for spread in self.spread[1:]:
            finer = mapped.pop()
            fine = finer + F.interpolate(F.relu(spread(F.relu(fine))), size=finer.shape[2:], mode="nearest")
        return PicturePlane(self.spread[0](F.relu(fine)), normalised)
