"""Ways to damage a file: as a bad disk does, and as somebody does who wants to do harm."""

from __future__ import annotations

import io
import json
import random
import re
import struct
import zipfile
import zlib
from collections.abc import Callable
from typing import Any

HARD_NUMBERS = (
    "99999999999999999999",
    "4294967296",
    "2147483647",
    "1000000",
    "-1",
    "0",
    "",
    "nan",
    "1e999",
    "1e-320",
    "0x10",
    "1_0",
)
HARD_WORDS = (0, 1, 2**7, 2**8 - 1, 2**15, 2**16 - 1, 2**20, 2**31 - 1, 2**31, 2**32 - 1, 2**62, 2**63, 2**64 - 1)
HARD_TYPES = ("|O", "<f2", ">f8", "<c16", "<U4000000", "|V0", "|S1", "<M8[s]", "|b1")
NPY = b"\x93NUMPY"
DEPTH = 20_000  # of nested brackets


def mutant(data: bytes, name: str, generator: random.Random) -> tuple[bytes, str]:
    """The data of a file of that name, damaged, and in which ways."""
    ways = [flipped, cut, spliced, inflated_text, inflated_words, worded]
    if data[:4] == b"PK\3\4":
        ways += [in_archive] * 4
    if NPY in data[:200]:
        ways += [with_other_array] * 4
    if name.endswith((".json", ".gltf", ".glb", ".safetensors")):
        ways += [with_other_tree] * 6
    if name.endswith((".toml", ".yaml")):
        ways += [with_other_value] * 6
    chosen = generator.choices(ways, k=generator.choice((1, 1, 1, 2)))
    for way in chosen:
        data = way(data, generator)
    return data, "+".join(way.__name__ for way in chosen)


def flipped(data: bytes, generator: random.Random) -> bytes:
    """A few bits are others."""
    changed = bytearray(data)
    for _ in range(generator.choice((1, 1, 2, 4, 16, 64)) if changed else 0):
        changed[_place(changed, generator)] ^= 1 << generator.randrange(8)
    return bytes(changed)


def cut(data: bytes, generator: random.Random) -> bytes:
    """The end is missing, or the start."""
    place = generator.randrange(len(data) + 1)
    return data[:place] if generator.random() < 0.8 else data[place:]


def spliced(data: bytes, generator: random.Random) -> bytes:
    """A piece is missing, comes twice, or many times, or stands elsewhere."""
    start = generator.randrange(len(data) + 1)
    piece = data[start : start + generator.choice((1, 2, 4, 16, 100, 1000))]
    match generator.randrange(4):
        case 0:
            return data[:start] + data[start + len(piece) :]
        case 1:
            return data[:start] + piece + data[start:]
        case 2:
            return data[:start] + piece * generator.choice((10, 1000)) + data[start:]
        case _:
            place = generator.randrange(len(data) + 1)
            return data[:place] + piece + data[place:]


def inflated_text(data: bytes, generator: random.Random) -> bytes:
    """A number that is written out is another."""
    numbers = list(re.finditer(rb"-?\d+(\.\d+)?", data[:4000]))
    if not numbers:
        return flipped(data, generator)
    number = generator.choice(numbers)
    return data[: number.start()] + generator.choice(HARD_NUMBERS).encode() + data[number.end() :]


def inflated_words(data: bytes, generator: random.Random) -> bytes:
    """A few whole numbers of the head or the end are others: sizes, counts, places."""
    changed = bytearray(data)
    for _ in range(generator.choice((1, 1, 2, 3))):
        size = generator.choice((1, 2, 4, 8))
        if len(changed) > size:
            place = min(_place(changed, generator), len(changed) - size)
            value = generator.choice(HARD_WORDS) % (1 << 8 * size)
            changed[place : place + size] = value.to_bytes(size, generator.choice(("little", "big")))  # type: ignore[arg-type]
    return bytes(changed)


def worded(data: bytes, generator: random.Random) -> bytes:
    """A word of the head is another word of it, very long, not of ASCII, or comes very often."""
    words = list(re.finditer(rb"[A-Za-z_]{2,}", data[:4000]))
    if not words:
        return cut(data, generator)
    word, other = generator.choice(words), generator.choice(words)[0]
    hard = (
        other,
        b"",
        word[0] * 1000,
        "Åß全\u0085\u2028".encode(),
        b"\xff\xfe",
        b"\0",
        b"(" * 3000,
        b" " * 3000,
        b"../" * 9 + other,
    )
    return data[: word.start()] + generator.choice(hard) + data[word.end() :]


