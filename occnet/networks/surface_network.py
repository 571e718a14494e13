"""A network that draws a surface instead of a field: what occupancy networks are compared with."""

from __future__ import annotations

from typing import Any, NoReturn

import torch
from torch import Tensor

from occnet.errors import ModelError
from occnet.field import Numbers
from occnet.mesh import Mesh
from occnet.networks.interfaces import Encoder, SurfaceDecoder
from occnet.networks.occupancy_network import OccupancyNetwork
from occnet.networks.surfaces import SurfaceBatch


class SurfaceNetwork(OccupancyNetwork):
    """Observation -> surface: an encoder, and a decoder that makes meshes or sets of points of its code.

    It is trained, stored and loaded as an occupancy network is, but has no field, which its methods say when they are asked.
    """

    def __init__(self, encoder: Encoder, decoder: SurfaceDecoder, recipe: dict[str, Any]) -> None:
        super().__init__(encoder, decoder, recipe)  # pyright: ignore[reportArgumentType]

    @property
    def encloses(self) -> bool:
        """Whether its surfaces are closed."""
        return self._drawer.encloses

    def surfaces(self, observation: Tensor) -> list[SurfaceBatch]:
        """The surfaces of a batch of observations, coarse to fine; the last one is the answer."""
        return self._drawer(self.encoder(observation))

    @torch.no_grad()
    def mesh(self, observation: Numbers | None = None) -> Mesh:
        """The surface of one observation (as `field` takes it) in the unit cube; a set of points is a mesh without faces."""
        return self._drawer(self.code(observation))[-1].mesh()

    def forward(self, observation: Tensor, points: Tensor) -> Tensor:
        raise self._no_field()

    def field_of_code(self, code: Any) -> NoReturn:
        raise self._no_field()

    @property
    def _drawer(self) -> SurfaceDecoder:
        assert isinstance(self.decoder, SurfaceDecoder)
        return self.decoder

    def _no_field(self) -> ModelError:
        name = self.recipe["decoder"]["name"]
        return ModelError(f"The decoder {name} draws a surface and has no field; `occnet reconstruct` writes what it draws.")
