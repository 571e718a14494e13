"""The cross-entropy of labels, and what is true at the pixels of a photo."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch.nn.functional as F
from torch import Tensor

from occnet.errors import RecipeError
from occnet.networks.codes.photo_code import PhotoCode
from occnet.networks.interfaces import Loss, TrainingSamples
from occnet.networks.occupancy_network import OccupancyNetwork

if TYPE_CHECKING:
    from jaxtyping import Float


@dataclass(frozen=True)
class PixelTruthConfig:
    """What is added to the cross-entropy."""

    depth_weight: float = 0.1  # of the depths at which the thing begins and ends
    normals_weight: float = 0.2
    view_weight: float = 0.5


class PixelTruth(Loss):
    """Mean cross-entropy of labels, and what is added to it where the samples tell what is true at pixels.

    Of depths the negative log-likelihood by Laplace distributions of the guessed mean errors, so that the network says how sure
    it is (Kendall and Gal, What uncertainties do we need, 2017, sec. 3.1); the squared error of normals; the error of the view.
    """

    Config = PixelTruthConfig

    def __call__(self, network: OccupancyNetwork, samples: TrainingSamples) -> Float[Tensor, ""]:
        code = network.encoder(samples.observation)
        if not isinstance(code, PhotoCode):
            raise RecipeError(
                'The loss pixel_truth is for encoders that tell the visible surface; set name = "visible_surface" under '
                "[encoder], or choose another loss."
            )
        entropy = F.binary_cross_entropy_with_logits(network.decoder(samples.points, code), samples.inside)
        if samples.pixels is None or samples.view is None:
            return entropy
        assert code.surface is not None
        assert code.view is not None
        depth, normals = pixel_errors(code.surface, samples.pixels)
        view = F.smooth_l1_loss(code.view, samples.view, beta=0.1)
        config: PixelTruthConfig = self.config
        return entropy + config.depth_weight * depth + config.normals_weight * normals + config.view_weight * view


def pixel_errors(
    surface: Float[Tensor, "b 7 h w"], true: Float[Tensor, "b 6 h w"]
) -> tuple[Float[Tensor, ""], Float[Tensor, ""]]:
    """Mean negative log-likelihood of the depths, and mean squared error of the normals, over the pixels of the thing.

    surface: as PhotoCode has it. true: whether the thing is there, where it begins and ends, and its normal.
    """
    there = true[:, :1]
    errors = surface[:, 2:4]
    likelihood = (surface[:, :2] - true[:, 1:3]).abs() * (-errors).exp() + errors
    depth = (likelihood * there).sum() / (2.0 * there.sum()).clamp_min(1.0)
    known = there * true[:, 3:].any(dim=1, keepdim=True)
    normals = ((surface[:, 4:].float() - true[:, 3:]) * known).square().sum() / known.sum().clamp_min(1)
    return depth, normals
