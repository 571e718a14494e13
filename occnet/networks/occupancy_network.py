"""The occupancy network: an encoder and a decoder, and the one bridge from them to meshing."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from torch import Tensor, nn
from torch.distributions import Normal

from occnet.data.samples import Reader
from occnet.errors import ModelError
from occnet.field import Numbers, tensor_of
from occnet.networks.interfaces import Decoder, Encoder, Loss, TrainingSamples
from occnet.networks.latent import LatentCode
from occnet.networks.network_field import NetworkField
from occnet.observations.kinds import kind_named
from occnet.plugins import Plugin


@dataclass(frozen=True)
class FieldConfig:
    """How the network's answers are read: the recipe's table [field]."""

    threshold: float = 0.5  # probability at the surface where nobody says otherwise; training sets it by validation
    adaptive: bool = False  # another for each observation, `adapted_threshold`; where training was on uniform points

    def __post_init__(self) -> None:
        if not 0.0 < self.threshold < 1.0:
            raise ValueError(f"threshold must lie between 0 and 1 (exclusive), but is {self.threshold}")


class OccupancyNetwork(nn.Module):
    """f(point, observation) -> logit, positive inside (Mescheder et al. 2019, sec. 3.1).

    recipe: the tables [encoder], [decoder], [field] and, where there is one, [latent] that the network was built from;
    stored with its weights. latent: makes the network generative; its code is appended to the encoder's (sec. 3.2).
    """

    def __init__(self, encoder: Encoder, decoder: Decoder, recipe: dict[str, Any], latent: LatentCode | None = None) -> None:
        super().__init__()
        self.encoder, self.decoder, self.recipe, self.latent = encoder, decoder, recipe, latent
        self.plugins: tuple[Plugin, ...] = ()  # files of one's own that its encoder or decoder comes from; stored with it

    @staticmethod
    def from_pretrained(
        name_or_path: str | Path, *, revision: str | None = None, endpoint: str | None = None
    ) -> OccupancyNetwork:
        """The model in a folder, of a shipped name, or of a repository "owner/name" on the Hugging Face hub; see `from_hub`."""
        from occnet.networks.hub import from_hub  # here: it builds networks

        return from_hub(name_or_path, revision=revision, endpoint=endpoint)

    def push_to_hub(self, repository: str, *, private: bool = False, endpoint: str | None = None) -> str:
        """Upload the network to a repository "owner/name" on the Hugging Face hub, where one must be logged in; its address.

        Raises ModelError when it cannot be uploaded, MissingLibrary without the extra [hub].
        """
        from occnet.networks.hub import to_hub

        with TemporaryDirectory(prefix="occnet-") as folder:
            return to_hub(self, repository, Path(folder), private=private, endpoint=endpoint)

    @property
    def reads(self) -> str:
        """What the network is conditioned on: "points", "image", "picture", "voxels", "index", "category" or "nothing"."""
        return self.encoder.reads

    @property
    def reader(self) -> Reader:
        """What its encoder takes of the kind of observation that it reads."""
        return self.encoder.reader

    @property
    def threshold(self) -> float:
        """The probability at the surface for which the model was calibrated."""
        return float(self.recipe["field"]["threshold"])

    @threshold.setter
    def threshold(self, value: float) -> None:
        self.recipe["field"] = asdict(FieldConfig(value, self.adaptive))

    @property
    def adaptive(self) -> bool:
        """Whether the threshold is better chosen for each observation: the probabilities mean what they say."""
        return bool(self.recipe["field"]["adaptive"])

    @property
    def device(self) -> torch.device:
        """The device of the weights."""
        return next(self.parameters()).device

    def forward(self, observation: Tensor, points: Tensor) -> Tensor:
        """Observation batch, points (B, N, 3) in the padded unit cube -> logits (B, N); at the prior's mean if latent."""
        code = self.encoder(observation)
        if self.latent is not None:
            code = _joined(code, self.latent.drawn(self.latent.prior(points.device).mean, code))
        return self.decoder(points, code)

    def training_loss(self, loss: Loss, samples: TrainingSamples) -> Tensor:
        """What a loss makes of the network: a method, so that processes that share a training find the way through it."""
        return loss(self, samples)

    @torch.no_grad()
    def code(self, observation: Numbers | None = None) -> Any:
        """The code of one observation (see `field`), as a batch of one: what `field_of_code` binds. In evaluation mode."""
        self.eval()
        code = self.encoder(self._checked(observation))
        return code if self.latent is None else _joined(code, self.latent.drawn(self.latent.prior(self.device).mean, code))

    def field(self, observation: Numbers | None = None) -> NetworkField:
        """The Field of one observation. Encodes once, in evaluation mode; a generative model takes its prior's mean.

        observation: a tensor, an array or a list; by what the model reads, points (N, 3) in the unit cube, or (N, 6) with unit
        normals if the encoder reads them; an image (3, H, W), sRGB in [0, 1]; voxels (R, R, R) over the unit cube, 1 where
        occupied, xyz order; the number of a training shape; or None.
        Raises ModelError when it has the wrong shape.
        """
        with torch.inference_mode(False):
            return self.field_of_code(self.code(observation))

    @torch.no_grad()
    def field_of_code(self, code: Any) -> NetworkField:
        """The Field of a code from `code`, `posterior_code`, or between two of them (`latent.interpolated`)."""
        self.eval()
        return NetworkField(self.decoder.bind(code), self.device)

    def sample_field(self, seed: int, observation: Numbers | None = None) -> NetworkField:
        """The Field of a shape drawn from the prior, given the observation where the model reads one.

        The draw is from the Gaussian of the training shapes' codes instead if the recipe says `fitted = true` under [latent].
        Raises ModelError when the model is not generative.
        """
        return self.field_of_code(self.sample_code(seed, observation))

    @torch.no_grad()
    def sample_code(self, seed: int, observation: Numbers | None = None) -> Tensor:
        """The code of that shape, a batch of one: what `field_of_code` takes, and `latent.interpolated` mixes."""
        latent = self._generative()  # drawn on the CPU: a seed is one shape on every device
        noise = torch.randn(latent.latent_channels, generator=torch.Generator().manual_seed(seed)).to(self.device)
        self.eval()
        code = self.encoder(self._checked(observation))
        return _joined(code, latent.drawn(noise, code))

    @torch.no_grad()
    def posterior(self, points: Numbers, inside: Numbers, observation: Numbers | None = None) -> Normal:
        """The distribution of latent codes of a known shape: labelled points (N, 3), inside (N,).

        Raises ModelError when the model is not generative.
        """
        latent = self._generative()
        self.eval()
        condition = self.encoder(self._checked(observation))
        places, labels = (tensor_of(part).float().to(self.device).unsqueeze(0) for part in (points, inside))
        return latent(places, labels, condition)

    def posterior_code(self, points: Numbers, inside: Numbers, observation: Numbers | None = None) -> Tensor:
        """The code of a known shape at its posterior's mean: labelled points (N, 3), inside (N,)."""
        mean = self.posterior(points, inside, observation).mean[0]
        with torch.no_grad():
            return _joined(self.encoder(self._checked(observation)), mean)

    def _checked(self, observation: Numbers | None) -> Tensor:
        kind = kind_named(self.reads)
        try:
            given = None if observation is None else tensor_of(observation)
        except ValueError as problem:
            raise ModelError(f"This model reads {kind.expected}. {problem}") from None
        return kind.checked(given, self.reader).to(self.device)

    def _generative(self) -> LatentCode:
        if self.latent is None:
            raise ModelError("This model has no latent code to draw from; train one whose recipe has a table [latent].")
        return self.latent


def _joined(code: Tensor, latent: Tensor) -> Tensor:
    return torch.cat([code, latent.to(code.dtype).expand(len(code), -1)], dim=-1)
