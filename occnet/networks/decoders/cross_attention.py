"""The decoder of a set of tokens: each point looks at those that concern it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import torch
from torch import Tensor, nn

from occnet.networks.interfaces import Decoder
from occnet.networks.layers.attention import AttendingBlock, KeysValues, ThinkingBlock, attending
from occnet.networks.layers.fourier import FourierFeatures

if TYPE_CHECKING:
    from jaxtyping import Float


@dataclass(frozen=True)
class CrossAttentionConfig:
    """How large the decoder is."""

    tokens: int = 24  # that the latent code is cut into, or another code is spread over
    channels: int = 96  # width of tokens and points
    heads: int = 6
    frequencies: int = 6  # of the waves that a point is told by
    token_blocks: int = 3  # in which the tokens look at each other
    blocks: int = 2  # in which the points look at the tokens


class CrossAttentionDecoder(Decoder):
    """Points (B, N, 3), code (B, C + L) -> logits (B, N).

    The last L channels, a latent code, are tokens one after the other, and the first C, what is known of the shape, are one
    token more. Without a latent code a linear layer spreads the C channels over the tokens. Zhang et al., 3DShape2VecSet, 2023,
    in small.
    """

    Config = CrossAttentionConfig
    reads: ClassVar[type] = Tensor

    def __init__(self, config: CrossAttentionConfig, code_channels: dict[str, int]) -> None:
        super().__init__()
        known, latent = code_channels["code"], code_channels.get("latent", 0)
        if latent % config.tokens:
            raise ValueError(f"latent_channels must be tokens of one length, but {latent} are not {config.tokens} of them")
        self.widths, self.tokens, channels = [known, latent], config.tokens, config.channels
        self.token = nn.Linear(latent // config.tokens, channels) if latent else nn.Linear(known, config.tokens * channels)
        self.place = nn.Parameter(0.02 * torch.randn(config.tokens, channels))  # which token it is
        self.known = nn.Linear(known, channels) if known and latent else None
        self.think = nn.Sequential(*(ThinkingBlock(channels, config.heads) for _ in range(config.token_blocks)))
        self.waves = FourierFeatures(config.frequencies)
        self.point = nn.Linear(self.waves.channels, channels)
        self.blocks = nn.ModuleList(AttendingBlock(channels, config.heads) for _ in range(config.blocks))
        self.norm, self.out = nn.LayerNorm(channels), nn.Linear(channels, 1)

    def forward(self, points: Float[Tensor, "b n 3"], code: Float[Tensor, "b c"]) -> Float[Tensor, "b n"]:
        return self._logits(points, self._seen(code))

    def bind(self, code: Float[Tensor, "b c"]) -> Callable[[Float[Tensor, "b n 3"]], Float[Tensor, "b n"]]:
        """The decoder for one code, (B, N, 3) -> (B, N): the tokens think once."""
        seen = self._seen(code)
        return lambda points: self._logits(points, seen)

    def _seen(self, code: Tensor) -> list[KeysValues]:
        known, latent = code.split(self.widths, dim=-1)
        if self.widths[1]:
            tokens = self.token(latent.unflatten(-1, (self.tokens, -1))) + self.place
        else:
            tokens = self.token(known).unflatten(-1, (self.tokens, -1)) + self.place
        if self.known is not None:
            tokens = torch.cat([tokens, self.known(known).unsqueeze(1)], dim=1)
        tokens = self.think(tokens)
        return [block.keys_values(tokens) for block in attending(self.blocks)]

    def _logits(self, points: Tensor, seen: list[KeysValues]) -> Tensor:
        features = self.point(self.waves(points))
        for block, keys_values in zip(attending(self.blocks), seen, strict=True):
            features = block(features, keys_values)
        return self.out(self.norm(features)).squeeze(-1).float()
