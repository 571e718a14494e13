"""Whether what is said of a photo's solid is true: its expected IoU, and that it is one piece where the picture shows one.

python benchmarks/photo_results.py [--model image] [--count 60] [--crops 4] [--elevation 25 30]
So many photos of procedural things that no training saw, each cut out on white. Prints the IoU that is expected by the model's
probabilities and the IoU that there is, in the mean and by what was expected; and for the solids that fall into pieces, how
many these are and the IoU, cut at the model's threshold, and at the highest lower one that leaves one piece within what the
picture shows, as `occnet reconstruct` does it.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch

from occnet import load_model
from occnet.data.photos.photographed_split import PhotographedSplit
from occnet.data.photos.pictures_config import PicturesConfig
from occnet.errors import EmptySurface
from occnet.field import Field, logit_of
from occnet.geometry.half_edges import vertex_parts
from occnet.inference.ensemble import mean_field
from occnet.inference.picture_view import PictureView, picture_view
from occnet.inference.threshold import best_thresholds, expected_iou, uniform_logits
from occnet.inference.whole_threshold import whole_threshold
from occnet.meshing.extract import extract_mesh
from occnet.observations.image import observed_image
from occnet.observations.reading_options import PhotoReading

_FIRST = 700_000  # number of the first thing
_QUERIES = 16_384
_RESOLUTION = 64
_BINS = (0.0, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 1.0)


@dataclass(frozen=True)
class Photographed:
    """One photo, read."""

    field: Field
    view: PictureView
    threshold: float
    expected: float
    points: torch.Tensor
    inside: np.ndarray

    def iou(self, field: Field, threshold: float) -> float:
        """With the truth, at uniform points."""
        with torch.no_grad():
            found = (field(self.points) > logit_of(threshold)).cpu().numpy()
        return float((found & self.inside).sum() / max((found | self.inside).sum(), 1))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="image")
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--crops", type=int, default=4)
    parser.add_argument("--elevation", type=float, nargs=2, default=(-10.0, 60.0))
    given = parser.parse_args()
    torch.set_num_threads(1)
    low, high = given.elevation
    split = PhotographedSplit("test", PicturesConfig(elevation_min=low, elevation_max=high, mask_error=0.0))
    network = load_model(given.model)
    scores, several = [], []
    for number in range(_FIRST, _FIRST + given.count):
        sample = split.sample(number, 224, np.random.default_rng(number), _QUERIES)
        pixels = np.rint(255 * sample.observation.transpose(1, 2, 0)).astype(np.uint8)
        observation = observed_image(pixels, network.reader, PhotoReading(crops=given.crops))
        field, view = mean_field(network, observation.readings), picture_view(observation, network)
        assert view is not None
        coarse = uniform_logits(field)
        threshold = float(best_thresholds(coarse.unsqueeze(0))) if network.adaptive else network.threshold
        inside = sample.inside > 0.5
        photo = Photographed(field, view, threshold, expected_iou(coarse, threshold), torch.from_numpy(sample.points), inside)
        scores.append((photo.expected, photo.iou(field, threshold)))
        if pieces(field, threshold) > 1:
            several.append([*cut(photo, threshold), *cut(photo, whole_threshold(field, threshold, view))])
    print_calibration(np.array(scores))
    names = ("at the threshold", "at a lower one")
    print(f"\n{len(several)} of {given.count} fall into pieces")
    if not several:
        return
    print("                   pieces   one piece   IoU")
    for name, (count, iou) in zip(names, np.array(several).reshape(len(several), 2, 2).transpose(1, 2, 0), strict=True):
        print(f"{name:<18}  {count.mean():>6.2f}   {(count == 1).mean():>9.0%}   {iou.mean():.4f}")


def print_calibration(scores: np.ndarray) -> None:
    """scores: (N, 2), expected and true."""
    print(f"all {len(scores)}: expected {scores[:, 0].mean():.3f}, is {scores[:, 1].mean():.3f}; ", end="")
    print(f"correlation {np.corrcoef(scores.T)[0, 1]:.2f}")
    for least, most in pairwise(_BINS):
        of = scores[(scores[:, 0] >= least) & (scores[:, 0] < most)]
        if len(of):
            print(f"expected {least:.1f} to {most:.1f}: {len(of):>3} photos, IoU {of[:, 1].mean():.3f} +- {of[:, 1].std():.3f}")


def cut(photo: Photographed, threshold: float) -> tuple[int, float]:
    """Pieces and IoU."""
    return pieces(photo.field, threshold), photo.iou(photo.field, threshold)


def pieces(field: Field, threshold: float) -> int:
    """Of the mesh, which is coarse."""
    try:
        mesh = extract_mesh(field, resolution=_RESOLUTION, threshold=threshold)
    except EmptySurface:
        return 0
    return int(vertex_parts(mesh.faces, len(mesh.vertices)).max()) + 1


if __name__ == "__main__":
    main()
