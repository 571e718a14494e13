"""The encoder of unconditional models: it reads nothing, and all that is known of a shape is its latent code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from torch import Tensor

from occnet.networks.interfaces import Encoder

if TYPE_CHECKING:
    from jaxtyping import Float


@dataclass(frozen=True)
class NothingConfig:
    """Nothing to choose."""


class Nothing(Encoder):
    """(B, 0) -> (B, 0): an empty code, to which a [latent] table adds the latent one.

    Occupancy Networks (Mescheder et al. 2019), sec. 4.5, "unconditional mesh generation".
    """

    reads: ClassVar[str] = "nothing"
    code_kind: ClassVar[type] = Tensor
    Config = NothingConfig

    def __init__(self, config: NothingConfig) -> None:
        super().__init__()
        del config
        self.code_channels = {"code": 0}

    def forward(self, nothing: Float[Tensor, "b 0"]) -> Float[Tensor, "b 0"]:
        return nothing
