"""Queries that look at a few tokens: attention whose keys and values are made once for many queries."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch.nn.functional as F
from torch import Tensor, nn

if TYPE_CHECKING:
    from jaxtyping import Float

KeysValues = tuple[Tensor, Tensor]
"""Keys and values of tokens, (B, heads, M, channels of a head) each."""


class AttendingBlock(nn.Module):
    """Queries (B, N, C) take what they want of tokens, and think about it; two residual steps with a norm before each.

    Vaswani et al., Attention is all you need, 2017; norms first: Xiong et al., 2020.
    """

    def __init__(self, channels: int, heads: int, widening: int = 2) -> None:
        super().__init__()
        if channels % heads:
            raise ValueError(f"channels must be divisible by heads, but {channels} is not by {heads}")
        self.heads = heads
        self.norm_query, self.norm_token = nn.LayerNorm(channels), nn.LayerNorm(channels)
        self.query, self.key_value = nn.Linear(channels, channels), nn.Linear(channels, 2 * channels)
        self.out = nn.Linear(channels, channels)
        self.norm_think = nn.LayerNorm(channels)
        self.think = nn.Sequential(
            nn.Linear(channels, widening * channels), nn.GELU(), nn.Linear(widening * channels, channels)
        )

    def keys_values(self, tokens: Float[Tensor, "b m c"]) -> KeysValues:
        """What `forward` needs of the tokens."""
        key, value = self.key_value(self.norm_token(tokens)).chunk(2, dim=-1)
        return self._split(key), self._split(value)

    def forward(self, queries: Float[Tensor, "b n c"], seen: KeysValues) -> Float[Tensor, "b n c"]:
        wanted = self._split(self.query(self.norm_query(queries)))
        taken = F.scaled_dot_product_attention(wanted, *seen).transpose(1, 2).flatten(2)
        queries = queries + self.out(taken)
        return queries + self.think(self.norm_think(queries))

    def _split(self, features: Tensor) -> Tensor:
        return features.unflatten(-1, (self.heads, -1)).transpose(1, 2)


class ThinkingBlock(nn.Module):
    """Tokens (B, M, C) that look at each other, (B, M, C)."""

    def __init__(self, channels: int, heads: int) -> None:
        super().__init__()
        self.attend = AttendingBlock(channels, heads)

    def forward(self, tokens: Float[Tensor, "b m c"]) -> Float[Tensor, "b m c"]:
        return self.attend(tokens, self.attend.keys_values(tokens))


def attending(blocks: nn.ModuleList) -> list[AttendingBlock]:
    """The blocks of a list, as what they are."""
    return [block for block in blocks if isinstance(block, AttendingBlock)]
