"""Pictures of point clouds: each point a small shaded ball, drawn with a depth buffer."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import KDTree

from occnet.errors import CloudError
from occnet.files.srgb import displayed, linear
from occnet.geometry.render.camera import Camera, View
from occnet.geometry.render.lighting import INK, lit
from occnet.mesh import Frame

_CHUNK = 2_000_000  # ball pixels at once
_HAZE = 0.7  # how far the farthest ball pales
_PALE = np.array([0.72, 0.78, 0.86], dtype=np.float32)  # to this colour, linear RGB


def render_points(
    points: ArrayLike,
    size: tuple[int, int] = (512, 512),
    view: View | None = None,
    *,
    bounds: ArrayLike | None = None,
    color: tuple[int, int, int] = INK,
    colors: ArrayLike | None = None,
    radius: float | None = None,
    samples: int = 2,
) -> NDArray[np.uint8]:
    """A picture of the points on white, (height, width, 3) uint8 sRGB; aligned with `render_mesh` of the same box and view.

    points: (N, 3). size: width and height in pixels. view: the side to look from. bounds: (2, 3) box that fills the
    picture, default the points' own. color: sRGB in [0, 255] of all points, or colors: (N, 3) of each. radius: of the
    balls, in units of the points; default by the distance between neighbours. samples: along each side of a pixel.

    Raises CloudError when there are no points, they coincide or some are not finite.
    """
    points = np.asarray(points, dtype=np.float64).reshape(-1, 3)
    if not len(points):
        raise CloudError("There are no points to draw.")
    frame = Frame.of(points if bounds is None else bounds)
    points = frame.to_unit(points)
    box = np.stack([points.min(axis=0), points.max(axis=0)]) if bounds is None else frame.to_unit(bounds)
    fine = (size[0] * samples, size[1] * samples)
    camera = (view or View()).camera(box, fine)
    ball = _ball_radius(points) if radius is None else radius / frame.scale
    owner, depth, normals = _balls(points, ball, camera)
    drawn = np.flatnonzero(owner >= 0)
    light = np.ones((len(owner), 3), dtype=np.float32)
    albedo = linear(np.array(color)) if colors is None else linear(np.asarray(colors).reshape(-1, 3))[owner[drawn]]
    back = np.broadcast_to(camera.axes[2], (len(drawn), 3))
    albedo = _hazed(albedo, depth[drawn], *np.percentile(camera.project(points)[1], [2, 98]))
    everywhere = np.ones(len(drawn), dtype=np.float32)
    light[drawn] = lit(normals[drawn] @ camera.axes, back, albedo, camera, everywhere, everywhere)
    width, height = size
    blocks = np.clip(light, 0, 1).reshape(height, samples, width, samples, 3)
    return displayed(blocks.mean(axis=(1, 3)))


def _ball_radius(points: NDArray) -> float:
    """A radius at which neighbours do not quite touch, within what the eye can tell apart; points in the unit cube."""
    if len(points) < 2:
        return 0.012
    shown = points[:: max(1, len(points) // 2000)]
    gap = KDTree(points).query(shown, k=2)[0][:, 1]
    return float(np.clip(0.5 * np.median(gap), 0.0035, 0.0085))


def _balls(points: NDArray, radius: float, camera: Camera) -> tuple[NDArray, NDArray, NDArray]:
    """For each pixel the nearest ball (-1: none), its depth there (inf: none) and its normal in camera coordinates."""
    width, height = camera.size
    owner = np.full(width * height, -1)
    depth = np.full(width * height, np.inf)
    normals = np.zeros((width * height, 3), dtype=np.float32)
    center, distance = camera.project(points)
    reach = radius * camera.magnification(distance)  # in pixels
    side = np.arange(-int(np.ceil(reach.max())) - 1, int(np.ceil(reach.max())) + 2)
    stencil = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    rows = max(1, _CHUNK // len(stencil))
    for start in range(0, len(points), rows):
        part = slice(start, start + rows)
        pixel = np.floor(center[part]).astype(np.int64)[:, None] + stencil
        offset = (pixel + 0.5 - center[part][:, None]) / reach[part][:, None, None]
        across = (offset**2).sum(axis=2)
        visible = (across < 1.0) & (pixel >= 0).all(axis=2) & (pixel < [width, height]).all(axis=2)
        which, _ = np.nonzero(visible)
        x, y = offset[visible].T
        toward = np.sqrt(1.0 - across[visible])
        here = distance[part][which] - radius * toward
        cell = pixel[visible] @ [1, width]
        order = np.lexsort((here, cell))
        order = order[np.append(True, cell[order][1:] != cell[order][:-1])]  # the nearest at each pixel
        order = order[here[order] < depth[cell[order]]]
        owner[cell[order]], depth[cell[order]] = start + which[order], here[order]
        normals[cell[order]] = np.stack([x, -y, toward], axis=1)[order]
    return owner, depth, normals


def _hazed(albedo: NDArray, depth: NDArray, nearest: float, farthest: float) -> NDArray[np.float32]:
    """Colours that pale with depth, so that the far side of a cloud is told from the near side."""
    share = _HAZE * np.clip((depth - nearest) / max(farthest - nearest, 1e-9), 0.0, 1.0)[:, None]
    return (albedo + share * (_PALE - albedo)).astype(np.float32)
