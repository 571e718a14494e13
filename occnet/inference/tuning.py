"""Tuning what a network knows of a scan on the scan itself, without labels and without normals."""

from __future__ import annotations

from dataclasses import replace

import torch
import torch.nn.functional as F
from torch import Tensor

from occnet.cube import PADDED_EDGE
from occnet.errors import ModelError
from occnet.field import Numbers, logit_of, points_of
from occnet.networks.codes.point_grid_code import PointGridCode
from occnet.networks.network_field import NetworkField
from occnet.networks.occupancy_network import OccupancyNetwork

RATE = 3e-3  # of Adam
SURFACE_POINTS = 1024  # of the scan in each step
OTHER_POINTS = 1536  # places off the surface in each step: a third uniform, the others near the scan
NEAR = 0.02  # standard deviation of these from the scan's points, in unit-cube edges
SURE = 2.0  # logits from the level from which on the untuned answer stands


def tuned_field(network: OccupancyNetwork, cloud: Numbers, steps: int, threshold: float, seed: int = 0) -> NetworkField:
    """The field of a cloud, (N, 3) or (N, 6) in the unit cube, after some steps that pull its surface to the points.

    The features of the points and of the grid are tuned, the weights stay. The scan's points shall be on the surface (the logit
    of the threshold), and places where the untuned field is sure shall stay on their side of it. Precise scans gain, noisy ones
    lose: the surface then follows the noise (docs/benchmarks.md). The same at every call with the same seed.

    Raises ModelError when the network keeps no features on the points.
    Source: the unsigned cross-entropy of SA-ConvONet (Tang et al., ICCV 2021), there on all weights, and with the network's
    present answer for the side.
    """
    if not network.reader.local or network.reads != "points":
        raise ModelError("This model keeps no features on the points of a scan, so there is nothing to tune; leave out --tune.")
    cloud, level, draw = points_of(cloud), logit_of(threshold), torch.Generator().manual_seed(seed)
    with torch.inference_mode(False):
        code: PointGridCode = network.code(cloud)
        before = network.field_of_code(code)
        tuned = [part.float().clone().requires_grad_() for part in (code.features, code.grid)]
        optimizer = torch.optim.Adam(tuned, lr=RATE)
        for _ in range(steps):
            surface, others = _places(cloud[:, :3].cpu(), draw)
            side = before(others) - level
            kept = side.abs() > SURE
            points = torch.cat([surface.to(network.device), others.to(network.device)[kept]]).unsqueeze(0)
            with torch.enable_grad():
                logits = network.decoder(points, replace(code, features=tuned[0], grid=tuned[1])).squeeze(0) - level
                found, far = logits.split([len(surface), len(logits) - len(surface)])
                loss = F.binary_cross_entropy_with_logits(found, torch.full_like(found, 0.5))
                if len(far):
                    loss = loss + F.binary_cross_entropy_with_logits(far, (side[kept] > 0).to(far.dtype))
                gradients = torch.autograd.grad(loss, tuned)
            for part, gradient in zip(tuned, gradients, strict=True):
                part.grad = gradient
            optimizer.step()
        features, grid = (part.detach() for part in tuned)
        return network.field_of_code(replace(code, features=features, grid=grid))


def _places(cloud: Tensor, draw: torch.Generator) -> tuple[Tensor, Tensor]:
    """Points of the cloud (S, 3), and places around it and anywhere in the padded cube (O, 3)."""
    surface = cloud[torch.randperm(len(cloud), generator=draw)[:SURFACE_POINTS]]
    uniform = (torch.rand(OTHER_POINTS // 3, 3, generator=draw) - 0.5) * PADDED_EDGE
    around = cloud[torch.randint(len(cloud), (OTHER_POINTS - len(uniform),), generator=draw)]
    return surface, torch.cat([uniform, around + NEAR * torch.randn(around.shape, generator=draw)])
