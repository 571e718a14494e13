"""One learned code for each category of things."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from torch import Tensor, nn

from occnet.networks.interfaces import Encoder

if TYPE_CHECKING:
    from jaxtyping import Float, Int


@dataclass(frozen=True)
class CategoryEmbeddingConfig:
    """Which categories are told apart, by the first folder of a shape's name, and by how long a code."""

    categories: tuple[str, ...]
    code_channels: int = 32  # length of the code

    def __post_init__(self) -> None:
        if len(set(self.categories)) != len(self.categories) or not self.categories:
            raise ValueError("categories must be names, each once, and at least one")


class CategoryEmbedding(Encoder):
    """Numbers of categories (B,) int64 -> their learned codes, (B, C)."""

    reads: ClassVar[str] = "category"
    code_kind: ClassVar[type] = Tensor
    Config = CategoryEmbeddingConfig

    def __init__(self, config: CategoryEmbeddingConfig) -> None:
        super().__init__()
        self.categories = config.categories
        self.code_channels = {"code": config.code_channels}
        self.codes = nn.Embedding(len(config.categories), config.code_channels)

    def forward(self, category: Int[Tensor, " b"]) -> Float[Tensor, "b c"]:
        return self.codes(category)
