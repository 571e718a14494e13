"""Memory of the CPU allocator: keep it, for training and extraction ask for the same blocks again at once."""

from __future__ import annotations

import ctypes
import platform

_M_TRIM_THRESHOLD, _M_TOP_PAD, _M_MMAP_MAX = -1, -2, -4


def keep_freed_memory() -> None:
    """Let glibc keep freed blocks instead of giving them back; elsewhere nothing happens.

    Large tensors otherwise come as fresh pages each time, which the kernel must clear: measured on two cores,
    that took a third of a training step.
    """
    if platform.system() != "Linux" or platform.libc_ver()[0] != "glibc":
        return
    libc = ctypes.CDLL(None)
    libc.mallopt(_M_MMAP_MAX, 0)
    libc.mallopt(_M_TRIM_THRESHOLD, 2**31 - 1)
    libc.mallopt(_M_TOP_PAD, 2**28)
