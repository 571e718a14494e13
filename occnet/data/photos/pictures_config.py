"""How pictures to learn from are made: the table [pictures] of a recipe."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class PicturesConfig:
    """Which procedural things are pictured, from where, on what, and how well. Angles in degrees."""

    categories: str = "thirteen"  # a set of `occnet.shapes.categories.CATEGORIES`; all are equally frequent
    other_share: float = 0.2  # of the things that are of any family instead
    views: int = 4  # pictures of each thing within a step, each from another side, in another light, on another ground
    mirrored: bool = False  # each picture comes twice within a step, the second time with left and right exchanged
    cells: int = 96  # along the edge of the cube at which a thing is meshed to be seen
    elevation_min: float = -10.0  # of the camera above the horizon
    elevation_max: float = 60.0
    focal_min: float = 24.0  # mm, of a lens before a picture 36 mm wide
    focal_max: float = 200.0
    far_share: float = 0.1  # of the pictures that are taken from very far, without perspective
    margin_max: float = 0.15  # around the thing at most, in its longer edges; as a picture is cut out for a network
    plain_share: float = 0.5  # of the pictures whose ground has one colour, white as often as not
    gradient_share: float = 0.2  # and a gradient; all others are cluttered
    floor_chance: float = 0.7  # that the thing stands on a floor, on which its shadow falls
    blur_max: float = 0.8  # standard deviation in pixels
    noise_max: float = 0.03  # standard deviation, white being 1
    jpeg_chance: float = 0.6  # that the picture was a JPEG file
    jpeg_min: int = 50  # lowest quality of these
    mask_error: float = 0.8  # pixels by which the outline is off at most, where the thing is cut out
    uniform_queries: int = 512  # labelled points a picture, uniform in the viewer's padded cube
    near_queries: int = 512  # labelled points a picture, near the surface

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if name.endswith(("_share", "_chance")) and not 0.0 <= value <= 1.0:
                raise ValueError(f"{name} must lie between 0 and 1, but is {value}")
            if name.endswith(("_max", "_error", "_queries")) and value < 0:
                raise ValueError(f"{name} must be at least 0, but is {value}")
        if self.views < 1 or self.cells < 16:
            raise ValueError("views must be at least 1 and cells at least 16")
        if not -80.0 <= self.elevation_min <= self.elevation_max <= 80.0:
            raise ValueError("elevation_min and elevation_max must follow each other within -80 and 80 degrees")
        if not 18.0 <= self.focal_min <= self.focal_max:
            raise ValueError("focal_min must be at least 18 mm and at most focal_max")
        if self.plain_share + self.gradient_share > 1.0:
            raise ValueError("plain_share and gradient_share must not be more than 1 together")
        if not 1 <= self.jpeg_min <= 100:
            raise ValueError(f"jpeg_min must be a quality from 1 to 100, but is {self.jpeg_min}")
        if self.uniform_queries + self.near_queries < 1:
            raise ValueError("uniform_queries and near_queries must be at least 1 together")
