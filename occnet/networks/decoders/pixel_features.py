"""The default decoder of pictures: the 2019 blocks, given at each point what the picture shows at its pixel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from occnet.networks.codes.pixel_code import PixelCode
from occnet.networks.decoders.conditional_batch_norm import ConditionalBlock
from occnet.networks.interfaces import Decoder
from occnet.networks.layers.norms import ConditionalBatchNorm

if TYPE_CHECKING:
    from jaxtyping import Float


@dataclass(frozen=True)
class PixelFeaturesConfig:
    """How large the decoder of pictures is."""

    hidden_channels: int = 128  # width of the blocks
    blocks: int = 5  # blocks


class PixelFeaturesDecoder(Decoder):
    """Points (B, N, 3), PixelCode -> logits (B, N).

    The code conditions the norms (Mescheder et al. 2019), and each block is given the feature of the point's pixel anew.
    """

    reads: ClassVar[type] = PixelCode
    Config = PixelFeaturesConfig

    def __init__(self, config: PixelFeaturesConfig, code_channels: dict[str, int]) -> None:
        super().__init__()
        hidden, code = config.hidden_channels, code_channels["code"]
        self.fc_p = nn.Linear(3, hidden)
        self.local = nn.ModuleList(nn.Linear(code_channels["map"], hidden) for _ in range(config.blocks))
        self.blocks = nn.ModuleList(ConditionalBlock(code, hidden) for _ in range(config.blocks))
        self.bn = ConditionalBatchNorm(code, hidden)
        self.fc_out = nn.Linear(hidden, 1)

    def forward(self, points: Float[Tensor, "b n 3"], code: PixelCode) -> Float[Tensor, "b n"]:
        seen = code.at(points)
        x = self.fc_p(points)
        for local, block in zip(self.local, self.blocks, strict=True):
            x = block(x + local(seen), code.code)
        return self.fc_out(F.relu(self.bn(x, code.code))).squeeze(-1).float()

    def bind(self, code: PixelCode) -> Callable[[Float[Tensor, "b n 3"]], Float[Tensor, "b n"]]:
        """The decoder in evaluation for one code, (B, N, 3) -> (B, N): norms folded; equal to forward."""
        blocks = [block.folded(code.code) for block in self.blocks if isinstance(block, ConditionalBlock)]
        scale, shift = self.bn.folded(code.code)

        def run(points: Tensor) -> Tensor:
            seen = code.at(points)
            x = self.fc_p(points)
            for local, block in zip(self.local, blocks, strict=True):
                x = block(x + local(seen))
            return self.fc_out(F.relu(torch.addcmul(shift, x, scale))).squeeze(-1).float()

        return run
