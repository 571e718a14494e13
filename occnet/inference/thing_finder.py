"""The thing in a picture whose ground is not plain, by a network that tells which places of a picture are of a thing."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import binary_dilation, label

from occnet.networks.occupancy_network import OccupancyNetwork

_MULTIPLE = 32  # of pixels, to which a picture is made for the network
_ASKED = 256  # places along the longest edge at which it is asked
_AROUND = 0.25  # of the longest edge of what was found, that is looked at around it
_CLOSER = 0.8  # share of the picture's longest edge up to which a closer look shows more
_GAP, _PART = 0.02, 0.15  # as parts of one thing may lie apart, and how small beside the largest they are left out


class ThingFinder:
    """Pictures (H, W, 3) uint8 sRGB -> which pixels are of the thing, and with what probability each is, both (H, W).

    load: makes the network, a model that reads whole pictures, at the first picture: most need none.
    """

    def __init__(self, load: Callable[[], OccupancyNetwork]) -> None:
        self._load = load
        self._network: OccupancyNetwork | None = None

    def __call__(self, pixels: NDArray[np.uint8]) -> tuple[NDArray[np.bool_], NDArray[np.float32]]:
        self._network = self._network or self._load()
        return found_in(self._network, pixels)


def found_in(network: OccupancyNetwork, pixels: NDArray[np.uint8]) -> tuple[NDArray[np.bool_], NDArray[np.float32]]:
    """Which pixels of a picture (H, W, 3) are of the thing in it, (H, W), and with what probability each is, (H, W).

    A thing that is small in the picture is looked at once more from nearer. What is far from the largest part and small beside
    it is left out.
    """
    height, width = pixels.shape[:2]
    likely = _probabilities(network, pixels)
    there = likely > network.threshold
    if not there.any():
        return there, likely
    rows, columns = np.flatnonzero(there.any(axis=1)), np.flatnonzero(there.any(axis=0))
    longest = max(rows[-1] - rows[0], columns[-1] - columns[0]) + 1
    if longest < _CLOSER * max(height, width):
        around = round(_AROUND * longest)
        top, bottom = max(0, rows[0] - around), min(height, rows[-1] + 1 + around)
        left, right = max(0, columns[0] - around), min(width, columns[-1] + 1 + around)
        nearer = np.zeros_like(likely)
        nearer[top:bottom, left:right] = _probabilities(network, pixels[top:bottom, left:right])
        likely = nearer
        there = likely > network.threshold
    return _without_strays(there), likely


def _probabilities(network: OccupancyNetwork, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Of being of the thing, at each pixel of a picture (H, W, 3), (H, W)."""
    height, width = pixels.shape[:2]
    edges = [_multiple(network.reader.size * edge / max(height, width)) for edge in (width, height)]
    small = np.asarray(Image.fromarray(pixels).resize((edges[0], edges[1]), Image.Resampling.BILINEAR))
    field = network.field(torch.from_numpy(small.astype(np.float32) / np.float32(255)).permute(2, 0, 1))
    asked = [max(1, round(edge * min(1.0, _ASKED / max(height, width)))) for edge in (width, height)]
    x, y = ((torch.arange(count) + 0.5) / count - 0.5 for count in asked)
    places = torch.stack([x.expand(asked[1], -1), -y[:, None].expand(-1, asked[0]), torch.zeros(asked[1], asked[0])], dim=-1)
    logits = field(places.reshape(-1, 3)).reshape(asked[1], asked[0]).cpu().numpy()
    fine = np.asarray(Image.fromarray(logits).resize((width, height), Image.Resampling.BILINEAR))
    return (1.0 / (1.0 + np.exp(-np.clip(fine, -30.0, 30.0)))).astype(np.float32)


def _multiple(edge: float) -> int:
    return max(_MULTIPLE, _MULTIPLE * round(edge / _MULTIPLE))


def _without_strays(there: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The parts of an outline (H, W) that are not small beside the largest, or lie close to such a one."""
    if not there.any():
        return there
    rounds = max(1, round(_GAP * max(there.shape)))
    parts, count = label(np.asarray(binary_dilation(there, iterations=rounds)), np.ones((3, 3)))  # type: ignore[misc]
    sizes = np.bincount(parts[there], minlength=count + 1)
    sizes[0] = 0
    return there & (sizes >= _PART * sizes.max())[parts]
