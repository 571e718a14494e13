"""The image encoder: a residual network (He et al. 2016) with torchvision's parameter names, so that its weights fit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from occnet.networks.interfaces import Encoder

if TYPE_CHECKING:
    from jaxtyping import Float


@dataclass(frozen=True)
class ResNetConfig:
    """How deep the image encoder is; the defaults are the paper's."""

    code_channels: int = 256  # length of the code
    depth: int = 18  # layers: 18, 34 or 50
    channels: int = 64  # width of the first stage, doubled at each further one; ImageNet weights have 64
    image_size: int = 224  # pixels along each edge of the images
    viewer_centred: bool = False  # shapes stand as the picture shows them; else in their own axes, as in the paper

    def __post_init__(self) -> None:
        if self.depth not in STAGES:
            raise ValueError(f"depth must be one of {', '.join(map(str, STAGES))}, but is {self.depth}")


class _Basic(nn.Module):
    """Two 3x3 convolutions around a shortcut: 18 and 34 layers."""

    growth = 1

    def __init__(self, inputs: int, channels: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, channels, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.downsample = _projection(inputs, channels, stride)

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(self.bn1(self.conv1(x)))
        return F.relu(self.bn2(self.conv2(y)) + (x if self.downsample is None else self.downsample(x)))


class _Bottleneck(nn.Module):
    """1x1, 3x3 (with the stride), 1x1 around a shortcut: 50 layers."""

    growth = 4

    def __init__(self, inputs: int, channels: int, stride: int) -> None:
        super().__init__()
        outputs = channels * self.growth
        self.conv1 = nn.Conv2d(inputs, channels, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.conv3 = nn.Conv2d(channels, outputs, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(outputs)
        self.downsample = _projection(inputs, outputs, stride)

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(self.bn1(self.conv1(x)))
        y = F.relu(self.bn2(self.conv2(y)))
        return F.relu(self.bn3(self.conv3(y)) + (x if self.downsample is None else self.downsample(x)))


STAGES: dict[int, tuple[type[_Basic | _Bottleneck], tuple[int, int, int, int]]] = {
    18: (_Basic, (2, 2, 2, 2)),
    34: (_Basic, (3, 4, 6, 3)),
    50: (_Bottleneck, (3, 4, 6, 3)),
}


def _projection(inputs: int, outputs: int, stride: int) -> nn.Module | None:
    if stride == 1 and inputs == outputs:
        return None
    return nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))


def _stage(kind: Callable[..., nn.Module], inputs: int, channels: int, growth: int, blocks: int, stride: int) -> nn.Module:
    rest = (kind(channels * growth, channels, 1) for _ in range(blocks - 1))
    return nn.Sequential(kind(inputs, channels, stride), *rest)


class ResNetFeatures(nn.Module):
    """Normalised images (B, 3, H, W) -> pooled features (B, F); parameters are named and shaped as torchvision's."""

    def __init__(self, depth: int, channels: int = 64) -> None:
        super().__init__()
        kind, blocks = STAGES[depth]
        growth, widths = kind.growth, [channels << stage for stage in range(4)]
        self.depth, self.channels = depth, widths[-1] * growth
        self.map_channels = [channels, *(width * growth for width in widths)]
        self.conv1 = nn.Conv2d(3, channels, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.layer1 = _stage(kind, channels, widths[0], growth, blocks[0], 1)
        self.layer2 = _stage(kind, widths[0] * growth, widths[1], growth, blocks[1], 2)
        self.layer3 = _stage(kind, widths[1] * growth, widths[2], growth, blocks[2], 2)
        self.layer4 = _stage(kind, widths[2] * growth, widths[3], growth, blocks[3], 2)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, x: Float[Tensor, "b 3 h w"]) -> Float[Tensor, "b f"]:
        return self.maps(x)[-1].mean(dim=(2, 3))

    def maps(self, x: Float[Tensor, "b 3 h w"]) -> list[Float[Tensor, "b _ _ _"]]:
        """The features after the first convolution and each stage: (B, F, H / 2, W / 2) to (B, F, H / 32, W / 32)."""
        x = F.relu(self.bn1(self.conv1(x)))
        maps = [x]
        x = F.max_pool2d(x, 3, 2, 1)
        for stage in (self.layer1, self.layer2, self.layer3, self.layer4):
            x = stage(x)
            maps.append(x)
        return maps


class ResNetEncoder(Encoder):
    """Images (B, 3, H, W), sRGB in [0, 1], object on white -> one code vector an image, (B, C).

    Occupancy Networks (Mescheder et al. 2019), supplementary sec. 1, "single image encoder": ResNet-18 and a linear
    layer. The mean and deviation of ImageNet are applied here.
    """

    reads: ClassVar[str] = "image"
    code_kind: ClassVar[type] = Tensor
    Config = ResNetConfig
    mean: Float[Tensor, "3 1 1"]
    deviation: Float[Tensor, "3 1 1"]

    def __init__(self, config: ResNetConfig) -> None:
        super().__init__()
        self.code_channels, self.observation_size = {"code": config.code_channels}, config.image_size
        self.viewer_centred = config.viewer_centred
        self.features = ResNetFeatures(config.depth, config.channels)
        self.fc = nn.Linear(self.features.channels, config.code_channels)
        self.register_buffer("mean", torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1), persistent=False)
        self.register_buffer("deviation", torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1), persistent=False)

    def forward(self, images: Float[Tensor, "b 3 h w"]) -> Float[Tensor, "b c"]:
        return self.fc(self.features(self.normalised(images)))

    def normalised(self, images: Float[Tensor, "b 3 h w"]) -> Float[Tensor, "b 3 h w"]:
        """Images with the mean and deviation of ImageNet taken out, as networks trained on it expect."""
        return (images - self.mean) / self.deviation
