"""A lock between processes, which the kernel gives back when its holder dies."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from goldenpath.services.errors import UnavailableError

TIMEOUT: Final = 90.0
PAUSE: Final = 0.005


@contextmanager
def locked(
    path: Path,
    *,
    timeout: float = TIMEOUT,
    pause: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[None]:
    """Hold the lock file; the file itself stays, because removing it would let two hold it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    deadline = clock() + timeout
    try:
        while not _taken(descriptor):
            if clock() >= deadline:
                holder = os.pread(descriptor, 32, 0).decode() or "unknown"
                raise UnavailableError(
                    f"process {holder} has held {path} for {timeout:g} s; end that process if it hangs, and try again"
                )
            pause(PAUSE)
        os.truncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(descriptor)


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
