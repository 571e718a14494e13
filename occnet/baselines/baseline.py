"""What a baseline is: anything that makes a mesh of an observation. A new one is a file with a class, and a line here."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar

from numpy.typing import NDArray

from occnet.mesh import Mesh
from occnet.networks.occupancy_network import OccupancyNetwork
from occnet.plugins import Registry


class Baseline(ABC):
    """Observation, true normals -> mesh, in the unit cube that the observation lies in.

    network: the one that it is compared with. source: the dataset or meshes that both are scored on; what is needed of it is
    read here. Raises DatasetError when that is not there.
    """

    title: ClassVar[str]  # in tables
    reads: ClassVar[str]  # the kind of observation, by its name in occnet/observations/kinds.py

    def __init__(self, network: OccupancyNetwork, source: Path) -> None:
        del network, source

    @abstractmethod
    def __call__(self, observation: NDArray, normals: NDArray) -> Mesh:
        """The mesh of one observation. normals: (N, 3), true and outward, of a cloud; for those that are told them."""


BASELINES = Registry[type[Baseline]](
    kind="baseline",
    group="occnet.baselines",
    expected="occnet.baselines.baseline:Baseline",
    own={
        "poisson_true_normals": "occnet.baselines.poisson:PoissonTrueNormals",
        "poisson": "occnet.baselines.poisson:PoissonEstimatedNormals",
        "winding_true_normals": "occnet.baselines.oriented_winding:WindingTrueNormals",
        "winding_consistency": "occnet.baselines.winding_consistency:WindingConsistency",
        "voxels_as_they_are": "occnet.baselines.voxels_as_they_are:VoxelsAsTheyAre",
        "nearest_training_shape": "occnet.baselines.retrieval:NearestTrainingShape",
    },
)


def baselines_for(network: OccupancyNetwork, source: Path) -> dict[str, Baseline]:
    """All baselines that read what a network reads, by their titles."""
    return {kind.title: kind(network, source) for _, kind in BASELINES.items() if kind.reads == network.reads}
