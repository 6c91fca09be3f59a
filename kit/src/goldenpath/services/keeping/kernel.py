"""What only Linux offers a process: to be told of its parent's death, and to inherit its orphaned descendants."""

from __future__ import annotations

import sys

PARENT_DEATH_SIGNAL = 1
CHILD_SUBREAPER = 36


def set_process_option(option: int, value: int) -> None:
    """Set a Linux process option; elsewhere the other nets must do."""
    if sys.platform != "linux":
        return
    import ctypes

    ctypes.CDLL(None).prctl(option, value, 0, 0, 0)
