"""Where things are: the root under which stacks live, and the cache."""

from __future__ import annotations

import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from goldenpath.keeping import CACHE_VARIABLE as CACHE_VARIABLE
from goldenpath.keeping import cache_folder
from goldenpath.keeping import write_whole as write_whole
from goldenpath.services.errors import UnavailableError

DIRECTORY_VARIABLE: Final = "GOLDENPATH_SERVICES_DIR"
ROOT_LIMIT: Final = 48
"""Bytes in a root's path: with the names below it, a Unix socket's path must stay below 104 (macOS) or 108."""
ATTEMPTS: Final = 100
MEMORY_FILE_SYSTEM: Final = Path("/dev/shm")
MEMORY_NEEDED: Final = 1 << 30
"""A smaller tmpfs (containers often have 64 MB) would fill up under the first real test."""


def roots(environ: Mapping[str, str]) -> list[Path]:
    """Every place where stacks of this user may live: directories that hold nothing else."""
    name = f"goldenpath-{os.geteuid()}"
    configured = environ.get(DIRECTORY_VARIABLE)
    if configured:
        return [Path(configured).absolute() / name]
    temporary = Path(tempfile.gettempdir()) / name
    if len(os.fsencode(temporary)) > ROOT_LIMIT:
        temporary = Path("/tmp") / name
    return [MEMORY_FILE_SYSTEM / name, temporary] if sys.platform == "linux" else [temporary]


def root(environ: Mapping[str, str]) -> Path:
    """Where a new stack lives: in memory if there is room, made if need be, refused if it is not safe."""
    *in_memory, chosen = roots(environ)
    if in_memory and memory_has_room(MEMORY_FILE_SYSTEM):
        chosen = in_memory[0]
    if len(os.fsencode(chosen)) > ROOT_LIMIT:
        raise UnavailableError(
            f"{chosen} is too long for the Unix sockets below it ({ROOT_LIMIT} bytes at most); "
            f"set {DIRECTORY_VARIABLE} to a shorter directory"
        )
    found = _made(chosen)
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        raise UnavailableError(
            f"{chosen} is not a directory of this user (uid {os.geteuid()}), so servers are not started in it; "
            f"remove it, or set {DIRECTORY_VARIABLE} to another directory"
        )
    return chosen


def _made(chosen: Path) -> os.stat_result:
    """Make the root if need be; the last stack under it may be removing it at the same time, so try again."""
    for _ in range(ATTEMPTS):
        try:
            chosen.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)
            return chosen.lstat()
        except OSError as error:
            failure = error
            if not isinstance(error, FileNotFoundError | FileExistsError):
                break
    raise UnavailableError(
        f"cannot make {chosen} for services: {failure.strerror}; set {DIRECTORY_VARIABLE} to a writable directory"
    ) from None


def memory_has_room(file_system: Path) -> bool:
    """Whether servers may live in this tmpfs without filling it."""
    if not os.access(file_system, os.W_OK | os.X_OK):
        return False
    return shutil.disk_usage(file_system).free >= MEMORY_NEEDED


def cache(environ: Mapping[str, str]) -> Path:
    """The directory of the caches, made if need be."""
    directory = cache_folder(environ)
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise UnavailableError(
            f"cannot make the cache {directory}: {error.strerror}; set {CACHE_VARIABLE} to a writable directory"
        ) from None
    return directory
