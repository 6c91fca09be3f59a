"""Directories whose lock says whether somebody keeps them."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import time

PAUSE = 0.002
ATTEMPTS = 50


def lock_directory(path: str) -> int:
    """Make the directory if need be and hold it locked; the lock is on the directory that has the name *now*."""
    while True:
        with contextlib.suppress(FileExistsError):
            os.mkdir(path, 0o711 if os.geteuid() == 0 else 0o700)
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        except FileNotFoundError:
            continue
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        with contextlib.suppress(FileNotFoundError):
            if os.stat(path).st_ino == os.fstat(descriptor).st_ino:
                return descriptor
        os.close(descriptor)


def remove(root: str, directory: str) -> None:
    """Remove a stack's directory, and the root too when it was the last; a dying process may still write, so retry."""
    for _ in range(ATTEMPTS):
        shutil.rmtree(directory, ignore_errors=True)
        if not os.path.lexists(directory):
            break
        time.sleep(PAUSE)
    lock = lock_directory(root)
    with contextlib.suppress(OSError):
        os.rmdir(root)
    os.close(lock)
