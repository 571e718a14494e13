"""The default decoder: a query attends to its nearest input points and reads the grid between them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from occnet.networks.codes.point_grid_code import PointGridCode
from occnet.networks.fast.products import Product
from occnet.networks.interfaces import Decoder
from occnet.networks.layers.bounded_offsets import bounded
from occnet.networks.layers.grid import interpolate, interpolated_rows
from occnet.networks.layers.neighbours import rows_at

if TYPE_CHECKING:
    from jaxtyping import Float


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

    def forward(self, points: Float[Tensor, "b q 3"], code: PointGridCode) -> Float[Tensor, "b q"]:
        nearest = code.index.nearest(points, self.config.neighbours)  # (B, Q, K)
        offsets = points.unsqueeze(2) - rows_at(code.points, nearest)
        offsets = bounded(offsets, rows_at(code.spacing, nearest))  # (B, Q, K, 4)
        *slopes, pair = rows_at(self.relation(code.features), nearest).split(self.config.pair_channels, dim=-1)
        for slope, offset in zip(slopes, offsets.to(pair.dtype).split(1, dim=-1), strict=True):
            pair = pair + slope * offset
        context = torch.cat([interpolate(code.grid, points), offsets[:, :, 0].to(code.grid.dtype)], dim=-1)
        return self._answer(self._attended(F.relu(pair)) + self.grid(context))

    def _attended(self, pair: Tensor) -> Tensor:
        """Attention over the neighbours: relations (B, Q, K, P) -> (B, Q, channels)."""
        value = self.value.weight.unflatten(0, (self.config.heads, -1))  # (heads, channels / heads, P)
        return torch.einsum("bqhp,hcp->bqhc", _pooled(pair, self.score(pair)), value).flatten(-2) + self.value.bias

    def _answer(self, feature: Tensor) -> Tensor:
        for block in self.blocks:
            feature = feature + block(feature)
        return self.logit(F.relu(feature)).squeeze(-1).float()

    def bind(self, code: PointGridCode) -> Callable[[Float[Tensor, "b q 3"]], Float[Tensor, "b q"]]:
        """The decoder for one code, (B, Q, 3) -> (B, Q), with what does not depend on the queries computed once.

        A relation is a sum of five rows of its point's table, weighted by the offset: gathered, weighted and added in one
        pass. What is linear in the grid is done to the grid. Points that ask for gradients go the plain way, and so do all
        points where torch does not do that in one pass.
        """
        if code.points.device.type not in ("cpu", "cuda"):
            return lambda points: self(points, code)
        run = _BoundNearestPoints(self, code)
        return lambda points: self(points, code) if points.requires_grad and torch.is_grad_enabled() else run(points)


def _pooled(pair: Tensor, score: Tensor) -> Tensor:
    """Relations (B, Q, K, P) averaged by each head's attention, (B, Q, heads, P). score: (B, Q, K, heads).

    The values are linear in the relations and the weights of a head sum to one, so the relations are averaged first
    and made into values afterwards: K times less work, equal to the plain form.
    """
    weight = score.softmax(dim=2)
    return weight.to(pair.dtype).transpose(-1, -2) @ pair


class _BoundNearestPoints:
    """NearestPointsDecoder.forward for one code, (B, Q, 3) -> (B, Q), without gradients."""

    def __init__(self, decoder: NearestPointsDecoder, code: PointGridCode) -> None:
        self.nearest = code.index.remembering(decoder.config.neighbours)
        self.table = decoder.relation(code.features).float().view(-1, decoder.config.pair_channels)  # five rows a point
        self.places = torch.cat([code.points, code.spacing], dim=-1)
        from_grid, from_nearest = decoder.grid.weight.split([code.grid.shape[-1], 4], dim=1)
        self.from_nearest = Product(from_nearest)
        self.grid = F.linear(code.grid, from_grid, decoder.grid.bias + decoder.value.bias).float()
        # The heads' values as products of few blocks: larger than each head's, and hardly any zeros.
        groups = next(count for count in (4, 2, 1) if decoder.config.heads % count == 0)
        values = decoder.value.weight.unflatten(0, (groups, decoder.config.heads // groups, -1))
        self.values = torch.stack([torch.block_diag(*group).t() for group in values])  # (groups, heads' P, heads' channels)
        self.score = Product(decoder.score.weight, decoder.score.bias)
        self.blocks = [_bound_block(*block) for block in decoder.blocks if isinstance(block, nn.Sequential)]
        self.logit = Product(decoder.logit.weight, decoder.logit.bias)

    def __call__(self, points: Tensor) -> Tensor:
        nearest = self.nearest(points)  # (B, Q, K)
        places = rows_at(self.places, nearest)
        offsets = bounded(points.unsqueeze(2) - places[..., :3], places[..., 3:])  # (B, Q, K, 4)
        feature = interpolated_rows(self.grid, points) + self.from_nearest(offsets[:, :, 0])
        pair = self._related(nearest, offsets)
        pooled = _pooled(pair, self.score(pair))  # (B, Q, heads, P)
        groups, inputs, _ = self.values.shape
        pooled = pooled.reshape(-1, groups, inputs).transpose(0, 1)
        values = torch.bmm(pooled, self.values).transpose(0, 1)  # (B Q, groups, channels / groups)
        feature = feature + values.reshape(feature.shape)
        for block in self.blocks:
            feature = feature + block(feature)
        return self.logit(F.relu(feature)).squeeze(-1).float()

    def _related(self, nearest: Tensor, offsets: Tensor) -> Tensor:
        batch, _, neighbours = nearest.shape
        first = 5 * (nearest + torch.arange(batch, device=nearest.device).view(-1, 1, 1) * self.places.shape[1])
        rows = first.view(-1, 1) + torch.arange(5, device=nearest.device)
        weights = F.pad(offsets.view(-1, 4), (0, 1), value=1.0)
        pair = F.embedding_bag(rows, self.table, per_sample_weights=weights, mode="sum")
        return pair.relu_().view(batch, -1, neighbours, pair.shape[-1])


def _bound_block(norm: nn.Module, first: nn.Module, _: nn.Module, last: nn.Module) -> Callable[[Tensor], Tensor]:
    """A residual block in evaluation, (B, Q, C) -> (B, Q, C); the norm's scale and shift go into the first layer."""
    assert isinstance(norm, nn.LayerNorm)
    assert isinstance(first, nn.Linear)
    assert isinstance(last, nn.Linear)
    inner = Product(first.weight * norm.weight, first.bias + first.weight @ norm.bias)
    outer = Product(last.weight, last.bias)
    return lambda feature: outer(inner(F.layer_norm(feature, norm.normalized_shape, eps=norm.eps), relu=True))
