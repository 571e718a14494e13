"""Two formulas that many rooms need: vectors of unit length, and the smooth step."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:  # torch takes time to import, and its tensors need nothing from it here
    from torch import Tensor

Number = TypeVar("Number", bound=np.floating)
Array = TypeVar("Array", "NDArray[np.floating]", "Tensor")


def normalized(vectors: NDArray[Number]) -> NDArray[Number]:
    """The vectors (..., D), each at length one; a zero vector stays zero. For tensors: `torch.nn.functional.normalize`."""
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    length[length == 0.0] = 1.0
    return vectors / length


def smoothstep(share: Array) -> Array:
    """A smooth rise from 0 at share 0 to 1 at share 1, of an array or a tensor: flat at both ends and beyond them."""
    share = share.clip(0.0, 1.0)
    return share * share * (3.0 - 2.0 * share)
