"""No encoder but a table: one learned code for each training shape (auto-decoder)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from torch import Tensor, nn

from occnet.networks.interfaces import Encoder

if TYPE_CHECKING:
    from jaxtyping import Float, Int


@dataclass(frozen=True)
class IndexEmbeddingConfig:
    """How many shapes are told apart, and by how long a code."""

    shapes: int  # training shapes
    code_channels: int = 512  # length of the code


class IndexEmbedding(Encoder):
    """Shape numbers (B,) int64 -> their learned codes, (B, C).

    It measures what a decoder can represent, free of any encoder: Occupancy Networks (Mescheder et al. 2019), sec. 4.1.
    """

    reads: ClassVar[str] = "index"
    code_kind: ClassVar[type] = Tensor
    Config = IndexEmbeddingConfig

    def __init__(self, config: IndexEmbeddingConfig) -> None:
        super().__init__()
        self.code_channels = {"code": config.code_channels}
        self.codes = nn.Embedding(config.shapes, config.code_channels)

    def forward(self, index: Int[Tensor, " b"]) -> Float[Tensor, "b c"]:
        return self.codes(index)
