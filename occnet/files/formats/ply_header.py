"""The header of a PLY file: its encoding, and the tables (elements) that it announces."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from occnet.errors import FileError
from occnet.files.tables import lines_of

TYPES = {
    **dict.fromkeys(("char", "int8"), "i1"),
    **dict.fromkeys(("uchar", "uint8"), "u1"),
    **dict.fromkeys(("short", "int16"), "i2"),
    **dict.fromkeys(("ushort", "uint16"), "u2"),
    **dict.fromkeys(("int", "int32"), "i4"),
    **dict.fromkeys(("uint", "uint32"), "u4"),
    **dict.fromkeys(("float", "float32"), "f4"),
    **dict.fromkeys(("double", "float64"), "f8"),
    "int64": "i8",
    "uint64": "u8",
}
BYTE_ORDERS = {"ascii": "", "binary_little_endian": "<", "binary_big_endian": ">"}
LONGEST_HEADER = 1 << 20  # bytes; a file without an end of header is not searched to its end
_END = re.compile(rb"(?:\r\n|\n|\r)end_header[ \t]*(?:\r\n|\n|\r|\Z)")


@dataclass(frozen=True)
class Property:
    """One column of an element: the numpy type of its values, and for a list that of the count before them."""

    name: str
    dtype: np.dtype
    count_dtype: np.dtype | None = None


@dataclass(frozen=True)
class Element:
    """One table of a PLY file, as its header announces it."""

    name: str
    count: int
    properties: list[Property] = field(default_factory=list)

    @property
    def smallest_row(self) -> int:
        """Bytes that one row takes at least in binary: its numbers, and the counts of its lists."""
        return sum((column.count_dtype or column.dtype).itemsize for column in self.properties)


@dataclass(frozen=True)
class Header:
    """What a PLY header says; lines is the number of its lines and size that of its bytes, end included."""

    is_text: bool
    elements: list[Element]
    lines: int
    size: int


def read_header(data: bytes, path: Path) -> Header:
    """The header at the start of data; path is for messages. Raises FileError when it is not one of PLY.

    Lines that are none of its own (a remark without the word comment, a key of some program) are passed over.
    """
    if not re.match(rb"ply\s", data, re.IGNORECASE):
        raise FileError(f"{path} does not begin with the word 'ply', so it is no PLY file; give it the suffix of what it is.")
    end = _END.search(data, 0, LONGEST_HEADER)
    if end is None:
        raise FileError(f"{path} has a PLY header without the line 'end_header'; it is cut off, export or copy it again.")
    order = None
    elements: list[Element] = []
    names: set[str] = set()  # of the properties of the last element
    lines = lines_of(data[: end.start()].decode("latin-1"))
    for number, line in enumerate(lines, start=1):
        try:
            match line.split():
                case ["format", encoding, *_]:
                    order = BYTE_ORDERS[encoding]
                case ["element", name, count]:
                    elements.append(Element(name, _count(count)))
                    names = set()
                case ["property", "list", count_type, value_type, name]:
                    column = Property(name, np.dtype(f"{order}{TYPES[value_type]}"), np.dtype(f"{order}{TYPES[count_type]}"))
                    _append(elements[-1], column, names)
                case ["property", value_type, name]:
                    _append(elements[-1], Property(name, np.dtype(f"{order}{TYPES[value_type]}")), names)
                case ["format" | "element" | "property", *_]:
                    raise ValueError(line)
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise FileError(
                f"{path}, line {number}: {line[:60]!r} is not valid in a PLY header; export the file again."
            ) from error
    if order is None:
        raise FileError(f"{path} has a PLY header without the line 'format'; export it again.")
    return Header(is_text=order == "", elements=elements, lines=len(lines) + 1, size=end.end())


def _append(element: Element, column: Property, names: set[str]) -> None:
    if column.name in names:
        raise ValueError(f"property {column.name} twice")
    if column.count_dtype is not None and column.count_dtype.kind == "f":
        raise ValueError("a list's length is no floating-point number")
    names.add(column.name)
    element.properties.append(column)


def _count(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,15}", text):
        raise ValueError(f"{text} is no count")
    return int(text)
