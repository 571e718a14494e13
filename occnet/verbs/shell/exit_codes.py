"""How a command ends, for whoever called it."""

from __future__ import annotations

EXIT_NOT_SOUND = 1  # what was asked for is done, but something is wrong with a mesh that was checked, repaired or reconstructed
EXIT_ERROR = 2  # what the user asked for could not be done; the reason is on standard error
EXIT_INTERRUPTED = 130  # as shells expect after Ctrl-C
EXIT_UNREAD = 141  # as shells expect where whoever reads the output has had enough, as `head` has
