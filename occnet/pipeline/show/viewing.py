"""Files -> the page on which they are seen, one over the other: what they are, where they differ, what is wrong with them."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.spatial import KDTree

from occnet.errors import FileError
from occnet.files.atomic import atomic_path, check_folder_of
from occnet.files.clouds import Cloud
from occnet.files.inputs import check_apart
from occnet.geometry.distances import distances_to_mesh, distances_to_points, round_limit
from occnet.geometry.scan.spacing import local_spacing
from occnet.geometry.soundness.certificate import certify
from occnet.geometry.soundness.defects import defects_of
from occnet.mesh import Mesh
from occnet.pipeline.phases import announce
from occnet.pipeline.plain_words import defects_in_words, extent, soundness
from occnet.pipeline.show.render import Seen, read_to_see
from occnet.pipeline.show.view_options import ViewOptions
from occnet.viewer.layers import Layer, Marks, Picture, Points, Surface
from occnet.viewer.packing import Scene
from occnet.viewer.page import page

_GAPS = 5.0  # between neighbouring points of a scan: so far is the darkest colour, at least
_MOST_POINTS = 400_000  # of a scan; a page of more is slow to open, and they hide each other


def save_view(sources: Sequence[Path], destination: Path, options: ViewOptions | None = None) -> None:
    """Write the page of some files: one file that needs no server and no network.

    Raises FileError when one cannot be read, or the page cannot be written or would be written over one of them.
    """
    if destination.suffix.lower() not in (".html", ".htm"):
        raise FileError(f"{destination} is to be a page, and so a .html file.")
    check_folder_of(destination)
    check_apart([destination], sources)
    text = view_page(sources, options)
    with atomic_path(destination) as path:
        path.write_text(text, encoding="utf-8")


def view_page(sources: Sequence[Path], options: ViewOptions | None = None) -> str:
    """The page on which files are seen, one over the other. Raises what `scene_of_files` does."""
    scene = scene_of_files(sources, options)
    announce("make the page")
    return page(scene)


def scene_of_files(sources: Sequence[Path], options: ViewOptions | None = None) -> Scene:
    """What is seen of meshes, scans, voxels and pictures. Raises FileError when one cannot be read or none is named."""
    if not sources:
        raise FileError("No file is named; give at least one mesh, scan, picture or voxel grid.")
    announce("read")
    named = {_name(path, sources): _drawn(read_to_see(path)) for path in sources}
    return scene_of(named, options)


def scene_of(things: dict[str, Seen], options: ViewOptions | None = None) -> Scene:
    """What is seen of things in memory, by their names; clouds without points that are not finite."""
    options = options or ViewOptions()
    compared = _compared(things) if options.compare else {}
    layers: list[Layer] = []
    for name, thing in things.items():
        distances = compared.get(name)
        if isinstance(thing, Mesh):
            layers += _of_mesh(name, thing, distances, options.certify)
        elif isinstance(thing, Cloud):
            note = f"{len(thing.points):,} points · {extent(thing.points)}"
            layers.append(Points(name, thing.points, thing.colors, distances, note=note))
        else:
            layers.append(Picture(name, _as_png(thing), note=f"{thing.shape[1]} x {thing.shape[0]} pixels"))
    clouds = [thing.points for thing in things.values() if isinstance(thing, Cloud)]
    farthest = _upper_end(compared, clouds) if compared else 0.0
    return Scene(
        layers,
        title=", ".join(list(things)[:3]) + (" ..." if len(things) > 3 else ""),
        up=options.up,
        farthest=farthest,
        distance_text=f"Distance between {'mesh and scan' if clouds else 'the meshes'}, in the units of the files",
    )


def drawn_part(cloud: Cloud) -> Cloud:
    """The finite points of a scan and their colours, no more than are to be drawn. Raises FileError where there are none."""
    kept = np.flatnonzero(np.isfinite(cloud.points).all(axis=1))
    if not len(kept):
        raise FileError(f"{cloud.source} holds no point with finite coordinates; there is nothing to see of it.")
    if len(kept) > _MOST_POINTS:
        kept = np.sort(np.random.default_rng(0).choice(kept, _MOST_POINTS, replace=False))
    return Cloud(cloud.points[kept], None, None if cloud.colors is None else cloud.colors[kept], source=cloud.source)


def _of_mesh(name: str, mesh: Mesh, distances: NDArray | None, examine: bool) -> list[Layer]:
    note, problem, marks = f"{len(mesh.faces):,} faces · {extent(mesh.vertices)}", "", []
    if examine:
        announce(f"certify {name}")
        certificate = certify(mesh, second_opinion=False)
        problem = defects_in_words(certificate)
        note += "" if problem else f"\n{soundness(certificate)}"
        problem = problem and f"no solid: {problem}"
        lines = defects_of(mesh).lines if problem else np.zeros((0, 2, 3))
        marks = [Marks(f"defects of {name}", lines, note=f"{len(lines):,} edges in red")] if len(lines) else []
    return [Surface(name, mesh.vertices, mesh.faces, mesh.colors, distances, note=note, problem=problem), *marks]


def _compared(things: dict[str, Seen]) -> dict[str, NDArray]:
    """Of each mesh its distances to the first scan, or else to the first other mesh; of each scan, to the first mesh."""
    meshes = {name: thing for name, thing in things.items() if isinstance(thing, Mesh) and len(thing.faces)}
    clouds = {name: thing for name, thing in things.items() if isinstance(thing, Cloud) and len(thing.points)}
    found = {}
    for name, mesh in meshes.items():
        other = next((one for title, one in meshes.items() if title != name), None)
        if clouds:
            announce("compare")
            found[name] = distances_to_points(mesh.vertices, next(iter(clouds.values())).points)
        elif other is not None:
            announce("compare")
            found[name] = distances_to_mesh(mesh.vertices, other)
    if meshes:
        first = next(iter(meshes.values()))
        found |= {name: distances_to_mesh(cloud.points, first) for name, cloud in clouds.items()}
    return found


def _upper_end(compared: dict[str, NDArray], clouds: Sequence[NDArray]) -> float:
    """The distance at the upper end of the colours: few are above it, and a gap between the points of a scan is far below."""
    gap = max((float(np.median(local_spacing(cloud, KDTree(cloud)))) for cloud in clouds if len(cloud) > 1), default=0.0)
    found = np.concatenate(list(compared.values()))
    return max(round_limit(found), round_limit(np.full(1, _GAPS * gap)))


def _name(path: Path, sources: Sequence[Path]) -> str:
    """The name of a file, with its folders where another has the same."""
    return path.name if sum(other.name == path.name for other in sources) == 1 else str(path)


def _drawn(thing: Seen) -> Seen:
    return drawn_part(thing) if isinstance(thing, Cloud) else thing


def _as_png(picture: NDArray[np.uint8]) -> bytes:
    stream = io.BytesIO()
    image = Image.fromarray(picture)
    image.thumbnail((640, 640))
    image.save(stream, format="PNG")
    return stream.getvalue()
