"""Results of any program, as files, scored against true meshes of the same names."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path, PurePosixPath

import numpy as np

from occnet.data.sources import open_meshes
from occnet.errors import FileError, MeshError, OccnetError, failing_as
from occnet.files.clouds import READERS as CLOUDS
from occnet.files.clouds import read_cloud
from occnet.files.meshes import READERS as MESHES
from occnet.geometry.cleaning import is_closed, unit_mesh
from occnet.mesh import Mesh
from occnet.pipeline.evaluate.cases import Protocol, make_case
from occnet.pipeline.evaluate.compare_options import CompareOptions
from occnet.pipeline.evaluate.score_table import by_category, failure_rule, group_table, write_shape_scores
from occnet.pipeline.evaluate.scores import ShapeScore, as_published, scored
from occnet.pipeline.progress import tracked


def score_results(results: Path, truth: Path, options: CompareOptions) -> list[ShapeScore]:
    """The scores of the files in a folder, each beside the true mesh of the same name, in the coordinates of that.

    results: meshes, or clouds for sets of points; a name is that of the true mesh up to the suffix, with its folders or, where
    no two true meshes have the same, without. truth: closed meshes, as `open_meshes` takes them; open ones are named on stderr
    and left out. Writes `scores.csv` and `table.md` into options.output, if one is given.
    Raises FileError or MeshError when nothing fits together.
    """
    found, source = _result_files(results), open_meshes(truth)
    names = {index: PurePosixPath(name).with_suffix("").as_posix() for index, name in enumerate(source.names)}
    stems = [PurePosixPath(name).name for name in names.values()]
    files = {
        index: found.get(name) or (found.get(stems[index]) if stems.count(stems[index]) == 1 else None)
        for index, name in names.items()
    }
    if not any(files.values()):
        raise FileError(
            f"No file in {results} is called like a mesh of {truth}: there are, for example, {_some(found)}, and of the true "
            f"ones {_some(names.values())}. A result has the name of its true mesh, with a suffix of its own."
        )
    for name in sorted(set(found) - {found_name for found_name, path in found.items() if path in files.values()}):
        print(f"occnet: left out: {found[name]} has no true mesh of its name", file=sys.stderr)
    scores = []
    for index in tracked(list(names)[:: -(-len(names) // (options.most or len(names)))], "Scoring results"):
        try:
            with failing_as(MeshError, source.names[index]):
                mesh = source.read(index)
            if not is_closed(mesh):
                raise MeshError(f"{source.names[index]} has open edges, so that it has no inside; `occnet repair` closes it")
        except OccnetError as problem:
            print(f"occnet: left out: {problem}", file=sys.stderr)
            continue
        scores.append(_score(names[index], mesh, files[index]))
    if not scores:
        raise MeshError(f"{truth} has no closed meshes, so that there is nothing to score by.")
    if options.protocol == "published":
        scores = [as_published(score) for score in scores]
    if options.output:
        options.output.mkdir(parents=True, exist_ok=True)
        write_shape_scores(options.output / "scores.csv", scores)
        (options.output / "table.md").write_text(as_table(scores, options) + "\n", encoding="utf-8")
    return scores


def as_table(scores: list[ShapeScore], options: CompareOptions) -> str:
    """The scores by category as Markdown, with how failures count if there are any."""
    failed = [score for score in scores if score.failure]
    table = group_table(by_category(scores))
    if not failed:
        return table
    listed = [f"  {score.name}: {score.failure}" for score in failed[:10]]
    more = [f"  and {len(failed) - 10} more"] if len(failed) > 10 else []
    return "\n".join([table, "", failure_rule(options.protocol), *listed, *more])


def _score(name: str, truth: Mesh, path: Path | None) -> ShapeScore:
    if path is None:
        return ShapeScore(name, failure="there is no result of this name")
    try:
        case = make_case(name, truth, Protocol())
        return scored(unit_mesh(truth)[1].mesh_to_unit(read_result(path)), case)
    except OccnetError as problem:
        return ShapeScore(name, failure=str(problem))


def read_result(path: Path) -> Mesh:
    """A mesh, or a set of points: a mesh without faces. Raises FileError when the file holds neither."""
    suffix = path.suffix.lower()
    if suffix in MESHES:
        contents = MESHES[suffix](path, True)
        faces = contents.faces if contents.faces is not None else np.zeros((0, 3), dtype=np.int64)
        with failing_as(FileError, str(path)):
            return Mesh(contents.points, faces, contents.normals)
    cloud = read_cloud(path)
    return replace(Mesh(cloud.points, np.zeros((0, 3), dtype=np.int64)), normals=cloud.normals)


def _result_files(folder: Path) -> dict[str, Path]:
    """The files that may be results, by their names below the folder without suffixes."""
    if not folder.is_dir():
        raise FileError(f"{folder} is no folder; give one with a result for each true mesh.")
    paths = [path for path in sorted(folder.rglob("*")) if path.suffix.lower() in {*MESHES, *CLOUDS} and path.is_file()]
    found: dict[str, Path] = {}
    for path in paths:
        name = path.relative_to(folder).with_suffix("").as_posix()
        if name in found:
            raise FileError(f"{found[name]} and {path} are two results of one name; keep one of them.")
        found[name] = path
    return found


def _some(names: object) -> str:
    listed = list(names)  # type: ignore[call-overload]
    return ", ".join(map(repr, listed[:3])) or "none"
