"""How scans by cameras and laser scanners are simulated for training."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class SensorConfig:
    """What sensors see of shapes, and how well. Lengths are in units of the longest edge of all that is scanned."""

    share: float = 0.0  # of the scans that sensors take, from one side or several; all others lie all over the surface
    cameras_max: int = 4  # sensors of such a scan, from one on; one is the most frequent
    range_noise: float = 0.008  # largest deviation along the ray at twice the longest edge; small ones are the most frequent
    step_max: float = 0.006  # largest step that distances are rounded to
    step_chance: float = 0.3  # that they are rounded
    grid_chance: float = 0.5  # that the points are those of a grid of pixels
    flying_chance: float = 0.15  # of a point beside a step in depth: that it lies between the near and the far side
    blind_chance: float = 0.3  # of a sensor: that it has a blind spot
    outliers_max: float = 0.01  # largest share of points that lie anywhere along their rays
    shift_max: float = 0.004  # how far off the scans of one sensor may lie from those of another
    ground_chance: float = 0.25  # that the shapes stand on a table or on the ground, which is solid below
    bare_chance: float = 0.1  # that there is ground alone: terrain, or an open sheet in any direction
    several_chance: float = 0.1  # that two to four shapes stand side by side

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if value < 0:
                raise ValueError(f"{name} must be at least 0, but is {value}")
            if name.endswith(("_chance", "share", "outliers_max")) and value > 1:
                raise ValueError(f"{name} must lie between 0 and 1, but is {value}")
        if self.cameras_max < 1:
            raise ValueError(f"cameras_max must be at least 1, but is {self.cameras_max}")
