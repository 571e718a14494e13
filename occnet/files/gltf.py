"""glTF 2.0 (.glb, .gltf) through trimesh, checked before it is parsed so that nothing is read wrong or from elsewhere.

trimesh gives zeros for sparse or compressed positions, takes quantised ones at face value and skips triangle fans; such files
are refused here. Buffers and textures beside a .gltf are read only from its own folder. Materials are looked at only where
colours are asked for: base colours, the textures of the first texture coordinates, and colours of vertices.
"""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np
from numpy.typing import NDArray

from occnet.errors import FileError
from occnet.files.contents import Contents
from occnet.files.materials import Material, painted_contents, texture_of
from occnet.files.opening import read_bytes
from occnet.files.polygons import merge_identical
from occnet.files.srgb import linear

GLB_MAGIC, JSON_CHUNK = b"glTF", b"JSON"
FLOAT, INDEX_TYPES = 5126, (5121, 5123, 5125)
POINTS, LINES, TRIANGLES, STRIP = 0, (1, 2, 3), 4, 5
REFUSED = {"KHR_draco_mesh_compression", "EXT_meshopt_compression", "KHR_meshopt_compression", "EXT_mesh_gpu_instancing"}
MOST_VERTICES = 50_000_000  # after instancing: a small file may place one mesh a million times


def read_gltf(path: Path, with_faces: bool, paint: bool = False) -> Contents:
    """All meshes (and for a cloud, points) of the scene, each placed by its node, joined where positions are exactly equal.

    paint: with the colours of materials and textures; vertices of several colours then come several times. Without it, normals
    and colours of vertices come along where no vertices were joined. Raises FileError when the file is not valid, refers to a
    file outside its folder, or uses what is not supported here.
    """
    import trimesh  # takes long to import and is needed for this format alone

    data = read_bytes(path)
    try:
        tree = _json(data)
        _check_supported(tree, len(data), path)
        buffers = {} if data[:4] == GLB_MAGIC else _buffers_beside(tree, path)
        buffers |= _textures_beside(tree, path) if paint else {}
        kind = "glb" if data[:4] == GLB_MAGIC else "gltf"
        scene = trimesh.load_scene(io.BytesIO(data), file_type=kind, resolver=buffers, skip_materials=not paint)
        return _placed(scene, with_faces, path, paint)
    except FileError:
        raise
    except Exception as error:  # whatever a parser stumbles over in a damaged file
        raise FileError(f"{path} is not valid glTF 2.0 ({type(error).__name__}: {error}); export it again.") from error


