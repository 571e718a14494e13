"""The authors' settings files (YAML), read as plain values."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from occnet.errors import FileError
from occnet.extras import extra
from occnet.files.opening import read_bytes

LONGEST = 1 << 17  # bytes of such a file; the authors' have 10,000 at most


def read_settings(path: Path) -> dict[str, Any]:
    """The settings of a .yaml file as nested dicts and lists; never more than plain values, each written out where it stands.

    Raises FileError when it is missing, no text, no YAML, or not a map of names to values.
    """
    with extra("train", "Reading the authors' settings"):
        import yaml

    class PlainLoader(yaml.SafeLoader):
        """Without names for values given before: a few lines of them stand for more values than there is memory for."""

        def compose_node(self, parent: Any, index: Any) -> Any:
            if self.check_event(yaml.AliasEvent):
                raise yaml.MarkedYAMLError(problem_mark=self.peek_event().start_mark)
            return super().compose_node(parent, index)

    text = read_bytes(path)
    if len(text) > LONGEST:
        raise FileError(f"{path} has more than {LONGEST >> 10} KiB; give the authors' .yaml file.")
    try:
        settings = yaml.load(text.decode("utf-8"), Loader=PlainLoader)
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
