"""The default decoder: a query attends to its nearest input points and reads the grid between them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from occnet.networks.encoders.neighbourhood_grid import PointGridCode, bounded
from occnet.networks.grid import interpolate
from occnet.networks.interfaces import Decoder
from occnet.networks.neighbours import rows_at


@dataclass(frozen=True)
class NearestPointsConfig:
    """How large the nearest-points decoder is."""

    neighbours: int = 12  # input points that each query attends to
    pair_channels: int = 32  # width of the relation between a query and a point
    channels: int = 64  # width of the query's feature
    heads: int = 8  # independent attention weights
    blocks: int = 2  # residual blocks after the attention


class NearestPointsDecoder(Decoder):
    """Points (B, Q, 3), PointGridCode -> logits (B, Q).

    Each input point carries a small affine map of the offset to the query (it can hold a tangent plane: offset
    dot normal is one product away), so that the relation costs 4 products a channel instead of a dense layer.
    Attention over the nearest points after POCO (Boulch and Marlet 2022, sec. 3.2).
    """

    Config = NearestPointsConfig
    reads: ClassVar[type] = PointGridCode

    def __init__(self, config: NearestPointsConfig, code_channels: dict[str, int]) -> None:
        super().__init__()
        self.config = config
        pair, width = config.pair_channels, config.channels
        self.relation = nn.Linear(code_channels["points"], 5 * pair)  # 4 x the offset's channels + bias, a point
        self.score = nn.Linear(pair, config.heads)
        self.value = nn.Linear(pair, width)
        self.grid = nn.Linear(code_channels["grid"] + 4, width)
        self.blocks = nn.ModuleList(
            nn.Sequential(nn.LayerNorm(width), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, width))
            for _ in range(config.blocks)
        )
        self.logit = nn.Linear(width, 1)

    def forward(self, points: Tensor, code: PointGridCode) -> Tensor:
        table = self.relation(code.features)

        def related(nearest: Tensor, offsets: Tensor) -> Tensor:
            *slopes, pair = rows_at(table, nearest).split(self.config.pair_channels, dim=-1)
            for slope, offset in zip(slopes, offsets.to(pair.dtype).split(1, dim=-1), strict=True):
                pair = pair + slope * offset
            return pair

        return self._logits(points, code, related)

    def bind(self, code: PointGridCode) -> Callable[[Tensor], Tensor]:
        """The decoder for one code, (B, Q, 3) -> (B, Q), with what does not depend on the queries computed once.

        The table lies apart by slope, so that what is gathered is whole rows and is multiplied and added in one pass.
        """
        *slopes, start = (part.contiguous() for part in self.relation(code.features).split(self.config.pair_channels, dim=-1))

        def related(nearest: Tensor, offsets: Tensor) -> Tensor:
            pair = rows_at(start, nearest)
            for slope, offset in zip(slopes, offsets.to(pair.dtype).split(1, dim=-1), strict=True):
                pair = torch.addcmul(pair, rows_at(slope, nearest), offset)
            return pair

        return lambda points: self._logits(points, code, related)

    def _logits(self, points: Tensor, code: PointGridCode, related: Callable[[Tensor, Tensor], Tensor]) -> Tensor:
        config = self.config
        nearest = code.index.nearest(points, config.neighbours)  # (B, Q, K)
        offsets = points.unsqueeze(2) - rows_at(code.points, nearest)
        offsets = bounded(offsets, rows_at(code.spacing, nearest))  # (B, Q, K, 4)
        pair = related(nearest, offsets)
        context = torch.cat([interpolate(code.grid, points), offsets[:, :, 0].to(code.grid.dtype)], dim=-1)
        feature = self._attended(F.relu(pair)) + self.grid(context)
        for block in self.blocks:
            feature = feature + block(feature)
        return self.logit(F.relu(feature)).squeeze(-1).float()

    def _attended(self, pair: Tensor) -> Tensor:
        """Attention over the neighbours: relations (B, Q, K, P) -> (B, Q, channels).

        The values are linear in the relations and the weights of a head sum to one, so the relations are averaged first
        and made into values afterwards: K times less work, equal to the plain form.
        """
        weight = self.score(pair).softmax(dim=2)  # (B, Q, K, heads)
        pooled = weight.to(pair.dtype).transpose(-1, -2) @ pair  # (B, Q, heads, P)
        value = self.value.weight.unflatten(0, (self.config.heads, -1))  # (heads, channels / heads, P)
        return torch.einsum("bqhp,hcp->bqhc", pooled, value).flatten(-2) + self.value.bias
