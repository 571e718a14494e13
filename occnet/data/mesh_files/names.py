"""Names of meshes: which of them are chosen, and what a second one of a name is called."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from fnmatch import fnmatchcase
from itertools import count

from occnet.errors import FileError


def numbered(name: str, used: Container[str], first: int = 2) -> tuple[str, int]:
    """The name with the first number, from `first` on, that gives one which is not used, "chair (2)"; and that number."""
    return next((made, number) for number in count(first) if (made := f"{name} ({number})") not in used)


def distinct(names: Iterable[str]) -> list[str]:
    """The names in order, those numbered that came before."""
    given = list(names)
    used, result = set(given), list[str]()
    last: dict[
        str, int
    ] = {}  # number of each name so far, from which on the next is sought: else many equal ones take for ever
    for name in given:
        made, last[name] = numbered(name, used, last[name] + 1) if name in last else (name, 1)
        result.append(made)
        used.add(made)
    return result


def chosen_names(names: Sequence[str], only: Sequence[str], leave_out: Sequence[str]) -> list[str]:
    """The names, in order, that match one of the patterns `only` (all, if there is none) and none of `leave_out`.

    Patterns are those of a shell (`*`, `?`, `[ab]`), for the whole name, in which `*` also stands for slashes; upper and lower
    case are one. Raises FileError, with a few of the names, when none is left, or a pattern of `only` matches nothing.
    """
    lowered = {name: name.lower() for name in names}

    def matches(pattern: str) -> set[str]:
        return {name for name, low in lowered.items() if fnmatchcase(low, pattern.lower())}

    found = {pattern: matches(pattern) for pattern in only}
    for pattern, matching in found.items():
        if not matching:
            raise FileError(
                f"None of the {len(names):,} meshes is called like {pattern!r}; they are called, for example, "
                f"{', '.join(repr(name) for name in _spread(names, 3))}. Patterns are for whole names, with * for any part."
            )
    wanted = set().union(*found.values()) if only else set(names)
    left = wanted.difference(*(matches(pattern) for pattern in leave_out))
    if not left:
        raise FileError(f"leave_out leaves none of the {len(wanted):,} meshes that were chosen; give other patterns.")
    return [name for name in names if name in left]


def _spread(names: Sequence[str], count: int) -> list[str]:
    return [names[place * len(names) // count] for place in range(min(count, len(names)))]
