"""The Gaussian of the codes that a training saw: where a generative model draws its shapes from, if its recipe says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from jaxtyping import Float

_MOMENTUM = 0.01  # of a batch in the running mean and covariance: those of about the last hundred batches


class CodeDistribution(nn.Module):
    """A running mean (L,) and covariance (L, L) of latent codes, at first those of the unit Gaussian.

    The posteriors of all shapes together never fill the prior evenly; where they leave it empty, a draw from the prior decodes
    to nothing that training has seen. Ghosh et al., From Variational to Deterministic Autoencoders, 2020, sec. 4.
    """

    mean: Float[Tensor, " l"]
    covariance: Float[Tensor, "l l"]

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(channels))
        self.register_buffer("covariance", torch.eye(channels))

    @torch.no_grad()
    def update(self, codes: Float[Tensor, "b l"]) -> None:
        """Take a batch of codes (B, L) into account."""
        apart = codes.float() - self.mean
        self.covariance.lerp_(apart.T @ apart / len(codes), _MOMENTUM)
        self.mean.lerp_(codes.float().mean(dim=0), _MOMENTUM)

    def code_of(self, noise: Float[Tensor, "*b l"]) -> Float[Tensor, "*b l"]:
        """Unit Gaussian noise (..., L) -> codes of this distribution, by the symmetric root, which is one on every machine."""
        values, vectors = torch.linalg.eigh(self.covariance.cpu().double())
        root = (vectors * values.clamp(min=0.0).sqrt()) @ vectors.T
        return self.mean + (noise.cpu().double() @ root).to(self.mean)
