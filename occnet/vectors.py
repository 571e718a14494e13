"""Formulas that many rooms need: vectors of unit length, cross products, and the smooth step."""

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
    length = np.sqrt(np.einsum("...d,...d->...", vectors, vectors))[..., None]  # numpy.linalg.norm takes four times as long
    length[length == 0.0] = 1.0
    return vectors / length


def cross_of_columns(u: NDArray[Number], v: NDArray[Number]) -> NDArray[Number]:
    """The cross products of vectors (3, N), an axis at a time, (3, N): as numpy.cross along axis 0, in a tenth of the time."""
    result = np.empty_like(u)
    for axis, (one, other) in enumerate(((1, 2), (2, 0), (0, 1))):
        np.multiply(u[one], v[other], out=result[axis])
        result[axis] -= u[other] * v[one]
    return result


def smoothstep(share: Array) -> Array:
    """A smooth rise from 0 at share 0 to 1 at share 1, of an array or a tensor: flat at both ends and beyond them."""
    share = share.clip(0.0, 1.0)
    return share * share * (3.0 - 2.0 * share)
