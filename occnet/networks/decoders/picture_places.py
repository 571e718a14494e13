"""The decoder of whole pictures: whether a place is of the thing, by what is known of it and by its colour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import torch.nn.functional as F
from torch import Tensor, nn

from occnet.networks.codes.picture_plane import PicturePlane
from occnet.networks.interfaces import Decoder

if TYPE_CHECKING:
    from jaxtyping import Float


@dataclass(frozen=True)
class PicturePlacesConfig:
    """How large the decoder of places is."""

    hidden_channels: int = 48


class PicturePlacesDecoder(Decoder):
    """Points (B, N, 3) of the plane of a picture, PicturePlane -> logits (B, N)."""

    reads: ClassVar[type] = PicturePlane
    Config = PicturePlacesConfig

    def __init__(self, config: PicturePlacesConfig, code_channels: dict[str, int]) -> None:
        super().__init__()
        hidden = config.hidden_channels
        self.fc_in = nn.Linear(code_channels["map"] + code_channels["colors"], hidden)
        self.fc_hidden = nn.Linear(hidden, hidden)
        self.fc_out = nn.Linear(hidden, 1)

    def forward(self, points: Float[Tensor, "b n 3"], code: PicturePlane) -> Float[Tensor, "b n"]:
        x = F.relu(self.fc_in(code.at(points)))
        return self.fc_out(F.relu(self.fc_hidden(x))).squeeze(-1).float()
