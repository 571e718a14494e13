"""The names of a command's options, as its help tells them."""

from __future__ import annotations

import contextlib
import io
import os
import re
from collections.abc import Callable
from unittest import mock

_WIDE = "120"  # columns: wider ones hold two tables side by side
_NAME = re.compile(r"--?[a-z][\w-]*")


def option_names(verb: Callable[..., int]) -> list[str]:
    """All that begin with dashes, short ones too, in the order of the help; without --help."""
    import tyro

    printed = io.StringIO()
    with mock.patch.dict(os.environ, COLUMNS=_WIDE), contextlib.redirect_stdout(printed), contextlib.suppress(SystemExit):
        tyro.cli(verb, args=["--help"], config=(tyro.conf.FlagCreatePairsOff, tyro.conf.OmitArgPrefixes))
    lines = printed.getvalue().splitlines()  # what explains an argument is set in
    heads = [line[2:].partition("  ")[0] for line in lines if re.match(r"..--?[a-z]", line)]
    names = [name for head in heads for name in _NAME.findall(head)]
    return [name for name in dict.fromkeys(names) if name not in ("-h", "--help")]
