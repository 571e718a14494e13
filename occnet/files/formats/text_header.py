"""The line of names above a table in text: which of its columns are x, y and z, normals and colours."""

from __future__ import annotations

import re
from collections.abc import Iterator

from occnet.files.columns import POSITION, places_of, plain

_MARKS = re.compile(r"^\s*(#|//|%|!|;)*\s*")  # before a header that is written as a comment
_QUOTED = re.compile(r'"((?:[^"]|"")*)"')
# from the start of the white space before it, and to the next bracket: long rows of either are searched once
_BRACKETS = re.compile(r"(?<!\s)\s*[(\[{<][^()\[\]{}<>]*[)\]}>]")
_PHRASES = (  # names of several words, where words are all that parts columns
    "gps time",
    "adjusted gps time",
    "time stamp",
    "point id",
    "point number",
    "point name",
    "point no",
    "point source id",
    "scan angle",
    "scan angle rank",
    "scan id",
    "return number",
    "number of returns",
    "user data",
    "edge of flight line",
    *(f"{word} {axis}" for axis in POSITION for word in ("normal", "position", "pos", "point", "coordinate")),
    *(f"{axis} {word}" for axis in POSITION for word in ("coordinate", "coord", "position", "normal")),
)
_PHRASE_WORDS = sorted((tuple(phrase.split()) for phrase in _PHRASES), key=len, reverse=True)


def without_quotes(line: str) -> str:
    """A line whose quoted cells stand without quotes; what parts columns is an underscore in them."""

    def bare(match: re.Match[str]) -> str:
        cell = match[1].replace('""', "").strip()
        if re.fullmatch(r"[-+]?\d*,\d+([eE][-+]?\d+)?", cell):  # a decimal comma
            return cell.replace(",", ".")
        return re.sub(r"[\s,;|]+", "_", cell)

    return _QUOTED.sub(bare, line)


def names_of(header: str, columns: int, delimiter: str | None) -> list[str] | None:
    """The names of the first columns in one spelling, x, y and z among them; None when the header does not tell.

    columns: how many there are below it. delimiter: what parts them there, None for white space. The header may part its names
    by something else, have brackets with units, and names of several words.
    """
    for cells in _parted(_MARKS.sub("", header), delimiter):
        names = [plain(cell) for cell in cells]
        if len(names) > columns and names[-1] == "":
            names = names[:columns]
        if places_of(names, POSITION) is None:
            continue
        if len(names) == columns or (len(names) < columns and names[:3] == list(POSITION)):
            return names
    return _merged(_MARKS.sub("", header), columns)


def _parted(header: str, delimiter: str | None) -> Iterator[list[str]]:
    """The ways in which a header may be parted into cells, the likeliest first."""
    if delimiter is not None and delimiter in header:
        yield header.split(delimiter)
    if re.search(r"[,;\t|]", header):
        yield re.split(r"[,;\t|]", header.strip(",;|\t "))
    yield re.split(r"[\s,;|]+", _BRACKETS.sub("", header).strip(",;| \t"))


def _merged(header: str, columns: int) -> list[str] | None:
    """The names of columns that are parted by spaces alone, where some names are several words."""
    words = _BRACKETS.sub("", header).split()
    lowered = [word.lower() for word in words]
    names: list[str] = []
    place = 0
    while place < len(words):
        phrase = next((phrase for phrase in _PHRASE_WORDS if tuple(lowered[place : place + len(phrase)]) == phrase), None)
        names.append(plain(" ".join(words[place : place + len(phrase or "1")])))
        place += len(phrase or "1")
    position = places_of(names, POSITION)
    if position is None or len(names) < columns:
        return None
    if len(names) == columns:
        return names
    first = min(position)
    spread = sorted(position) == list(range(first, first + 3))
    if spread and first + 3 == len(names):  # the words of several names stand before them
        return [*("" for _ in range(columns - 3)), *names[first:]]
    if spread and first == 0:
        return names[:3]
    return None