def write_gltf(path: Path, contents: Contents) -> None:
    """Nothing; writes .glb with single-precision coordinates around the middle of the mesh, which a node moves into place.

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


def _json(data: bytes) -> dict[str, Any]:
    text = data
    if data[:4] == GLB_MAGIC:
        if data[16:20] != JSON_CHUNK:
            raise ValueError("the first chunk is not JSON")
        text = data[20 : 20 + int.from_bytes(data[12:16], "little")]
    tree = json.loads(text)
    if not isinstance(tree, dict):
        raise ValueError("the JSON is no object")
    return tree


def _check_supported(tree: dict[str, Any], file_size: int, path: Path) -> None:
    """Nothing; raises FileError for what trimesh would read wrong, and for counts that the file cannot hold."""
    refused = REFUSED & set(tree.get("extensionsRequired", []))
    if refused:
        raise FileError(f"{path} needs the extension {min(refused)}, which is not supported; export it without.")
    children = [child for node in tree.get("nodes", []) for child in node.get("children", [])]
    scenes = tree.get("scenes", [])
    roots = scenes[tree.get("scene", 0)].get("nodes", []) if scenes else []
    if len({*children, *roots}) < len(children) + len(roots):
        raise FileError(f"{path} has nodes with more than one parent, which glTF forbids; export it again.")
    accessors = tree.get("accessors", [])
    most = file_size + sum(int(buffer["byteLength"]) for buffer in tree.get("buffers", []) if "uri" in buffer)
    for accessor in accessors:
        if not 0 <= accessor["count"] <= most:
            raise FileError(
                f"{path} promises {accessor['count']} values, more than it can hold; it is damaged, export it again."
            )
    for primitive in (primitive for mesh in tree.get("meshes", []) for primitive in mesh["primitives"]):
        mode = primitive.get("mode", TRIANGLES)
        if mode not in (POINTS, *LINES, TRIANGLES, STRIP):
            raise FileError(f"{path} has primitives of mode {mode}, which is not supported; export it as triangles.")
        position = accessors[primitive["attributes"]["POSITION"]]
        used: list[tuple[Any, str, tuple[int, ...]]] = [(position, "VEC3", (FLOAT,))]
        if "indices" in primitive:
            used.append((accessors[primitive["indices"]], "SCALAR", INDEX_TYPES))
        for accessor, shape, types in used:
            if "bufferView" not in accessor or "sparse" in accessor:
                raise FileError(f"{path} has compressed or sparse geometry, which is not supported; export it without.")
            if accessor["type"] != shape or accessor["componentType"] not in types:
                raise FileError(
                    f"{path} has quantised or unusual geometry, which is not supported; export it with float positions."
                )


def _buffers_beside(tree: dict[str, Any], path: Path) -> dict[str, bytes]:
    """Contents of the buffers that lie in the folder of path, by the name the file gives them."""
    folder = path.parent.resolve()
    buffers = {}
    for buffer in tree.get("buffers", []):
        name = buffer["uri"]
        if name.startswith("data:"):
            continue
        place = (folder / unquote(name)).resolve()
        if not place.is_relative_to(folder):
            raise FileError(f"{path} refers to {name!r} outside its folder, which is not read; put the buffer beside the file.")
        if not place.is_file():
            raise FileError(f"{path} refers to {name!r}, which is not beside it; put it there or export as .glb.")
        buffers[name] = read_bytes(place)
    return buffers


def _textures_beside(tree: dict[str, Any], path: Path) -> dict[str, bytes]:
    """Contents of the images that lie in the folder of path, by the name the file gives them; others are passed over."""
    folder = path.parent.resolve()
    names = [str(image["uri"]) for image in tree.get("images", []) if not str(image.get("uri", "data:")).startswith("data:")]
    places = {name: (folder / unquote(name)).resolve() for name in names}
    return {name: read_bytes(place) for name, place in places.items() if place.is_relative_to(folder) and place.is_file()}


def _placed(scene: Any, with_faces: bool, path: Path, paint: bool) -> Contents:
    points: list[NDArray] = []
    faces: list[NDArray] = []
    normals: list[NDArray | None] = []
    colors: list[NDArray | None] = []
    light: list[NDArray] = []
    total = 0
    textures: dict[int, NDArray[np.uint8] | None] = {}
    for node in scene.graph.nodes_geometry:
        matrix, name = scene.graph[node]
        geometry = scene.geometry[name]
        triangles = getattr(geometry, "faces", None)
        if triangles is None and (with_faces or not hasattr(geometry, "colors")):
            continue  # points are no part of a mesh, lines neither of a mesh nor of a cloud
        own = np.empty((0, 3), np.int64) if triangles is None else np.asarray(triangles, dtype=np.int64)
        if own.size and not 0 <= own.min() <= own.max() < len(geometry.vertices):
            raise ValueError(f"indices up to {own.max()} for {len(geometry.vertices)} vertices")
        if np.linalg.det(matrix[:3, :3]) < 0:  # a mirror turns the faces inside out
            own = own[:, ::-1]
        faces.append(own + total)
        total += len(geometry.vertices)
        if total > MOST_VERTICES:
            raise FileError(f"{path} places more than {MOST_VERTICES} vertices, too many to read; export parts of it.")
        points.append(geometry.vertices @ matrix[:3, :3].T + matrix[:3, 3])
        normals.append(_rotated_normals(geometry, matrix))
        visual: Any = getattr(geometry, "visual", None)
        colors.append(np.asarray(visual.vertex_colors)[:, :3] if getattr(visual, "kind", None) == "vertex" else None)
        if paint and with_faces:
            light.append(_light(visual, own, textures))
    if not total:
        raise FileError(f"{path} has no {'triangles' if with_faces else 'vertices'} in its scene; export it with geometry.")
    merged, joined_faces = merge_identical(np.concatenate(points), np.concatenate(faces))
    if light:
        return painted_contents(merged, joined_faces, np.concatenate(light))
    keeps_order = len(merged) == total
    return Contents(
        points=merged,
        faces=joined_faces if with_faces else None,
        normals=_all_or_none(normals) if keeps_order else None,
        colors=_all_or_none(colors) if keeps_order else None,
    )


def _light(visual: Any, faces: NDArray[np.int64], textures: dict[int, NDArray[np.uint8] | None]) -> NDArray[np.float32]:
    """Linear RGB at the corners of faces, (F, 3, 3); textures: those that were decoded already."""
    kind = getattr(visual, "kind", None)
    if kind == "vertex":
        return linear(np.asarray(visual.vertex_colors)[:, :3])[faces]
    if kind != "texture":
        return np.ones((len(faces), 3, 3), dtype=np.float32)
    factor = getattr(visual.material, "baseColorFactor", None)  # (4,) uint8, but linear
    image = getattr(visual.material, "baseColorTexture", None)
    if image is not None and id(image) not in textures:
        textures[id(image)] = texture_of(image)
    texture = None if image is None else textures[id(image)]
    plain = np.ones(3, np.float32) if factor is None else np.asarray(factor, dtype=np.float32)[:3] / 255.0
    light = Material(plain, texture).light(None if visual.uv is None else np.asarray(visual.uv)[faces], len(faces))
    own = visual.vertex_attributes.get("color")
    if own is None:
        return light
    scale = np.iinfo(own.dtype).max if own.dtype.kind == "u" else 1.0
    return light * linear(255.0 * np.asarray(own)[:, :3] / scale)[faces]


def _rotated_normals(geometry: Any, matrix: NDArray) -> NDArray | None:
    if "vertex_normals" not in getattr(geometry, "_cache", ()):  # given by the file, not to be computed here
        return None
    normals = np.asarray(geometry.vertex_normals) @ np.linalg.inv(matrix[:3, :3])
    length = np.linalg.norm(normals, axis=1, keepdims=True)
    return np.divide(normals, length, out=np.zeros_like(normals), where=length > 0)


def _all_or_none(blocks: list[NDArray | None]) -> NDArray | None:
    given = [block for block in blocks if block is not None]
    return np.concatenate(given) if len(given) == len(blocks) else None
