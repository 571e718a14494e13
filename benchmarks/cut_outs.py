"""How well the thing in a picture is found on four kinds of grounds, and whether anything is found where there is none.

python benchmarks/cut_outs.py [--count 50] [--model cutout] [--size 256] [--split test] [--sheet sheet.png]
For each kind of ground so many pictures of procedural things that no training saw, cut out by what the border shows of the
ground, by the network alone, and as `occnet reconstruct` does it: the mean IoU of the pixels, a refused picture counting as 0,
and how many were refused. Then as many pictures of the same grounds without a thing, of which each should be refused. The
sheet shows picture, truth and what the command finds (red where it refuses), the worst of each kind first.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from occnet import load_model
from occnet.data.photos.photographed_split import PhotographedSplit
from occnet.data.photos.whole_pictures import GROUNDS, WholePictures
from occnet.data.photos.whole_pictures_config import WholePicturesConfig
from occnet.errors import PictureError
from occnet.files.cutouts.thing_in_picture import thing_in
from occnet.files.images import OBJECT
from occnet.inference.thing_finder import ThingFinder, found_in

_SHOWN = 12  # pictures of a kind on the sheet
_VIEWS = 4_000_000  # number of the first view


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=50)
    parser.add_argument("--model", default="cutout")
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--split", default="test")
    parser.add_argument("--sheet", type=Path)
    given = parser.parse_args()
    torch.set_num_threads(1)
    config = WholePicturesConfig(empty_share=0.0)
    network = load_model(given.model)
    finder = ThingFinder(lambda: network)
    things = WholePictures(PhotographedSplit(given.split, config), config, 1, given.size, 0)
    grounds = WholePictures(things.split, replace(config, empty_share=1.0), 1, given.size, 0)
    views = [things.view(_VIEWS + config.views * number) for number in range(given.count)]
    print("ground     IoU by the border (refused)  by the network alone  as the command does (refused)  found where nothing is")
    rows = []
    for kind in GROUNDS:
        scores: dict[str, list[float]] = {"border": [], "network": [], "command": []}
        shown, slabs = [], 0
        for number, view in enumerate(views):
            picture = things.picture(view, np.random.default_rng((number, GROUNDS.index(kind))), kind)
            true = picture.coverage > 0.5
            by_command = found(picture.pixels, finder)
            scores["border"].append(iou(found(picture.pixels), true))
            scores["network"].append(iou(found_in(network, picture.pixels)[0], true))
            scores["command"].append(iou(by_command, true))
            shown.append((scores["command"][-1], row(picture.pixels, true, by_command)))
            empty = grounds.picture(view, np.random.default_rng((number, GROUNDS.index(kind), 1)), kind)
            slab = found(empty.pixels, finder)
            slabs += slab is not None
            if slab is not None:
                shown.append((-1.0, row(empty.pixels, np.zeros_like(true), slab)))
        means = {name: (np.mean(values), sum(not score for score in values)) for name, values in scores.items()}
        print(
            f"{kind:<10} {means['border'][0]:.3f} ({means['border'][1]:>3}) {means['network'][0]:>22.3f} "
            f"{means['command'][0]:>22.3f} ({means['command'][1]:>3}) {slabs:>20} of {given.count}",
            flush=True,
        )
        shown.sort(key=lambda pair: pair[0])
        rows.append(np.concatenate([part for _, part in shown[:_SHOWN]]))
    if given.sheet:
        Image.fromarray(np.concatenate(rows, axis=1)).save(given.sheet)


def found(pixels: np.ndarray, finder: ThingFinder | None = None) -> np.ndarray | None:
    """Which pixels are of the thing; None where the picture is refused."""
    try:
        return np.asarray((thing_in(Image.fromarray(pixels), None, finder).pixels < OBJECT).any(axis=2))
    except PictureError:
        return None


def iou(mask: np.ndarray | None, true: np.ndarray) -> float:
    """0 where nothing was found."""
    return 0.0 if mask is None else float((mask & true).sum() / max((mask | true).sum(), 1))


def row(pixels: np.ndarray, true: np.ndarray, mask: np.ndarray | None) -> np.ndarray:
    """Picture, truth and what was found, side by side at half size."""
    truth = np.repeat((255 * true[..., None]).astype(np.uint8), 3, axis=2)
    there = np.broadcast_to(np.array([200, 0, 0], dtype=np.uint8), pixels.shape)
    if mask is not None:
        there = np.where(mask[..., None], pixels, 255).astype(np.uint8)
    return np.concatenate([pixels, truth, there], axis=1)[::2, ::2]


if __name__ == "__main__":
    main()
