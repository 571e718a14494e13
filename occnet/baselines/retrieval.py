"""The nearest known example: what a reconstruction must beat to have done more than to recognise."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from occnet.vectors import normalized


class NearestExample:
    """Finds, for a feature, the example whose feature is most alike by the cosine of their angle.

    features: (N, D) of all examples.

    Source: Tatarchenko et al., What Do Single-view 3D Reconstruction Networks Learn?, 2019, sec. 4.1 (retrieval).
    """

    def __init__(self, features: ArrayLike) -> None:
        self._features = _unit(np.asarray(features, dtype=np.float32))

    def nearest(self, feature: ArrayLike) -> int:
        """The number of the example nearest to a feature (D,)."""
        similarity = self._features @ _unit(np.asarray(feature, dtype=np.float32).reshape(1, -1))[0]
        return int(similarity.argmax())


def _unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    return normalized(rows)
