"""The nearest known example: what a reconstruction must beat to have done more than to recognise."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from rich.console import Console
from rich.progress import track

from occnet.baselines.baseline import Baseline
from occnet.baselines.oriented_points import oriented_point_mesh
from occnet.data.datasets import open_prepared
from occnet.data.pictures import image_values
from occnet.data.split_protocol import Split
from occnet.data.viewer import viewer_of
from occnet.mesh import Mesh
from occnet.networks.codes.pixel_code import PixelCode
from occnet.networks.occupancy_network import OccupancyNetwork
from occnet.vectors import normalized

_VIEWS = 4  # of each training shape that are looked at, spread over those that are stored
_BATCH = 32  # pictures encoded at once


class NearestTrainingShape(Baseline):
    """The training shape with the picture whose code (the network's own) is nearest to that of the picture given."""

    title: ClassVar[str] = "nearest training shape"
    reads: ClassVar[str] = "image"

    def __init__(self, network: OccupancyNetwork, source: Path) -> None:
        self._network, self._training = network, open_prepared(source, "train")
        count = min(_VIEWS, self._training.views)
        views = [rank * self._training.views // count for rank in range(count)]
        self._every = [(shape, view) for shape in range(len(self._training)) for view in views]
        parts = [self._every[start : start + _BATCH] for start in range(0, len(self._every), _BATCH)]
        features = [
            _features(network, [self._training.image(shape, view) for shape, view in part])
            for part in track(
                parts, "Looking at training pictures", console=Console(stderr=True), disable=not sys.stderr.isatty()
            )
        ]
        self._examples = NearestExample(np.concatenate(features))

    def __call__(self, observation: NDArray, normals: NDArray) -> Mesh:
        shape, view = self._every[self._examples.nearest(_features(self._network, [observation])[0])]
        mesh = stored_mesh(self._training, shape)
        if not self._network.encoder.viewer_centred:
            return mesh
        viewer = viewer_of(self._training, shape, view)
        return mesh.with_vertices(viewer.to_viewer(mesh.vertices))


def stored_mesh(split: Split, shape: int) -> Mesh:
    """The surface of a shape of a dataset, from the samples that are stored of it."""
    generator = np.random.default_rng(shape)
    points, normals = split.surface(shape, split.surface_points, generator)
    queries, inside = split.labelled(shape, "uniform", split.labelled_points("uniform"), generator)
    return oriented_point_mesh(points, normals, queries[inside])


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


@torch.no_grad()
def _features(network: OccupancyNetwork, pictures: Sequence[np.ndarray]) -> np.ndarray:
    size, viewer_centred = network.encoder.observation_size, network.encoder.viewer_centred
    batch = torch.from_numpy(np.stack([image_values(pixels, size, viewer_centred) for pixels in pictures]))
    code = network.encoder(batch.to(network.device))
    return (code.code if isinstance(code, PixelCode) else code).cpu().numpy()
