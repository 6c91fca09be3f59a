"""What the C library does with memory between two files."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_TRIM_THRESHOLD: Final = -1
_MMAP_THRESHOLD: Final = -3
_KEPT: Final = 32 * 1024 * 1024
_USUAL: Final = 128 * 1024


@contextmanager
def freed_memory_kept() -> Iterator[None]:
    """Keep what one file needed for the next one.

    glibc gives large blocks back to the system at once and has each page faulted in anew for the next file, which is a
    sixth of the time of parsing. Where there is no glibc nothing is done.
    """
    if not sys.platform.startswith("linux"):
        yield
        return
    import ctypes

    library = ctypes.CDLL(None)
    tune = getattr(library, "mallopt", None)
    trim = getattr(library, "malloc_trim", None)
    if tune is None or trim is None:
        yield
        return
    tune(_TRIM_THRESHOLD, _KEPT)
    tune(_MMAP_THRESHOLD, _KEPT)
    try:
        yield
    finally:
        tune(_TRIM_THRESHOLD, _USUAL)
        tune(_MMAP_THRESHOLD, _USUAL)
        trim(0)
