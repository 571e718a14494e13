"""glTF 2.0 (.glb, .gltf): every mesh of the scene in its place, and the colours of its materials; written through trimesh.

Own code, because trimesh gives zeros for sparse or compressed positions, takes quantised ones at face value, skips triangle
fans, opens pictures of any kind, and needs a time that grows with the third power of the depth of the nodes. Buffers and
pictures beside a .gltf are read only from its own folder. Materials are looked at only where colours are asked for: base
colours, their textures, and colours of vertices.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from occnet.errors import FileError
from occnet.files.contents import Contents
from occnet.files.formats.gltf_tree import Tree, parts_of_one
from occnet.files.limits import check_size
from occnet.files.material_colors import Material, Textures, painted_contents
from occnet.files.opening import check_readable
from occnet.files.polygons import fan_triangles, merge_identical
from occnet.files.srgb import linear

POINTS, LINES, TRIANGLES, STRIP, FAN = 0, (1, 2, 3), 4, 5, 6
_ROW = 24  # bytes of a point or a triangle


def read_gltf(path: Path, with_faces: bool, paint: bool = False) -> Contents:
    """All meshes (and for a cloud, points) of the scene, each placed by its node, joined where positions are exactly equal.

    paint: with the colours of materials and textures; vertices of several colours then come several times. Without it, normals
    and colours of vertices come along where no vertices were joined. Raises FileError when the file is not valid, refers to a
    file outside its folder, would fill too much memory, or uses what is not supported here.
    """
    check_readable(path)
    try:
        return _placed(Tree(path), with_faces, paint)
    except FileError:
        raise
    except ValueError as error:
        raise FileError(f"{path} is not valid glTF 2.0 ({str(error)[:80]}); export it again.") from error
    except Exception as error:  # whatever a damaged tree lacks or has in the wrong place
        why = "it is nested too deeply" if isinstance(error, RecursionError) else "a part that it needs is missing or misplaced"
        raise FileError(f"{path} is not valid glTF 2.0 ({why}); export it again.") from error


def write_gltf(path: Path, contents: Contents) -> None:
    """Write .glb with single-precision coordinates around the middle of the mesh, which a node moves into place.

    So the precision is that of the mesh's own size, however far from the origin it lies.
    """
    import trimesh

    low, high = contents.points.min(axis=0), contents.points.max(axis=0)
    center = low + 0.5 * (high - low)
    if (np.abs(center) <= 0.5 * (high - low).max()).all():
        center = np.zeros(3)  # around the origin nothing is gained, and a plain file is better
    geometry = trimesh.Trimesh(
        vertices=contents.points - center,
        faces=contents.faces,
        vertex_normals=contents.normals,
        vertex_colors=contents.colors,
        process=False,
        validate=False,
    )
    scene = trimesh.Scene()
    scene.add_geometry(
        geometry, node_name="mesh", geom_name="mesh", transform=trimesh.transformations.translation_matrix(center)
    )
    exported = scene.export(file_type="glb", include_normals=contents.normals is not None)
    if not isinstance(exported, bytes):
        raise TypeError(f"trimesh exported {type(exported)} instead of bytes")
    path.write_bytes(exported)


@dataclass(frozen=True, eq=False)
class _Part:
    """One primitive: what is drawn with one material."""

    points: NDArray  # (V, 3) as they stand in the file
    faces: NDArray[np.int64]  # (F, 3)
    normals: NDArray | None
    colors: NDArray[np.floating] | None  # (V, 3) parts of 1
    material: dict[str, Any]
    places: Callable[[int], NDArray | None]  # (V, 2) in textures, by the number of the set of coordinates

    @property
    def size(self) -> int:
        return _ROW * (len(self.points) + len(self.faces))


def _placed(tree: Tree, with_faces: bool, paint: bool) -> Contents:
    part_of = cache(lambda mesh, number: _part(tree, tree.part("meshes", mesh)["primitives"][number], with_faces))
    found: list[tuple[_Part, NDArray[np.float64]]] = []
    size = 0
    for node, matrix in tree.placed_nodes():
        if "mesh" not in node:
            continue
        for number in range(len(tree.part("meshes", node["mesh"])["primitives"])):
            part = part_of(node["mesh"], number)
            if part is not None:
                found.append((part, matrix))
                size += part.size
    check_size(size, tree.path, "the meshes that it places")
    if not found:
        what = "triangles" if with_faces else "vertices"
        raise FileError(f"{tree.path} has no {what} in its scene; export it with geometry.")
    ends = np.cumsum([len(part.points) for part, _ in found])
    points = np.concatenate([part.points @ matrix[:3, :3].T + matrix[:3, 3] for part, matrix in found])
    faces = np.concatenate(
        [_outward(part.faces, matrix) + (end - len(part.points)) for (part, matrix), end in zip(found, ends, strict=True)]
    )
    merged, joined = merge_identical(points, faces)
    if paint and with_faces:
        textures = Textures()
        texture = cache(lambda index: _texture(tree, index, textures))
        light = [_light(part, _outward(part.faces, matrix), tree, texture) for part, matrix in found]
        return painted_contents(merged, joined, np.concatenate(light))
    keeps_order = len(merged) == len(points)
    colors = _all_or_none([part.colors for part, _ in found]) if keeps_order else None
    return Contents(
        points=merged,
        faces=joined if with_faces else None,
        normals=_all_or_none([_rotated(part.normals, matrix) for part, matrix in found]) if keeps_order else None,
        colors=None if colors is None else np.rint(255.0 * np.clip(colors, 0.0, 1.0)).astype(np.uint8),
    )


def _part(tree: Tree, primitive: dict[str, Any], with_faces: bool) -> _Part | None:
    """A primitive, None when it is of no interest: points are no part of a mesh, lines neither of a mesh nor of a cloud."""
    mode, named = primitive.get("mode", TRIANGLES), primitive["attributes"]
    if mode not in (POINTS, *LINES, TRIANGLES, STRIP, FAN):
        raise FileError(f"{tree.path} has primitives of mode {mode}, which does not exist; export it as triangles.")
    if mode in LINES or (mode == POINTS and with_faces) or "POSITION" not in named:
        return None
    if "KHR_draco_mesh_compression" in primitive.get("extensions", {}):
        accessor = tree.part("accessors", named["POSITION"])
        if "bufferView" not in accessor and "sparse" not in accessor:  # others have the plain numbers, too
            raise tree.compressed("KHR_draco_mesh_compression")
    points = tree.scaled(named["POSITION"], "VEC3")
    faces = np.empty((0, 3), np.int64) if mode == POINTS else _faces(tree, primitive, mode, len(points))

    def attribute(name: str, *shapes: str) -> NDArray | None:
        """The values of an attribute, None where there are none for each point."""
        values = tree.scaled(named[name], *shapes) if name in named else None
        return values if values is not None and len(values) == len(points) else None

    colors = attribute("COLOR_0", "VEC3", "VEC4")
    if colors is not None and colors.dtype.kind != "f":
        colors = parts_of_one(colors)
    return _Part(
        points=points,
        faces=faces,
        normals=attribute("NORMAL", "VEC3"),
        colors=None if colors is None else colors[:, :3],
        material=tree.part("materials", primitive["material"]) if "material" in primitive else {},
        places=lambda number: attribute(f"TEXCOORD_{number}", "VEC2"),
    )


def _faces(tree: Tree, primitive: dict[str, Any], mode: int, count: int) -> NDArray[np.int64]:
    """The triangles of a primitive, (F, 3)."""
    corners = np.arange(count)
    if "indices" in primitive:
        corners = tree.numbers(primitive["indices"], "SCALAR")[:, 0].astype(np.int64)
    if corners.size and not 0 <= corners.min() <= corners.max() < count:
        raise ValueError(f"it has indices up to {corners.max()} for {count} vertices")
    if mode == TRIANGLES:
        return corners.reshape(-1, 3)
    if mode == FAN:
        return fan_triangles(np.array([len(corners)]), corners) if len(corners) > 2 else np.empty((0, 3), np.int64)
    steps = np.arange(max(len(corners) - 2, 0))
    strip = corners[np.stack([steps, steps + 1 + steps % 2, steps + 2 - steps % 2], axis=1)]
    a, b, c = strip.T
    return strip[(a != b) & (b != c) & (a != c)]  # strips are joined by triangles without area


def _outward(faces: NDArray[np.int64], matrix: NDArray[np.float64]) -> NDArray[np.int64]:
    return faces[:, ::-1] if np.linalg.det(matrix[:3, :3]) < 0 else faces  # a mirror turns the faces inside out


def _texture(tree: Tree, index: int, textures: Textures) -> NDArray[np.uint8] | None:
    """The pixels of a texture; None when they cannot be had."""
    texture = tree.part("textures", index)
    webp = texture.get("extensions", {}).get("EXT_texture_webp", {})
    source = webp.get("source", texture.get("source"))
    picture = None if source is None else tree.picture(source)
    return None if picture is None else textures.pixels(picture)


def _light(part: _Part, faces: NDArray[np.int64], tree: Tree, texture: Callable[[int], NDArray | None]) -> NDArray[np.float32]:
    """Linear RGB at the corners of faces, (F, 3, 3)."""
    plain = part.material.get("pbrMetallicRoughness", {})
    older = part.material.get("extensions", {}).get("KHR_materials_pbrSpecularGlossiness", {})
    factor = np.ones(3)
    pixels = places = None
    try:  # a mesh is worth more than its colours
        given = plain.get("baseColorFactor", older.get("diffuseFactor", (1.0, 1.0, 1.0)))
        factor = np.clip(np.array(given, dtype=np.float64)[:3].reshape(3), 0.0, 1.0)
        picked = plain.get("baseColorTexture", older.get("diffuseTexture"))
        if picked is not None:
            pixels, places = texture(picked["index"]), part.places(picked.get("texCoord", 0))
    except (FileError, ValueError, KeyError, IndexError, TypeError, AttributeError):
        pixels = None
    if places is not None:
        places = np.stack([places[:, 0], 1.0 - places[:, 1]], axis=1)[faces]  # in the file they run from the top
    light = Material(factor, pixels).light(places, len(faces))
    return light if part.colors is None else light * linear(255.0 * np.clip(part.colors, 0.0, 1.0))[faces]


def _rotated(normals: NDArray | None, matrix: NDArray[np.float64]) -> NDArray[np.float64] | None:
    if normals is None or np.linalg.matrix_rank(matrix[:3, :3]) < 3:
        return None
    turned = normals @ np.linalg.inv(matrix[:3, :3])
    length = np.linalg.norm(turned, axis=1, keepdims=True)
    return np.divide(turned, length, out=np.zeros_like(turned), where=length > 0)


def _all_or_none(blocks: list[Any]) -> NDArray | None:
    given = [block for block in blocks if block is not None]
    return np.concatenate(given) if len(given) == len(blocks) else None
