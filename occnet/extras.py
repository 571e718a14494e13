"""Optional parts: libraries that a plain installation leaves out, asked for by the name of their extra where needed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from occnet.errors import MissingLibrary


@contextmanager
def extra(name: str, purpose: str) -> Iterator[None]:
    """Turn an import that fails within into MissingLibrary, which says how to install the extra.

    purpose: what needs it, as the beginning of a sentence: "Training".
    """
    try:
        yield
    except ImportError as problem:
        if (problem.name or "").split(".")[0] == "occnet":
            raise  # a fault of ours
        raise MissingLibrary(
            f"{purpose} needs {problem.name or 'a library'}, which cannot be imported here ({problem}); install it by "
            f"`pip install 'occnet[{name}]'`."
        ) from problem
