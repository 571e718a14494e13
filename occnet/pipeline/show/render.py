"""Meshes, scans, voxels and pictures from files -> one picture, or a turn around them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from occnet.errors import FileError
from occnet.extras import extra
from occnet.files.atomic import atomic_path, check_folder_of
from occnet.files.clouds import Cloud, read_cloud
from occnet.files.formats.binvox import VoxelGrid
from occnet.files.images import SUFFIXES as PICTURES
from occnet.files.images import read_image
from occnet.files.inputs import check_apart
from occnet.files.meshes import READERS as MESHES
from occnet.files.meshes import read_mesh
from occnet.files.opening import check_readable
from occnet.geometry.render.camera import View
from occnet.geometry.render.cloud_rendering import render_points
from occnet.geometry.render.picture_grid import side_by_side
from occnet.geometry.render.scene import render_mesh
from occnet.geometry.voxelising import voxel_surface
from occnet.mesh import Mesh
from occnet.observations.kinds import kind_of
from occnet.pipeline.show.render_options import RenderOptions

Picture = NDArray[np.uint8]  # (height, width, 3) sRGB
Seen = Mesh | Cloud | Picture

STILL, TURNING = (".png", ".jpg", ".jpeg", ".webp"), (".gif", ".mp4")
_MOST_DRAWN = 300_000  # points of a scan; more of them hide each other


def render_files(
    sources: Sequence[Path],
    destination: Path,
    options: RenderOptions | None = None,
    watched: Callable[[Iterator[Picture], int], Iterator[Picture]] = lambda pictures, _: pictures,
) -> None:
    """Draw files into one picture (.png, .jpg, .webp), side by side, or into a turn around them (.gif, .mp4).

    watched: what the pictures, of which there are so many, pass on their way, to show how far it has come.

    Raises FileError when a file cannot be read, or the picture cannot be written or is one of them; MissingLibrary where the
    library for .mp4 or for drawing is not installed.
    """
    options = options or RenderOptions()
    suffix = destination.suffix.lower()
    if suffix not in STILL + TURNING:
        raise FileError(f"{destination} is to be a picture, .png, .jpg or .webp, or a turn, .gif or .mp4.")
    check_folder_of(destination)
    check_apart([destination], sources)
    seen = [_upright(read_to_see(path), options.up) for path in sources]
    captions = [path.name for path in sources] if options.captions and len(sources) > 1 else None
    turns = np.zeros(1) if suffix in STILL else np.arange(options.frames) * 360.0 / options.frames
    view = View(azimuth=options.azimuth, elevation=options.elevation)

    def pictures() -> Iterator[Picture]:
        for turn in turns:
            yield drawn(seen, replace(view, azimuth=view.azimuth + float(turn)), options, captions)

    shown = watched(pictures(), len(turns))
    with atomic_path(destination) as path:
        if suffix in STILL:
            Image.fromarray(next(iter(shown))).save(path, quality=92)
        elif suffix == ".gif":
            _write_gif(path, shown)
        else:
            _write_film(path, shown)


def read_to_see(path: Path) -> Seen:
    """What a file shows: a mesh, or the surface of voxels; a scan, which a mesh format without faces holds, too; a picture.

    Raises FileError when it is none of them.
    """
    check_readable(path)
    suffix = path.suffix.lower()
    if suffix in PICTURES:
        return read_image(path)
    if suffix in MESHES:
        contents = MESHES[suffix](path, True)
        return read_mesh(path, paint=True) if contents.faces is not None and len(contents.faces) else read_cloud(path)
    kind = kind_of(path)
    if kind.name != "voxels":
        return read_cloud(path)
    grid = kind.read(path)
    assert isinstance(grid, VoxelGrid)
    return grid.frame.mesh_to_original(voxel_surface(grid.occupied))  # where a mesh that is made of them lies


def drawn(seen: Sequence[Seen], view: View, options: RenderOptions, captions: Sequence[str] | None = None) -> Picture:
    """The picture of several things from one side, one beside the other."""
    size = (options.size, options.size)
    boxes = [bounds for thing in seen if (bounds := _bounds(thing)) is not None]
    shared = None
    if options.same_frame and boxes:
        shared = np.stack([np.min([low for low, _ in boxes], axis=0), np.max([high for _, high in boxes], axis=0)])
    pictures = []
    for thing in seen:
        if isinstance(thing, Mesh):
            pictures.append(render_mesh(thing, size, view, bounds=shared, smooth=not options.flat))
        elif isinstance(thing, Cloud):
            chosen = np.random.default_rng(0).permutation(len(thing.points))[:_MOST_DRAWN]
            finite = chosen[np.isfinite(thing.points[chosen]).all(axis=1)]
            colors = None if thing.colors is None else thing.colors[finite]
            pictures.append(render_points(thing.points[finite], size, view, bounds=shared, colors=colors))
        else:
            pictures.append(_fitted(thing, options.size))
    return side_by_side(pictures, captions, columns=options.columns or min(4, len(pictures)))


def _bounds(thing: Seen) -> NDArray | None:
    if isinstance(thing, Mesh):
        return thing.bounds
    if not isinstance(thing, Cloud):
        return None
    points = thing.points[np.isfinite(thing.points).all(axis=1)]
    return np.stack([points.min(axis=0), points.max(axis=0)])


def _upright(thing: Seen, up: str) -> Seen:
    """The same with y up."""
    if up == "y" or not isinstance(thing, Mesh | Cloud):
        return thing
    turned = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]]).T
    normals = None if thing.normals is None else thing.normals @ turned
    if isinstance(thing, Mesh):
        return replace(thing, vertices=thing.vertices @ turned, normals=normals)
    return replace(thing, points=thing.points @ turned, normals=normals)


def _fitted(picture: Picture, size: int) -> Picture:
    """A picture within a white square of that size."""
    image = Image.fromarray(picture)
    image.thumbnail((size, size))
    square = Image.new("RGB", (size, size), "white")
    square.paste(image, ((size - image.width) // 2, (size - image.height) // 2))
    return np.asarray(square)


def _write_gif(path: Path, pictures: Iterator[Picture]) -> None:
    images = [Image.fromarray(picture) for picture in pictures]
    palette = images[0].quantize(255)
    frames = [image.quantize(palette=palette, dither=Image.Dither.NONE) for image in images]
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=1000 // 12, loop=0, optimize=False)


def _write_film(path: Path, pictures: Iterator[Picture]) -> None:
    with extra("app", "Writing .mp4"):
        import imageio.v2 as imageio
        import imageio_ffmpeg  # noqa: F401 (what imageio writes films with)
    with imageio.get_writer(path, format="FFMPEG", mode="I", fps=24, macro_block_size=1) as film:  # pyright: ignore[reportArgumentType]
        for picture in pictures:
            picture = np.pad(picture, [(0, edge % 2) for edge in picture.shape], mode="edge")  # films have even edges
            film.append_data(picture)  # pyright: ignore[reportAttributeAccessIssue]