def in_archive(data: bytes, generator: random.Random) -> bytes:
    """A member of a zip archive is damaged, has another name, or comes twice; or is packed by other means."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [(member.filename, archive.read(member)) for member in archive.infolist()]
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, EOFError, OSError, zlib.error):
        return flipped(data, generator)
    if not members:
        return data
    number = generator.randrange(len(members))
    name, held = members[number]
    match generator.randrange(8):
        case 0:
            members[number] = (
                generator.choice(("", "a/../../b.obj", "/b.npy", "é\udcff.obj".encode("utf-8", "replace").decode())),
                held,
            )
        case 1:
            members.append((name, held))
        case 2:
            del members[number]
        case 3:
            members[number] = (name, b"\0" * 3_000_000)
        case _:
            members[number] = (name, mutant(held, name, generator)[0])
    packing = generator.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA))
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", packing) as archive:
        for name, held in members:
            archive.writestr(zipfile.ZipInfo(name), held, packing)
    return stream.getvalue()


def with_other_array(data: bytes, generator: random.Random) -> bytes:
    """The header of a NumPy array has another shape, type or order, or is none."""
    start = data.find(NPY)
    if start < 0 or len(data) < start + 10:
        return flipped(data, generator)
    (length,) = struct.unpack_from("<H", data, start + 8)
    header = data[start + 10 : start + 10 + length].decode("latin-1")
    match generator.randrange(5):
        case 0:
            shape = ", ".join(generator.choice(("10000000000", "-1", "0", "3", "True", "1.5", "2**40")) for _ in range(3))
            header = re.sub(r"\([^()]*\)", f"({shape})", header)
        case 1:
            header = re.sub(r"'descr': '[^']*'", f"'descr': '{generator.choice(HARD_TYPES)}'", header)
        case 2:
            header = header.replace("False", "True")
        case 3:
            header = generator.choice(
                ("(" * 300 + ")" * 300, "{}", "[1]", "{'descr': [('a', '<f8', (9999999, 9999))]}", "__import__('os')")
            )
        case _:
            header = inflated_text(header.encode("latin-1"), generator).decode("latin-1")
    body = header.encode("latin-1")
    return data[: start + 8] + struct.pack("<H", len(body)) + body + data[start + 10 + length :]


def with_other_tree(data: bytes, generator: random.Random) -> bytes:
    """A value somewhere in a tree of JSON is another: of another type, absurdly large, or nested without end."""
    start, end = (20, 20 + int.from_bytes(data[12:16], "little")) if data[:4] == b"glTF" else (0, len(data))
    if data[:1] not in b"{[" and data[8:9] == b"{":  # safetensors: a length, and the tree
        start, end = 8, 8 + int.from_bytes(data[:8], "little")
    try:
        tree = json.loads(data[start:end])
    except (ValueError, RecursionError):
        return flipped(data, generator)
    parents = list(_parents(tree))
    if not parents:
        return cut(data, generator)
    parent, key = generator.choice(parents)
    if generator.random() < 0.15 and isinstance(parent, dict):
        del parent[key]
    else:
        parent[key] = "@@" if generator.random() < 0.2 else _hard_value(generator)
    deep = "[" * DEPTH + "]" * DEPTH if generator.random() < 0.5 else '{"a":' * DEPTH + "1" + "}" * DEPTH
    text = json.dumps(tree).replace('"@@"', deep).encode()
    if start == 20:
        return data[:12] + len(text).to_bytes(4, "little") + data[16:20] + text + data[end:]
    return (len(text).to_bytes(8, "little") if start == 8 else b"") + text + data[end:]


def with_other_value(data: bytes, generator: random.Random) -> bytes:
    """A value of a recipe or of settings is another."""
    places = list(re.finditer(rb"(?<=[=:] )[^\n]+", data)) or list(re.finditer(rb"\w+", data))
    if not places:
        return cut(data, generator)
    hard = (
        "[" * DEPTH,
        "{a: " * 200,
        "2020-13-45",
        "9" * 5000,
        "!!float x",
        "!!python/object:os.system {}",
        "null",
        "[[1], {}]",
        "''",
    )
    hard += (
        "-1",
        "1e999",
        "true",
        '"a"',
        "[]",
        "{}",
        "0.5",
        "99999999999",
        "&a [*a, *a]",
        "? [a, b]",
        "<<: {a: 1}",
        "'\\ud800'",
    )
    place = generator.choice(places)
    return data[: place.start()] + generator.choice(hard).encode() + data[place.end() :]


def _place(data: bytearray, generator: random.Random) -> int:
    """A place in the data, of which the first and the last hundred bytes are likelier than others."""
    match generator.randrange(3):
        case 0:
            return generator.randrange(min(100, len(data)))
        case 1:
            return len(data) - 1 - generator.randrange(min(100, len(data)))
        case _:
            return generator.randrange(len(data))


def _parents(tree: Any) -> Any:
    """Every place in a tree: what it lies in, and its key there."""
    for key in list(tree) if isinstance(tree, dict) else range(len(tree)) if isinstance(tree, list) else ():
        yield tree, key
        yield from _parents(tree[key])


def _hard_value(generator: random.Random) -> Any:
    values: list[Callable[[], Any] | Any] = [
        None,
        True,
        -1,
        0,
        1,
        2**31,
        2**63,
        10**30,
        0.5,
        1e308,
        float("nan"),
        "",
        "a" * 2000,
    ]
    values += [
        [],
        {},
        [1, 2, 3],
        [[]],
        {"a": 1},
        "data:;base64,!",
        "../../etc/passwd",
        "\ud800",
        "\0",
        list(range(3000)),
        "VEC4",
        5121,
    ]
    return generator.choice(values)
