"""How pictures with their grounds are made, of which a network learns to cut out the thing: the table [whole_pictures]."""

from __future__ import annotations

from dataclasses import dataclass

from occnet.data.photos.pictures_config import PicturesConfig


@dataclass(frozen=True)
class WholePicturesConfig(PicturesConfig):
    """As that of pictures to learn shapes from, with more of the ground, and sometimes nothing else.

    uniform_queries and near_queries are places in the picture, anywhere and near the outline of the thing.
    """

    margin_max: float = 0.8  # around the thing at most, in its longer edges
    plain_share: float = 0.1
    gradient_share: float = 0.15
    textured_share: float = 0.3  # of the pictures whose ground is one texture; all others are cluttered
    empty_share: float = 0.1  # of the pictures that show their ground alone
    nearest_crop: float = 0.6  # share of a picture's edge that is kept at least, where it is cut closer than it was taken
    blur_max: float = 1.0
    noise_max: float = 0.05
    cells: int = 80
    uniform_queries: int = 1024
    near_queries: int = 1024
    pool: int = 128  # views of things at hand at a time, each of which is put before several grounds
    uses: int = 16  # times that a view is used, in the mean

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.plain_share + self.gradient_share + self.textured_share > 1.0:
            raise ValueError("plain_share, gradient_share and textured_share must not be more than 1 together")
        if not 0.3 <= self.nearest_crop <= 1.0:
            raise ValueError(f"nearest_crop must lie between 0.3 and 1, but is {self.nearest_crop}")
        if self.pool < 1 or self.uses < 1:
            raise ValueError("pool and uses must be at least 1")
