"""Where a picture is taken from: a view is chosen by a person, a camera is that view fitted to a box and a picture size."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from occnet.vectors import normalized


@dataclass(frozen=True)
class View:
    """From which side to look at an object; y is up, azimuth 0 looks along -z at the object's front."""

    azimuth: float = 35.0  # degrees, counter-clockwise seen from above; 90 looks from +x
    elevation: float = 22.0  # degrees above the horizon; -90 < elevation < 90
    field_of_view: float = 24.0  # degrees across the object's bounding sphere; 0 is orthographic
    margin: float = 0.08  # share of the picture that stays free on each side

    def camera(self, bounds: ArrayLike, size: tuple[int, int]) -> Camera:
        """The camera that shows the whole box bounds (2, 3) in a picture of size (width, height) pixels, centred."""
        low, high = np.asarray(bounds, dtype=np.float64).reshape(2, 3)
        center, radius = 0.5 * (low + high), max(0.5 * float(np.linalg.norm(high - low)), 1e-300)
        azimuth, elevation = math.radians(self.azimuth), math.radians(self.elevation)
        back = np.array([math.sin(azimuth) * math.cos(elevation), math.sin(elevation), math.cos(azimuth) * math.cos(elevation)])
        right = np.array([math.cos(azimuth), 0.0, -math.sin(azimuth)])
        axes = np.stack([right, np.cross(back, right), back])
        perspective = self.field_of_view > 0.0
        distance = radius / math.sin(math.radians(self.field_of_view) / 2) if perspective else 4.0 * radius
        free = Camera(center + distance * back, axes, 1.0, np.zeros(2), size, perspective)
        corners = np.stack(np.meshgrid(*np.stack([low, high], axis=1), indexing="ij"), axis=-1).reshape(-1, 3)
        pixels, _ = free.project(corners)
        least, most = pixels.min(axis=0), pixels.max(axis=0)
        room = (1.0 - 2.0 * self.margin) * np.array(size, dtype=np.float64)
        focal = float((room / np.maximum(most - least, 1e-300)).min())
        return Camera(free.position, axes, focal, 0.5 * np.array(size) - focal * 0.5 * (least + most), size, perspective)


@dataclass(frozen=True, eq=False)
class Camera:
    """A pinhole or orthographic camera; pixels run right and down, pixel k covers [k, k + 1)."""

    position: NDArray[np.float64]  # (3,)
    axes: NDArray[np.float64]  # (3, 3), rows: right, up and backward (from the object to the camera) in world coordinates
    focal: float  # pixels per unit of slope (perspective) or per unit of length (orthographic)
    principal: NDArray[np.float64]  # (2,) pixel position of the optical axis
    size: tuple[int, int]  # width and height in pixels
    perspective: bool

    @staticmethod
    def square(position: NDArray[np.float64], backward: NDArray[np.float64], field_of_view: float, size: int) -> Camera:
        """A perspective camera at a position (3,), y up, for a picture of size x size pixels.

        backward: (3,) of any length, from what it looks at to the camera; not vertical. field_of_view: degrees.
        """
        back = backward / np.linalg.norm(backward)
        right = np.cross([0.0, 1.0, 0.0], back)
        right /= np.linalg.norm(right)
        focal = 0.5 * size / math.tan(math.radians(field_of_view) / 2)
        return Camera(
            position, np.stack([right, np.cross(back, right), back]), focal, np.full(2, 0.5 * size), (size, size), True
        )

    def project(self, points: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Pixel positions (N, 2) and depths along the optical axis (N,), growing away from the camera, of points (N, 3)."""
        local = (np.asarray(points, dtype=np.float64) - self.position) @ self.axes.T
        depth = -local[:, 2]
        slope = local[:, :2] * [1.0, -1.0]
        if self.perspective:
            slope = slope / depth[:, None]
        return self.principal + self.focal * slope, depth

    def magnification(self, depth: NDArray[np.float64]) -> NDArray[np.float64]:
        """Pixels per unit of length at each depth."""
        return self.focal / depth if self.perspective else np.full(len(depth), self.focal)

    def rays(self, pixels: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Origins and unit directions, both (N, 3), of the rays through pixel positions (N, 2)."""
        slope = (np.asarray(pixels, dtype=np.float64) - self.principal) / self.focal
        sideways = slope[:, :1] * self.axes[0] - slope[:, 1:] * self.axes[1]
        if not self.perspective:
            return self.position + sideways, np.broadcast_to(-self.axes[2], sideways.shape)
        directions = normalized(sideways - self.axes[2])
        return np.broadcast_to(self.position, directions.shape), directions
