"""What README and the pages of docs/ tell their reader to type: commands, in blocks and within sentences, and Python."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = [*sorted((ROOT / "docs").glob("*.md")), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]

_BLOCK = re.compile(r"^ *```(\w*)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
_BEGINNING = re.compile(r"(OMP_NUM_THREADS=1 )?(occnet|python|pip|make|torchrun|tensorboard|\.venv/bin/python) ")
_WHOLE_ALONE = ("demo", "models", "doctor", "app")  # `occnet train` within a sentence is a name, `occnet doctor` can be typed


@dataclass(frozen=True)
class Command:
    """A command as it stands on a page, without its remark."""

    page: str
    text: str


def commands() -> list[Command]:
    """The commands of all pages in their order, each once: at the first place where it stands."""
    found: dict[str, Command] = {}
    for page in PAGES:
        for text in _typed(page):
            found.setdefault(text, Command(page.name, text))
    return list(found.values())


def _typed(page: Path) -> list[str]:
    """The commands of a page, those of its blocks and those within sentences in the order in which they stand."""
    text = page.read_text(encoding="utf-8")
    blocks = [match for match in _BLOCK.finditer(text) if not match[1]]
    lines = [(match.start(), line.partition(" #")[0].strip()) for match in blocks for line in match[2].splitlines()]
    prose = _BLOCK.sub(lambda match: " " * len(match[0]), text)
    lines += [(match.start(), " ".join(match[1].split())) for match in re.finditer(r"`([^`]+)`", prose)]
    return [line for _, line in sorted(lines, key=lambda placed: placed[0]) if _is_command(line)]


def _is_command(line: str) -> bool:
    if not _BEGINNING.match(line):
        return False
    words = line.split()
    return words[0] != "occnet" or len(words) > 2 or words[1] in _WHOLE_ALONE


def python_of(page: Path) -> list[str]:
    """The blocks of Python on a page."""
    return [match[2] for match in _BLOCK.finditer(page.read_text(encoding="utf-8")) if match[1] == "python"]
