"""Memory of the CPU allocator: keep it, for training and extraction ask for the same blocks again at once."""

from __future__ import annotations

import ctypes
import platform

_M_TRIM_THRESHOLD, _M_TOP_PAD, _M_MMAP_MAX = -1, -2, -4


def keep_freed_memory() -> None:
    """Let glibc keep freed blocks instead of giving them back, for all of the process; elsewhere nothing happens.

    So it is for programs to call, and not for functions: the command line does where it trains, extracts or evaluates.

    Large tensors otherwise come as fresh pages each time, which the kernel must clear: measured on two cores,
    that took a third of a training step.
    """
    libc = _glibc()
    if libc is None:
        return
    libc.mallopt(_M_MMAP_MAX, 0)
    libc.mallopt(_M_TRIM_THRESHOLD, 2**31 - 1)
    libc.mallopt(_M_TOP_PAD, 2**28)


def return_free_memory() -> None:
    """Give the freed blocks back after all; a long training does so now and then, for the blocks come in many sizes."""
    libc = _glibc()
    if libc is not None:
        libc.malloc_trim(0)


def _glibc() -> ctypes.CDLL | None:
    return ctypes.CDLL(None) if platform.system() == "Linux" and platform.libc_ver()[0] == "glibc" else None
