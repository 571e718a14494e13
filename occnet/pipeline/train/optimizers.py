"""Which optimiser moves which weights."""

from __future__ import annotations

import torch
from torch import nn

from occnet.errors import RecipeError
from occnet.pipeline.train.muon import Muon


def optimizers_of(network: nn.Module, name: str, rate: float, weight_decay: float) -> list[torch.optim.Optimizer]:
    """The optimisers of a network: AdamW for all weights, or Muon for the matrices and AdamW for the rest.

    Muon orthogonalises the momentum of each matrix (Jordan et al. 2024); its steps are scaled to the size of AdamW's (Liu et
    al. 2025), so that one rate serves both. Raises RecipeError when the name is unknown.
    """
    weights = [weight for weight in network.parameters() if weight.requires_grad]
    if name == "adamw":
        return [_adamw(weights, rate, weight_decay)]
    if name != "muon":
        raise RecipeError(f"optimizer must be adamw or muon, but is {name!r}.")
    matrices = [weight for weight in weights if weight.ndim == 2 and min(weight.shape) > 1]
    chosen = {id(weight) for weight in matrices}
    others = [weight for weight in weights if id(weight) not in chosen]
    muon = Muon(matrices, lr=rate, weight_decay=weight_decay)
    return [muon, *([_adamw(others, rate, weight_decay)] if others else [])]


def _adamw(weights: list[nn.Parameter], rate: float, weight_decay: float) -> torch.optim.AdamW:
    return torch.optim.AdamW(weights, lr=rate, weight_decay=weight_decay, betas=(0.9, 0.99))
