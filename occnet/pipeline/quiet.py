"""Silence about what other libraries warn of while files are read, and what is an error or of no interest here."""

from __future__ import annotations

import logging
import warnings

_NOWHERE = logging.NullHandler()


def keep_others_quiet() -> None:
    """Let Pillow and trimesh warn of nothing on standard error, in all of the process: the limits of files are our own.

    So it is for the command line and for worker processes of ours; in a program of others, it decides what it wants to hear.
    """
    warnings.filterwarnings("ignore", message="Image size .* exceeds limit")
    logging.getLogger("trimesh").addHandler(_NOWHERE)
