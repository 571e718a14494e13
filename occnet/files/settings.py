"""The authors' settings files (YAML), read as plain values."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from occnet.errors import FileError
from occnet.extras import extra
from occnet.files.opening import read_bytes

LONGEST = 1 << 20  # bytes of such a file


def read_settings(path: Path) -> dict[str, Any]:
    """The settings of a .yaml file as nested dicts and lists; never more than plain values.

    Raises FileError when it is missing, no text, no YAML, or not a map of names to values.
    """
    with extra("train", "Reading the authors' settings"):
        import yaml
    text = read_bytes(path)
    if len(text) > LONGEST:
        raise FileError(f"{path} has more than {LONGEST >> 20} MiB; give the authors' .yaml file.")
    try:
        settings = yaml.safe_load(text.decode("utf-8"))
    except UnicodeDecodeError:
        raise FileError(f"{path} is no text; give the authors' .yaml file.") from None
    except (yaml.YAMLError, RecursionError) as problem:
        where = getattr(problem, "problem_mark", None)
        line = f" (line {where.line + 1})" if where is not None else ""
        raise FileError(f"{path} is no valid YAML{line}; give the authors' .yaml file.") from None
    except (ValueError, TypeError, ArithmeticError):  # of a date, a number of thousands of digits, a map with a list for a name
        raise FileError(f"{path} has a value that is none; give the authors' .yaml file.") from None
    if not isinstance(settings, dict):
        raise FileError(f"{path} holds no settings, which are names with values; give the authors' .yaml file.")
    return settings
