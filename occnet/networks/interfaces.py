"""What an encoder, a decoder and a loss are. To add one: a file with a subclass, and a line in the registry."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from torch import Tensor, nn

from occnet.data.samples import Reader
from occnet.networks.surfaces import SurfaceBatch

if TYPE_CHECKING:
    from jaxtyping import Float, Shaped


class Encoder(nn.Module):
    """Observation batch -> code. Built from its Config alone."""

    Config: ClassVar[type]  # frozen dataclass: the keys of the recipe's table [encoder]
    reads: ClassVar[str]  # a kind of observation by its name in occnet/observations/kinds.py
    code_kind: ClassVar[type]  # the type of the code that it makes
    code_channels: dict[str, int]  # widths in the code, for the decoder
    reads_normals: bool = False  # whether a cloud may come with normals, (B, N, 6)
    observation_size: int = 0  # pixels or voxels along each edge of what it is trained on; 0 where that has no meaning
    viewer_centred: bool = False  # whether shapes stand as their picture shows them, the camera in front
    guesses_view: bool = False  # whether its code is a PixelCode, whose view is learned from where points are seen
    local_code: ClassVar[bool] = (
        False  # whether its code lies on the points, so that a cloud may be read in parts and in any view
    )
    categories: tuple[str, ...] = ()  # that it tells apart, by the first folder of a shape's name

    @property
    def reader(self) -> Reader:
        """What it takes of the kind of observation that it reads."""
        return Reader(
            self.reads,
            self.observation_size,
            self.reads_normals,
            self.viewer_centred,
            self.guesses_view,
            self.local_code,
            self.categories,
        )


class Decoder(nn.Module):
    """Points (B, N, 3), code -> logits (B, N). Built from its Config and the encoder's code_channels."""

    Config: ClassVar[type]  # frozen dataclass: the keys of the recipe's table [decoder]
    reads: ClassVar[type]  # the type of code that it understands

    def bind(self, code: Any) -> Callable[[Float[Tensor, "b n 3"]], Float[Tensor, "b n"]]:
        """The decoder in evaluation for one code, points (B, N, 3) -> logits (B, N).

        A decoder that can do part of its work once a code overrides this; the result equals forward's.
        """
        return lambda points: self(points, code)


class SurfaceDecoder(nn.Module, ABC):
    """Code -> a surface: a mesh or a set of points. What a decoder of a field is compared with, and called in recipes like one.

    Built from its Config and the encoder's code_channels.
    """

    Config: ClassVar[type]  # frozen dataclass: the keys of the recipe's table [decoder]
    reads: ClassVar[type]  # the type of code that it understands
    encloses: ClassVar[bool]  # whether its surfaces are closed, so that they have an inside to score

    @abstractmethod
    def forward(self, code: Any) -> list[SurfaceBatch]:
        """The surfaces of a batch of codes, coarse to fine; the last one is the answer."""


class TrainingSamples(Protocol):
    """What a loss is given: a batch of B observations with Q labelled points each."""

    @property
    def observation(self) -> Shaped[Tensor, "b ..."]: ...  # as the encoder reads it
    @property
    def points(self) -> Float[Tensor, "b q 3"]: ...  # in the padded unit cube
    @property
    def inside(self) -> Float[Tensor, "b q"]: ...  # 0 or 1
    @property
    def places(self) -> Float[Tensor, "b q 2"] | None: ...  # where the picture shows them, for encoders that guess the view
    @property
    def distances(self) -> Float[Tensor, "b q"] | None: ...  # to the surface in unit-cube edges, for losses that want them
    @property
    def surface(self) -> Float[Tensor, "b s 6"] | None: ...  # true surface points with outward normals, for losses on surfaces
    @property
    def directions(self) -> Float[Tensor, "b n 3"] | None: ...  # true outward normals of a cloud's points, zero where unknown
    @property
    def pixels(self) -> Float[Tensor, "b 6 h w"] | None: ...  # what is true at every second pixel of a photo
    @property
    def view(self) -> Float[Tensor, "b 5"] | None: ...  # from where the photo was taken


class Loss(ABC):
    """Network, samples -> what training makes small, a scalar. Built from its Config alone; holds no weights."""

    Config: ClassVar[type]  # frozen dataclass: the keys of the recipe's table [loss]
    wants_distances: ClassVar[bool] = False  # whether the samples must come with distances to the surface
    latent: ClassVar[bool] = False  # whether it is for networks with a latent code, or for those without
    of_surfaces: ClassVar[bool] = False  # whether it is for decoders of surfaces, or for those of fields
    surface_points: int = 0  # points of the true surface that the samples must hold of each shape

    def __init__(self, config: Any) -> None:
        self.config = config

    @abstractmethod
    def __call__(self, network: Any, samples: TrainingSamples) -> Float[Tensor, ""]:
        """The loss of an OccupancyNetwork on the samples, differentiable in its weights."""
