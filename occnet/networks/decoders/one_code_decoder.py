"""What the decoders of one code a shape share: the first layer, which takes in the point and what is added to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

import torch.nn.functional as F
from torch import Tensor, nn

from occnet.networks.interfaces import Decoder

if TYPE_CHECKING:
    from jaxtyping import Float


class OneCodeDecoder(Decoder):
    """A decoder of points (B, N, 3) and a code (B, C + L), of which the last L channels are a latent code.

    hidden: width of its layers. code_channels: as an encoder tells them. adds_code: whether the first C channels are added to
    each point's first feature, as the latent ones are.
    """

    reads: ClassVar[type] = Tensor

    def __init__(self, hidden: int, code_channels: dict[str, int], adds_code: bool) -> None:
        super().__init__()
        code, latent = code_channels["code"], code_channels.get("latent", 0)
        self.widths = [code, latent]
        self.fc_p = nn.Linear(3, hidden)
        self.fc_z = nn.Linear(latent, hidden) if latent else None
        self.fc_c = nn.Linear(code, hidden) if code and adds_code else None

    def first(self, points: Float[Tensor, "b n 3"], code: Float[Tensor, "b c"]) -> Float[Tensor, "b n h"]:
        """Each point's first feature, (B, N, H): one linear layer over [point, latent code, code], a part at a time."""
        return self._with_codes(self.fc_p(points), code)

    def bound_first(self, code: Float[Tensor, "b c"]) -> Callable[[Float[Tensor, "b n 3"]], Float[Tensor, "b n h"]]:
        """`first` for one code, (B, N, 3) -> (B, N, H), with the codes' products computed once."""
        start = self._with_codes(self.fc_p.bias, code)
        return lambda points: F.linear(points, self.fc_p.weight) + start

    def _with_codes(self, feature: Tensor, code: Tensor) -> Tensor:
        code, latent = code.split(self.widths, dim=-1)
        for layer, part in ((self.fc_z, latent), (self.fc_c, code)):
            if layer is not None:
                feature = feature + layer(part).unsqueeze(1)
        return feature
