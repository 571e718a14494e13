"""The thing in a photo, found before a network reads it."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import PIL.Image

from occnet.files.cutouts.thing_in_picture import thing_in
from occnet.inference.thing_finder import ThingFinder
from occnet.networks.checkpoint import load_model
from occnet.networks.occupancy_network import OccupancyNetwork
from occnet.observations.reading_options import PhotoReading
from occnet.pipeline.phases import announce

CUTOUT_MODEL = "cutout"
"""The shipped model that finds the thing in a photo whose ground is not plain."""


def found_in_photo(seen: Any, network: OccupancyNetwork, reading: PhotoReading) -> Any:
    """What was seen as a network is to read it: of a photo, for one that answers as its viewer sees, the thing that is in it.

    Raises PictureError where there is no thing or more than a few, or none can be told from the ground.
    """
    if network.reads != "image" or not network.reader.viewer_centred:
        return seen
    picture = seen if isinstance(seen, PIL.Image.Image) else PIL.Image.fromarray(seen)
    return thing_in(picture, None if reading.mask is None else Path(reading.mask), ThingFinder(_cutout))


@lru_cache(maxsize=1)
def _cutout() -> OccupancyNetwork:
    announce("find the thing")
    return load_model(CUTOUT_MODEL)
