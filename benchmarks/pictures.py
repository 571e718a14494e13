"""How long pictures to learn from take, and what they look like.

python benchmarks/pictures.py [--count 24] [--size 128] [--sheet sheet.png]
Prints the CPU time of a thing and of a picture, and pictures per second and core at the usual number of pictures a thing, and
writes a sheet with picture, cut-out, depth of the front and of the back, and normals of each.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from occnet.data.photos.photographed_split import PhotographedSplit
from occnet.data.photos.pictures_config import PicturesConfig

_COLUMNS = 2  # of the sheet
_FIRST = 1000  # number of the first thing


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=24)
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("--sheet", type=Path, default=Path("sheet.png"))
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    config = PicturesConfig()
    split = PhotographedSplit("train", config)
    rows, both, alone = [], 0.0, 0.0
    for number in range(_FIRST, _FIRST + arguments.count):
        begin = time.process_time()
        split.sample(number, arguments.size, np.random.default_rng(number))
        both += time.process_time() - begin
        begin = time.process_time()
        sample = split.sample(number, arguments.size, np.random.default_rng(number + 1))  # of the same thing
        alone += time.process_time() - begin
        photo = split.photo(number, arguments.size, np.random.default_rng(number + 1))
        rows.append(_row(photo.pixels, sample.observation, photo.targets))
    both, alone = both / arguments.count, alone / arguments.count
    each = alone + (both - alone) / config.views
    print(f"a thing {1000 * (both - alone):.0f} CPU ms, a picture of it {1000 * alone:.0f} CPU ms")
    print(f"{config.views} pictures a thing: {1 / each:.1f} pictures per second and core")
    rows += [np.full_like(rows[0], 255)] * (-len(rows) % _COLUMNS)
    columns = np.array_split(np.arange(len(rows)), _COLUMNS)
    sheet = np.concatenate([np.concatenate([rows[row] for row in column]) for column in columns], axis=1)
    Image.fromarray(sheet).save(arguments.sheet)


def _row(pixels: np.ndarray, cut: np.ndarray, targets: np.ndarray) -> np.ndarray:
    there = targets[0] > 0.5
    shown = [
        np.repeat(np.where(there, np.clip(127 - 200 * targets[part], 0, 255), 255)[..., None], 3, axis=2) for part in (1, 2)
    ]
    shown.append(np.where(there, 127 + 127 * targets[3:], 255).transpose(1, 2, 0))
    large = [np.repeat(np.repeat(picture, 2, axis=0), 2, axis=1) for picture in shown]
    return np.concatenate([pixels, 255 * cut.transpose(1, 2, 0), *large], axis=1).astype(np.uint8)


if __name__ == "__main__":
    main()
