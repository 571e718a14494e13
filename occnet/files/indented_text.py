"""The authors' settings files: the small part of YAML that they use, and nothing besides.

Maps by indentation, lists in brackets or with dashes, comments; numbers, true, false, null and texts. What goes
beyond it (anchors, several documents, texts over several lines) is refused, not guessed at.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from occnet.errors import FileError
from occnet.files.opening import read_bytes

_Line = tuple[int, int, str]  # number in the file, indentation, text
_REFUSED = ("&", "*", "|", ">", "{", "!", "@", "`", "%")


def read_settings(path: Path) -> dict[str, Any]:
    """The settings of a .yaml file as nested dicts and lists.

    Raises FileError when it is missing, no text, or uses more of YAML than the authors' files do.
    """
    try:
        text = read_bytes(path).decode("utf-8")
    except UnicodeDecodeError:
        raise FileError(f"{path} is no text; give the authors' .yaml file.") from None
    lines: list[_Line] = []
    for number, raw in enumerate(text.splitlines(), start=1):
        content = re.sub(r"(^|\s)#.*$", "", raw).rstrip()
        if content.strip() and content.strip() != "---":
            if content.lstrip(" ").startswith("\t"):
                raise FileError(f"{path}, line {number}: indentation by tabs is not read; use spaces.")
            lines.append((number, len(content) - len(content.lstrip(" ")), content.strip()))
    found, rest = _block(lines, path) if lines else ({}, [])
    if rest:
        raise FileError(f"{path}, line {rest[0][0]}: this indentation fits no line above; correct it.")
    if not isinstance(found, dict):
        raise FileError(f"{path} holds a list, but settings with names are needed; give the authors' .yaml file.")
    return found


def _block(lines: list[_Line], path: Path) -> tuple[Any, list[_Line]]:
    """The map or list that starts at the first line, and the lines behind it."""
    depth = lines[0][1]
    if lines[0][2].startswith("- ") or lines[0][2] == "-":
        items = []
        while lines and lines[0][1] == depth and lines[0][2].startswith("-"):
            items.append(_value(lines[0][2][1:].strip(), path, lines[0][0]))
            lines = lines[1:]
        return items, lines
    result: dict[str, Any] = {}
    while lines and lines[0][1] == depth:
        number, _, text = lines[0]
        name, colon, value = text.partition(":")
        if not colon or (value and not value.startswith(" ")):
            raise FileError(f"{path}, line {number}: {text[:60]!r} is no setting of the form 'name: value'.")
        lines = lines[1:]
        key = name.strip().strip("'\"")
        nested = bool(lines) and (lines[0][1] > depth or (lines[0][1] == depth and lines[0][2].startswith("- ")))
        if not value.strip() and nested:
            result[key], lines = _block(lines, path)
        else:
            result[key] = _value(value.strip(), path, number)
    return result, lines


def _value(text: str, path: Path, number: int) -> Any:
    if text == "{}":
        return {}
    if text.startswith("["):
        if not text.endswith("]") or "[" in text[1:]:
            raise FileError(f"{path}, line {number}: lists are read when they stand on one line, unnested.")
        return [_value(item.strip(), path, number) for item in text[1:-1].split(",") if item.strip()]
    if text.startswith(_REFUSED):
        raise FileError(f"{path}, line {number}: {text[:40]!r} is more of YAML than is read here; write the value plainly.")
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        return text[1:-1]
    plain = {"": None, "null": None, "~": None, "true": True, "false": False}
    if text.lower() in plain:
        return plain[text.lower()]
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
