"""The latent code of generative models: its posterior given a shape, its prior, and the evidence lower bound."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.distributions import Normal

from occnet.networks.codes.code_distribution import CodeDistribution


@dataclass(frozen=True)
class LatentConfig:
    """How large the latent code and its encoder are; the defaults are the paper's."""

    latent_channels: int = 128  # length of the latent code
    hidden_channels: int = 128  # width of the encoder's layers
    bound_points: int = 0  # points a shape that the evidence bound stands for, however few a batch has; 0: those of the batch
    fitted: bool = False  # draw from a Gaussian fitted to the codes of the training shapes instead of the prior
    tokens: int = 0  # cut the latent code into so many, which a flow learns to draw; 0: one code, see token_latent.py
    flow_channels: int = 128  # width of the flow
    flow_blocks: int = 6  # of the flow


class LatentCode(nn.Module, ABC):
    """What makes a network generative: the posterior over latent codes given a shape, and how new ones are drawn.

    Labelled points (B, N, 3), inside (B, N) in {0, 1}, and the encoder's code (B, C) -> a Normal over codes (B, L).
    """

    latent_channels: int
    bound_points: int

    def prior(self, device: torch.device) -> Normal:
        """The distribution of the noise that codes are drawn from: the unit Gaussian, (latent_channels,)."""
        return Normal(torch.zeros(self.latent_channels, device=device), torch.ones(self.latent_channels, device=device))

    @abstractmethod
    def drawn(self, noise: Tensor, code: Tensor) -> Tensor:
        """The code (L,) that unit Gaussian noise (L,) stands for where shapes are drawn, given the encoder's code (1, C)."""

    @abstractmethod
    def learned_from(self, codes: Tensor, code: Tensor) -> Tensor:
        """Take codes of training shapes (B, L) into account, beside the encoder's (B, C); what that adds to the loss."""


class LatentEncoder(LatentCode):
    """Labelled points of a shape, and its code if there is one -> the posterior over latent codes.

    points (B, N, 3), inside (B, N) in {0, 1}, code (B, C). A PointNet over points with their labels.
    Occupancy Networks (Mescheder et al. 2019), sec. 3.2 and supplementary sec. 1, "latent encoder".
    """

    def __init__(self, config: LatentConfig, code_channels: int) -> None:
        super().__init__()
        hidden = config.hidden_channels
        self.latent_channels, self.bound_points = config.latent_channels, config.bound_points
        self.fc_pos = nn.Linear(3, hidden)
        self.fc_0 = nn.Linear(1, hidden)
        self.fc_c = nn.Linear(code_channels, hidden) if code_channels else None
        self.fc_1 = nn.Linear(hidden, hidden)
        self.fc_2, self.fc_3 = nn.Linear(2 * hidden, hidden), nn.Linear(2 * hidden, hidden)
        self.fc_mean = nn.Linear(hidden, config.latent_channels)
        self.fc_logstd = nn.Linear(hidden, config.latent_channels)
        self.fitted = CodeDistribution(config.latent_channels) if config.fitted else None

    def forward(self, points: Tensor, inside: Tensor, code: Tensor) -> Normal:
        features = self.fc_0(inside.unsqueeze(-1)) + self.fc_pos(points)  # (B, N, H)
        if self.fc_c is not None:
            features = features + self.fc_c(code).unsqueeze(1)
        features = self.fc_1(F.relu(features))
        for layer in (self.fc_2, self.fc_3):
            # the pooled half of the concatenation is the same for all points: one product a shape
            own, shared = layer.weight.split(features.shape[-1], dim=1)
            pooled = features.amax(dim=1, keepdim=True)
            features = F.linear(F.relu(features), own) + F.linear(F.relu(pooled), shared, layer.bias)
        pooled = features.amax(dim=1)
        return Normal(self.fc_mean(pooled).float(), self.fc_logstd(pooled).float().exp())

    def drawn(self, noise: Tensor, code: Tensor) -> Tensor:
        """The code (L,) that unit Gaussian noise (L,) stands for where shapes are drawn; zeros give the mean."""
        del code  # the prior is the same whatever is known of the shape
        return noise if self.fitted is None else self.fitted.code_of(noise)

    def learned_from(self, codes: Tensor, code: Tensor) -> Tensor:
        """Take codes of training shapes (B, L) into account, where the recipe says so; adds nothing to the loss."""
        del code
        if self.fitted is not None:
            self.fitted.update(codes)
        return codes.new_zeros(())


def interpolated(first: Tensor, second: Tensor, steps: int) -> list[Tensor]:
    """Codes on the straight way from the first to the second, both included.

    steps: how many, at least 2. Occupancy Networks (Mescheder et al. 2019), supplementary, "interpolations".
    """
    if steps < 2:
        raise ValueError(f"An interpolation has at least 2 steps, but {steps} were asked for.")
    return [torch.lerp(first, second, step / (steps - 1)) for step in range(steps)]
