"""A latent code of several tokens: its posterior given a shape, and a flow that turns noise into the codes of shapes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.distributions import Normal

from occnet.networks.latent import LatentCode, LatentConfig
from occnet.networks.layers.attention import AttendingBlock, ThinkingBlock, attending
from occnet.networks.layers.fourier import FourierFeatures

if TYPE_CHECKING:
    from jaxtyping import Float

_FREQUENCIES = 6  # of the waves that a point is told by
_HEADS = 4
_NOISES = 4  # ways from noise to each code that the flow is trained on
_STEPS = 24  # of the way from noise to a code that is drawn
_MOMENTUM = 0.01  # of a batch in the running mean and deviation of the codes
_LEAST_DEVIATION = 1e-3


class TokenLatent(LatentCode):
    """Labelled points of a shape, and what is known of it -> the posterior over latent codes, tokens one after the other.

    points (B, N, 3), inside (B, N) in {0, 1}, code (B, C). Zhang et al., 3DShape2VecSet, 2023, in small: a few learned queries
    look at the points, then at each other.
    """

    def __init__(self, config: LatentConfig, code_channels: int) -> None:
        super().__init__()
        if config.latent_channels % config.tokens:
            raise ValueError(
                f"latent_channels must be divisible by tokens, but {config.latent_channels} is not by {config.tokens}"
            )
        channels, self.tokens = config.hidden_channels, config.tokens
        self.latent_channels, self.bound_points = config.latent_channels, config.bound_points
        self.waves = FourierFeatures(_FREQUENCIES)
        self.point = nn.Linear(self.waves.channels + 1, channels)
        self.point_known = nn.Linear(code_channels, channels) if code_channels else None
        self.queries = nn.Parameter(torch.randn(config.tokens, channels) / math.sqrt(channels))
        self.look = nn.ModuleList(AttendingBlock(channels, _HEADS) for _ in range(2))
        self.think = nn.ModuleList(ThinkingBlock(channels, _HEADS) for _ in range(2))
        each = config.latent_channels // config.tokens
        self.norm, self.to_code = nn.LayerNorm(channels), nn.Linear(channels, 2 * each)
        self.flow = CodeFlow(config.tokens, each, code_channels, config.flow_channels, config.flow_blocks)

    def forward(self, points: Tensor, inside: Tensor, code: Tensor) -> Normal:
        seen = self.point(torch.cat([self.waves(points), inside.unsqueeze(-1)], dim=-1))
        if self.point_known is not None:
            seen = seen + self.point_known(code).unsqueeze(1)
        tokens = self.queries.expand(len(points), -1, -1)
        for look, think in zip(attending(self.look), self.think, strict=True):
            tokens = think(look(tokens, look.keys_values(seen)))
        mean, deviation = self.to_code(self.norm(tokens)).float().chunk(2, dim=-1)
        return Normal(mean.flatten(1), deviation.clamp(-8.0, 3.0).exp().flatten(1))

    def drawn(self, noise: Float[Tensor, " l"], code: Float[Tensor, "b c"]) -> Float[Tensor, " l"]:
        """The code (L,) that unit Gaussian noise (L,) becomes, given what is known of the shape, (1, C)."""
        return self.flow.codes_of(noise[None], code[:1]).squeeze(0)

    def learned_from(self, codes: Float[Tensor, "b l"], code: Float[Tensor, "b c"]) -> Float[Tensor, ""]:
        """What the flow makes small, given codes of training shapes (B, L) and what is known of these, (B, C)."""
        return self.flow.loss(codes, code)


class CodeFlow(nn.Module):
    """From noise (B, L) to codes (B, L) on straight ways, given what is known (B, C): flow matching (Lipman et al. 2023).

    Codes are taken in units of their running deviation, from their running mean on.
    """

    mean: Float[Tensor, " l"]
    deviation: Float[Tensor, " l"]

    def __init__(self, tokens: int, each: int, code_channels: int, channels: int, blocks: int) -> None:
        super().__init__()
        self.tokens = tokens
        self.register_buffer("mean", torch.zeros(tokens * each))
        self.register_buffer("deviation", torch.ones(tokens * each))
        self.token, self.place = nn.Linear(each, channels), nn.Parameter(0.02 * torch.randn(tokens, channels))
        self.time = nn.Sequential(nn.Linear(16, channels), nn.SiLU(), nn.Linear(channels, channels))
        self.known = nn.Linear(code_channels, channels) if code_channels else None
        self.blocks = nn.ModuleList(ThinkingBlock(channels, _HEADS) for _ in range(blocks))
        self.conditions = nn.ModuleList(nn.Linear(channels, channels) for _ in range(blocks))
        self.norm, self.out = nn.LayerNorm(channels), nn.Linear(channels, each)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)

    def forward(self, at: Float[Tensor, "b l"], time: Float[Tensor, " b"], code: Float[Tensor, "b c"]) -> Float[Tensor, "b l"]:
        """The velocity at each place on the way, at times in [0, 1]: 0 is noise, 1 the code."""
        waves = time[:, None] * math.pi * 2.0 ** torch.arange(-1, 7, device=time.device)
        condition = self.time(torch.cat([waves.sin(), waves.cos()], dim=-1))
        if self.known is not None:
            condition = condition + self.known(code)
        tokens = self.token(at.unflatten(-1, (self.tokens, -1))) + self.place
        for block, part in zip(self.blocks, self.conditions, strict=True):
            tokens = block(tokens + part(F.silu(condition)).unsqueeze(1))
        return self.out(self.norm(tokens)).flatten(1)

    def loss(self, codes: Float[Tensor, "b l"], code: Float[Tensor, "b c"]) -> Float[Tensor, ""]:
        """How far the velocities are from those of straight ways from noise to the codes, squared, a mean."""
        if self.training:
            self._observe(codes)
        ends = ((codes - self.mean) / self.deviation).repeat(_NOISES, 1)
        starts = torch.randn_like(ends)
        time = torch.sigmoid(torch.randn(len(ends), device=ends.device))  # most in the middle: Esser et al. 2024
        at = torch.lerp(starts, ends, time[:, None])
        return F.mse_loss(self(at, time, code.repeat(_NOISES, 1)), ends - starts)

    @torch.no_grad()
    def codes_of(self, noise: Float[Tensor, "b l"], code: Float[Tensor, "b c"]) -> Float[Tensor, "b l"]:
        """The codes that noise becomes, by the midpoint rule."""
        at, step = noise, 1.0 / _STEPS
        for number in range(_STEPS):
            time = torch.full((len(at),), number * step, device=at.device)
            middle = at + 0.5 * step * self(at, time, code)
            at = at + step * self(middle, time + 0.5 * step, code)
        return self.mean + at * self.deviation

    @torch.no_grad()
    def _observe(self, codes: Tensor) -> None:
        apart = (codes - self.mean).square().mean(dim=0)
        self.deviation.copy_(torch.lerp(self.deviation.square(), apart, _MOMENTUM).sqrt().clamp(min=_LEAST_DEVIATION))
        self.mean.lerp_(codes.mean(dim=0), _MOMENTUM)
