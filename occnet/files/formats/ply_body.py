"""The body of a PLY file, element after element, as text or as bytes. Nothing is allocated that the file does not hold."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from occnet.errors import FileError
from occnet.files.formats.ply_header import Element, Header, Property
from occnet.files.limits import check_size
from occnet.files.tables import lines_of, parse_table, parse_whole_numbers, shown

Lists = tuple[NDArray[np.int64], NDArray[np.int64]]
"""Lists of whole numbers of differing length: sizes (P,), and all their values one after another (sum of sizes,)."""


class BinaryBody:
    """Reads the elements of a binary file in the order of its header."""

    def __init__(self, data: bytes, header: Header, path: Path) -> None:
        self.data, self.position, self.path = data, header.size, path

    def columns(self, element: Element) -> dict[str, NDArray]:
        """The scalar properties by name, each (count,)."""
        rows = self._equal_rows(element)
        if rows is None:
            raise FileError(f"{self.path} has lists of differing length among its {element.name} rows; export it without them.")
        return {column.name: rows[column.name] for column in element.properties if column.count_dtype is None}

    def lists(self, element: Element, name: str) -> Lists:
        """The list property of that name; empty when there is none (which also serves to skip an element)."""
        rows = self._equal_rows(element)
        if rows is None:
            return self._walk(element, name)
        if f"{name} count" not in (rows.dtype.names or ()):
            return np.empty(0, np.int64), np.empty(0, np.int64)
        check_size(8 * rows[name].size, self.path, "its lists")
        values = rows[name].astype(np.int64)
        return np.full(len(rows), values.shape[1]), values.reshape(-1)

    def _equal_rows(self, element: Element) -> NDArray | None:
        """All rows as one view of the file when every list is as long as in the first row (triangles alone); else None."""
        self._check_left(element.count * element.smallest_row, element)
        layout, position = [], self.position
        for column in element.properties if element.count else ():
            if column.count_dtype is None:
                layout.append((column.name, column.dtype))
                position += column.dtype.itemsize
                continue
            length = self._number(position, column.count_dtype, element)
            layout += [(f"{column.name} count", column.count_dtype), (column.name, column.dtype, (length,))]
            position += column.count_dtype.itemsize + length * column.dtype.itemsize
            self._check_left(position - self.position, element)
        row = np.dtype(layout)
        if element.count * row.itemsize > len(self.data) - self.position:
            return None
        if row.itemsize == 0:
            return np.empty(0, [(column.name, column.dtype) for column in element.properties])
        rows = np.frombuffer(self.data, row, element.count, self.position)
        counts = [rows[name] for name in row.names or () if name.endswith(" count")]
        if any((count != count[0]).any() for count in counts):
            return None
        self.position += rows.nbytes
        return rows

    def _walk(self, element: Element, name: str) -> Lists:
        sizes, pieces = [], []
        for _ in range(element.count):
            for column in element.properties:
                length = 1
                if column.count_dtype is not None:
                    length = self._number(self.position, column.count_dtype, element)
                    self.position += column.count_dtype.itemsize
                size = length * column.dtype.itemsize
                self._check_left(size, element)
                if column.name == name and column.count_dtype is not None:
                    sizes.append(length)
                    pieces.append(self.data[self.position : self.position + size])
                self.position += size
        value_type = next((column.dtype for column in element.properties if column.name == name), np.dtype("i4"))
        check_size(8 * sum(sizes), self.path, "its lists")
        return np.array(sizes, np.int64), np.frombuffer(b"".join(pieces), value_type).astype(np.int64)

    def _number(self, position: int, dtype: np.dtype, element: Element) -> int:
        if position + dtype.itemsize > len(self.data):
            raise _too_short(self.path, element)
        number = int(np.frombuffer(self.data, dtype, 1, position)[0])
        if number < 0:
            raise FileError(f"{self.path} has a list of negative length among its {element.name} rows; export it again.")
        return number

    def _check_left(self, size: int, element: Element) -> None:
        if size > len(self.data) - self.position:
            raise _too_short(self.path, element)


class TextBody:
    """Reads the elements of a text file in the order of its header, one row a line; blank lines do not count."""

    def __init__(self, data: bytes, header: Header, path: Path) -> None:
        lines = lines_of(data[header.size :].decode("latin-1"))
        numbered = [(number, line) for number, line in enumerate(lines, start=header.lines + 1) if line.strip()]
        self.numbers = [number for number, _ in numbered]
        self.lines = [line for _, line in numbered]
        self.position, self.path = 0, path

    def columns(self, element: Element) -> dict[str, NDArray]:
        """The scalar properties by name, each (count,); those behind a list are left out."""
        scalars = []
        for column in element.properties:
            if column.count_dtype is not None:
                break
            scalars.append(column)
        lines, numbers = self._take(element)
        table = parse_table(lines, range(len(scalars)), self.path, numbers) if scalars else np.empty((0, 0))
        return {column.name: self._typed(values, column, numbers) for column, values in zip(scalars, table.T, strict=True)}

    def lists(self, element: Element, name: str) -> Lists:
        """The list property of that name; empty when there is none (which also serves to skip an element)."""
        sizes, values = [], []
        lines, numbers = self._take(element)
        if not any(column.name == name for column in element.properties):
            lines = []
        for line, number in zip(lines, numbers, strict=False):
            fields, position = line.split(), 0
            for column in element.properties:
                length = 1
                if column.count_dtype is not None:
                    length = sum(parse_whole_numbers(fields[position : position + 1], self.path, number))
                    position += 1
                if not 0 <= length <= len(fields) - position:
                    raise FileError(
                        f"{self.path}, line {number}: expected more numbers than {shown(line)} has; export it again."
                    )
                if column.name == name:
                    sizes.append(length)
                    values += parse_whole_numbers(fields[position : position + length], self.path, number)
                    break
                position += length
        return np.array(sizes, np.int64), np.array(values, np.int64)

    def _typed(self, values: NDArray[np.float64], column: Property, numbers: list[int]) -> NDArray:
        """Whole numbers in their type; others as they stand in the text, for that may say more than a float holds."""
        if column.dtype.kind == "f":
            return values
        limits = np.iinfo(column.dtype)
        wrong = ~((values == np.floor(values)) & (values >= limits.min) & (values <= limits.max))
        if wrong.any():
            row = int(wrong.argmax())
            raise FileError(
                f"{self.path}, line {numbers[row]}: {values[row]:g} does not fit {column.name}; export the file again."
            )
        return values.astype(column.dtype)

    def _take(self, element: Element) -> tuple[list[str], list[int]]:
        start, end = self.position, self.position + element.count
        if end > len(self.lines):
            raise _too_short(self.path, element)
        self.position = end
        return self.lines[start:end], self.numbers[start:end]


def _too_short(path: Path, element: Element) -> FileError:
    return FileError(
        f"{path} promises {element.count} rows of '{element.name}', but ends before them; it is cut off, copy it again."
    )
