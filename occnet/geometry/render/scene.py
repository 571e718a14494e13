"""Pictures of meshes by ray casting: no display, no OpenGL, the same pixels on every machine."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from occnet.errors import MeshError
from occnet.files.srgb import displayed, linear
from occnet.geometry.render.camera import Camera, View
from occnet.geometry.render.floor import floor_shade
from occnet.geometry.render.lighting import CLAY, key_direction, lit
from occnet.geometry.render.occlusion import RayScene
from occnet.geometry.render.smooth_normals import corner_normals
from occnet.mesh import Frame, Mesh
from occnet.vectors import normalized

_SKY_RAYS, _KEY_RAYS = 20, 8  # a pixel
_SKY_REACH = 0.6  # of the longest edge: what is farther away casts no ambient shade
_KEY_SPREAD = 0.09  # sine of the key light's half angle: how soft its shadows are


def render_mesh(
    mesh: Mesh,
    size: tuple[int, int] = (512, 512),
    view: View | None = None,
    *,
    bounds: ArrayLike | None = None,
    color: tuple[int, int, int] = CLAY,
    smooth: bool = True,
    floor: bool = True,
    samples: int = 2,
) -> NDArray[np.uint8]:
    """A picture of the mesh on white, (height, width, 3) uint8 sRGB.

    size: width and height in pixels. view: the side to look from (default: three quarters from the front, y up).
    bounds: (2, 3) box that fills the picture, default the mesh's own; give one box to all pictures that are to align.
    color: sRGB in [0, 255], where the mesh has no colours of its own. smooth: rounded shading with creases, else flat.
    floor: draw the shadow on the floor. samples: rays along each side of a pixel.

    Raises MeshError when the mesh has no faces.
    """
    if not len(mesh.faces):
        raise MeshError("A mesh without faces cannot be drawn; draw its vertices as points.")
    # Embree computes in single precision: the scene is moved to the unit cube before it sees any coordinate
    frame = Frame.of(mesh.bounds if bounds is None else np.asarray(bounds, dtype=np.float64))
    mesh = frame.mesh_to_unit(mesh)
    box = mesh.bounds if bounds is None else frame.to_unit(bounds)
    camera = (view or View()).camera(box, size)
    generator = np.random.default_rng(0)
    scene = RayScene(mesh)
    pixels = _pixel_centers(size, samples)
    origins, directions = camera.rays(pixels)
    hits = scene.first_hits(origins, directions)
    seen = np.flatnonzero(hits.face >= 0)
    light = np.ones((len(pixels), 3), dtype=np.float32)
    if floor:
        shade = floor_shade(scene, min(box[0, 1], mesh.bounds[0, 1]), box, camera, generator)
        centers = _pixel_centers(size, 1)  # the shadow is smooth: once a pixel is enough
        light -= np.repeat(shade.along(*camera.rays(centers), centers, size), samples**2)[:, None]
    if len(seen):
        points = origins[seen] + hits.distance[seen, None] * directions[seen]
        flat, shading = _normals(mesh, hits.face[seen], hits.corner_weights[seen], directions[seen], smooth)
        sky, key = _open_light(scene, camera, _Layer(pixels[seen], points, flat, shading), size, generator)
        albedo = linear(np.array(color))
        if mesh.colors is not None:
            corners = linear(mesh.colors)[mesh.faces[hits.face[seen]]]
            albedo = np.einsum("nk,nki->ni", hits.corner_weights[seen], corners)
        light[seen] = lit(shading, -directions[seen], albedo, camera, sky, key)
    width, height = size
    return displayed(np.clip(light, 0, 1).reshape(height, width, samples**2, 3).mean(axis=2))


def _pixel_centers(size: tuple[int, int], samples: int) -> NDArray[np.float64]:
    """Sample positions, (height * width * samples^2, 2), those of one pixel in a row."""
    width, height = size
    step = (np.arange(samples) + 0.5) / samples
    y, x, v, u = np.meshgrid(np.arange(height), np.arange(width), step, step, indexing="ij")
    return np.stack([x + u, y + v], axis=-1, dtype=np.float64).reshape(-1, 2)


def _normals(
    mesh: Mesh, face: NDArray, weights: NDArray, directions: NDArray, smooth: bool
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Face normals and shading normals, (N, 3), both turned to the eye: a sheet is lit from whichever side is seen."""
    flat = normalized(mesh.face_normals)[face]
    shading = flat
    if smooth:
        shown, place = np.unique(face, return_inverse=True)
        shading = np.einsum("nk,nki->ni", weights, corner_normals(mesh, shown)[place])
        length = np.linalg.norm(shading, axis=1, keepdims=True)
        shading = np.where(length > 1e-6, shading / np.maximum(length, 1e-6), flat)
    away = np.einsum("ni,ni->n", flat, directions) > 0.0
    flat, shading = np.where(away[:, None], -flat, flat), np.where(away[:, None], -shading, shading)
    return flat.astype(np.float32), shading.astype(np.float32)


@dataclass(frozen=True, eq=False)
class _Layer:
    """What the camera sees at its samples that hit the mesh, one row each."""

    pixels: NDArray
    points: NDArray
    flat: NDArray
    shading: NDArray


def _open_light(
    scene: RayScene, camera: Camera, layer: _Layer, size: tuple[int, int], generator: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The share of the sky and of the key light at each sample, (N,) each: traced once a pixel, then freed of grain."""
    width, height = size
    cell = layer.pixels.astype(np.int64) @ [1, width]
    shown, first, place = np.unique(cell, return_index=True, return_inverse=True)
    points, flat = layer.points[first], layer.flat[first]
    axis = np.broadcast_to(key_direction(camera), points.shape)
    sky = scene.open_share(points, flat, 1.0, _SKY_RAYS, _SKY_REACH, generator)
    lifted = points + 2e-4 * flat  # shadow rays leave at a slant and would meet the facets beside their own
    key = scene.open_share(lifted, axis, _KEY_SPREAD, _KEY_RAYS, 10.0, generator)
    shares = np.zeros((height * width, 2), dtype=np.float32)
    shares[shown] = np.stack([sky, key], axis=1)
    places, normals = np.zeros((2, height * width, 3), dtype=np.float32)
    places[shown], normals[shown] = points, layer.shading[first]
    grids = [array.reshape(height, width, -1) for array in (shares, places, normals)]
    blurred = _blur_along_surface(grids[0], grids[1], grids[2])
    return tuple(blurred.reshape(-1, 2)[shown[place]].T)


def _blur_along_surface(shares: NDArray, places: NDArray, normals: NDArray, radius: int = 3) -> NDArray[np.float32]:
    """Shares averaged over nearby pixels of the same smooth piece of surface, first along rows, then along columns."""
    for axis in (1, 0):
        total, weight = shares.copy(), np.ones((*shares.shape[:2], 1), dtype=np.float32)
        for step in range(1, radius + 1):
            one = (slice(None), slice(None, -step)) if axis else (slice(None, -step),)
            two = (slice(None), slice(step, None)) if axis else (slice(step, None),)
            gap = places[two] - places[one]
            bend = np.einsum("yxi,yxi->yx", normals[one], normals[two])
            height = np.abs(np.einsum("yxi,yxi->yx", gap, normals[one] + normals[two]))
            same = ((bend > 0.85) & (height < 0.006)).astype(np.float32)[..., None] * np.float32(
                np.exp(-((step / radius) ** 2))
            )
            total[one] += same * shares[two]
            total[two] += same * shares[one]
            weight[one] += same
            weight[two] += same
        shares = total / weight
    return shares
