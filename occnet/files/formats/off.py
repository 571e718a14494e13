"""OFF (also STOFF, COFF, NOFF, CNOFF, ...): read by its tokens, with comments anywhere and polygons of any size.

What the format leaves to lines is the colour of a face, which ends with its line; all else may be broken over lines or stand on
one. Written with 17 significant digits.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from occnet.errors import FileError
from occnet.files.contents import Contents, byte_colors
from occnet.files.limits import check_size
from occnet.files.opening import read_bytes
from occnet.files.polygons import fan_triangles
from occnet.files.tables import lines_of, parse_table, parse_whole_numbers, shown

_KEYWORD = re.compile(r"(ST|st)?(C|c)?(N)?(4n|4|n)?(?:OFF|off|Off)(?![A-Za-z])\s*(BINARY)?")
_COUNTS = re.compile(r"\d+\s+\d+(\s+\d+)?")
_FACE = re.compile(r"0*([3-9]|[1-9][0-9]+)(\s|$)")  # how it begins
_FEWEST_NUMBERS = 4  # of a face: how many corners, and three of them


@dataclass
class _Rest:
    """The lines that are not read yet, without comments and none of them empty, and their numbers in the file."""

    lines: Sequence[str]
    numbers: Sequence[int]

    def take(self, count: int) -> _Rest:
        """The next lines, which are not in the rest then."""
        first = _Rest(self.lines[:count], self.numbers[:count])
        self.lines, self.numbers = self.lines[count:], self.numbers[count:]
        return first


def read_off(path: Path, with_faces: bool) -> Contents:
    """The vertices of an OFF file and, where with_faces asks for them, its faces, cut into triangles.

    The word OFF may be missing, as the format allows, and the counts may follow it on its line. Texture coordinates are left
    out. Raises FileError when the file is no text OFF, promises more than it holds, or has a line that is not as it should be.
    """
    text = read_bytes(path).decode("utf-8-sig", errors="replace")
    stripped = [line.split("#", 1)[0].strip() for line in lines_of(text)]
    kept = [number for number, line in enumerate(stripped, start=1) if line]
    rest = _Rest([stripped[number - 1] for number in kept], kept)
    has_texture, has_colors, has_normals = _kind(rest, path)
    vertex_count, face_count = _counts(rest, path)
    face_count = face_count if with_faces else 0
    if vertex_count + face_count > len(rest.lines):
        words = sum(len(line.split()) for line in rest.lines)
        if 3 * vertex_count + _FEWEST_NUMBERS * face_count > words:
            raise FileError(f"{path} promises {vertex_count} vertices and {face_count} faces, but has only {words} numbers.")
    columns = 3 + 3 * has_normals + 3 * has_colors  # a fourth number of a colour, and what follows it, is not looked at
    section, rest = _vertices(rest, vertex_count, columns, columns + has_colors + 2 * has_texture, path)
    table = parse_table(section.lines, range(columns), path, section.numbers)
    return Contents(
        points=table[:, :3],
        faces=_triangles(rest, face_count, path) if with_faces else None,
        normals=table[:, 3:6] if has_normals else None,
        colors=_colors(table[:, -3:], section.lines[:1], columns) if has_colors else None,
    )


def write_off(path: Path, contents: Contents) -> None:
    """Write OFF; COFF where there are colours, NOFF where there are normals, and CNOFF where there are both."""
    faces = np.empty((0, 3), np.int64) if contents.faces is None else contents.faces
    columns, formats, keyword = [contents.points], ["%.17g"] * 3, "OFF"
    if contents.normals is not None:
        columns, formats, keyword = [*columns, contents.normals], formats + ["%.17g"] * 3, "N" + keyword
    if contents.colors is not None:
        columns, formats, keyword = [*columns, contents.colors], [*formats, "%d", "%d", "%d", "255"], "C" + keyword
    with open(path, "w", encoding="ascii", newline="\n") as file:
        file.write(f"{keyword}\n{len(contents.points)} {len(faces)} 0\n")
        np.savetxt(file, np.hstack(columns), fmt=" ".join(formats))
        np.savetxt(file, faces, fmt="3 %d %d %d")


def _kind(rest: _Rest, path: Path) -> tuple[bool, bool, bool]:
    """Whether vertices have texture coordinates, colours and normals, by the word that begins the file; takes it away."""
    keyword = _KEYWORD.match(rest.lines[0]) if rest.lines else None
    if keyword is None:
        if rest.lines and _COUNTS.fullmatch(rest.lines[0]):
            return False, False, False
        raise FileError(f"{path} does not begin with the word 'OFF', so it is no OFF file; give it the suffix of what it is.")
    if keyword[5] or keyword[4]:
        what = "binary" if keyword[5] else "in another number of dimensions than three"
        raise FileError(f"{path} is an OFF file that is {what}, which is not read; save it as .ply with MeshLab.")
    behind = rest.lines[0][keyword.end() :].strip()
    rest.lines = [behind, *rest.lines[1:]] if behind else rest.lines[1:]
    rest.numbers = rest.numbers if behind else rest.numbers[1:]
    return bool(keyword[1]), bool(keyword[2]), bool(keyword[3])


def _counts(rest: _Rest, path: Path) -> tuple[int, int]:
    """The numbers of vertices and of faces; takes them away, and the number of edges, which may be left out."""
    counts: list[str] = []
    while len(counts) < 2 and rest.lines:
        line = rest.take(1)
        words = line.lines[0].split()
        behind, counts = words[3 - len(counts) :], counts + words[: 3 - len(counts)]
        if behind:
            rest.lines, rest.numbers = [" ".join(behind), *rest.lines], [*line.numbers, *rest.numbers]
    if len(counts) < 2 or not all(re.fullmatch(r"[0-9]{1,15}", count) for count in counts[:2]):
        raise FileError(f"{path} lacks the numbers of vertices and faces behind 'OFF'; export it again.")
    return int(counts[0]), int(counts[1])


def _vertices(rest: _Rest, count: int, columns: int, full: int, path: Path) -> tuple[_Rest, _Rest]:
    """The vertices, one a line, and what follows them.

    columns: the fewest numbers of a vertex. full: as many as the format gives it, which count where they are not one a line.
    """
    widths = {len(line.split()) for line in rest.lines[:count]}
    plain = len(rest.lines) >= count and len(widths) <= 1 and min(widths, default=columns) >= columns
    found = None if plain else _rewrapped(rest, count, full)
    if found is not None:
        return found
    section = rest.take(count)
    if len(section.lines) < count:
        raise FileError(f"{path} promises {count} vertices of {columns} numbers, but ends before them; copy it again.")
    return section, rest


def _rewrapped(rest: _Rest, count: int, width: int) -> tuple[_Rest, _Rest] | None:
    """As _vertices, from lines that hold any number of numbers; None when they are not that many, or no face
    follows them on a line of its own."""
    words: list[str] = []
    origins: list[int] = []
    used = 0
    while len(words) < count * width and used < len(rest.lines):
        line = rest.lines[used].split()
        words += line
        origins += [rest.numbers[used]] * len(line)
        used += 1
    behind = words[count * width :]
    goes_on = behind or rest.lines[used : used + 1]
    if len(words) < count * width or (behind and len(rest.lines) >= count) or (goes_on and not _FACE.match(goes_on[0])):
        return None
    section = _Rest(
        [" ".join(words[start : start + width]) for start in range(0, count * width, width)], origins[::width][:count]
    )
    lines, numbers = rest.lines[used:], rest.numbers[used:]
    return section, _Rest([" ".join(behind), *lines] if behind else lines, [origins[-1], *numbers] if behind else numbers)


def _triangles(rest: _Rest, count: int, path: Path) -> NDArray[np.int64]:
    try:
        sizes, corners = _polygons(rest.lines, rest.numbers, count, path)
    except FileError:
        # several faces on a line, none of them with a colour: then the numbers come out even
        single = _one_face_a_line(" ".join(rest.lines).split(), count) if len(rest.lines) < count else None
        if single is None:
            raise
        sizes, corners = _polygons(single, [rest.numbers[0]] * count, count, path)
    check_size(24 * len(corners), path, "its faces")
    return fan_triangles(np.array(sizes, np.int64), np.array(corners, np.int64))


def _polygons(lines: Sequence[str], numbers: Sequence[int], count: int, path: Path) -> tuple[list[int], list[int]]:
    """Sizes and corners of the faces, each of which begins on a line, where its colour ends with a line."""
    sizes, corners = [], []
    place = 0
    for _ in range(count):
        if place >= len(lines):
            raise FileError(f"{path} promises {count} faces, but ends after {len(sizes)}; it is cut off, copy it again.")
        line, number = lines[place], numbers[place]
        fields = line.split()
        place += 1
        size = parse_whole_numbers(fields[:1], path, number)[0]
        while size >= len(fields) and place < len(lines):  # it goes on in the next line
            fields += lines[place].split()
            place += 1
        if size < 3 or size >= len(fields):
            raise FileError(
                f"{path}, line {number}: expected a number of corners >= 3 and that many indices, not {shown(line)}."
            )
        sizes.append(size)
        corners += parse_whole_numbers(fields[1 : size + 1], path, number)
    return sizes, corners


def _one_face_a_line(words: list[str], count: int) -> list[str] | None:
    """The faces parted, where their numbers alone make up the words; else None."""
    lines, place = [], 0
    while len(lines) < count and place < len(words) and re.fullmatch(r"[0-9]{1,9}", words[place]):
        end = place + 1 + int(words[place])
        lines.append(" ".join(words[place:end]))
        place = end
    return lines if len(lines) == count and place == len(words) else None


def _colors(values: NDArray[np.float64], lines: Sequence[str], columns: int) -> NDArray[np.uint8] | None:
    whole = np.isfinite(values).all() and not any("." in text for text in " ".join(lines).split()[columns - 3 : columns])
    return byte_colors(values.astype(np.int64) if whole else values)
