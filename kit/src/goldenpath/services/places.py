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

from goldenpath.services.errors import UnavailableError

DIRECTORY_VARIABLE: Final = "GOLDENPATH_SERVICES_DIR"
CACHE_VARIABLE: Final = "GOLDENPATH_CACHE_DIR"
SOCKET_PATH_LIMIT: Final = 103
"""Bytes in the path of a Unix socket on macOS; Linux allows 107."""
ROOT_LIMIT: Final = 48
MEMORY_FILE_SYSTEM: Final = Path("/dev/shm")
MEMORY_NEEDED: Final = 1 << 30
"""A smaller tmpfs (containers often have 64 MB) would fill up under the first real test."""


def roots(environ: Mapping[str, str]) -> list[Path]:
    """Every place where stacks of this user may live, the preferred one first."""
    configured = environ.get(DIRECTORY_VARIABLE)
    if configured:
        return [Path(configured).absolute()]
    name = f"goldenpath-{os.getuid()}"
    temporary = Path(tempfile.gettempdir()) / name
    if len(os.fsencode(temporary)) > ROOT_LIMIT:
        temporary = Path("/tmp") / name
    return [MEMORY_FILE_SYSTEM / name, temporary] if memory_file_system() else [temporary]


def memory_file_system() -> bool:
    """Whether there is a tmpfs with room enough for servers."""
    if sys.platform != "linux" or not os.access(MEMORY_FILE_SYSTEM, os.W_OK | os.X_OK):
        return False
    return shutil.disk_usage(MEMORY_FILE_SYSTEM).free >= MEMORY_NEEDED


def safe_root(root: Path) -> Path:
    """The root, refused when its sockets' paths would be too long or when it belongs to somebody else."""
    if len(os.fsencode(root)) > ROOT_LIMIT:
        raise UnavailableError(
            f"{root} is too long for the Unix sockets below it ({ROOT_LIMIT} bytes at most); "
            f"set {DIRECTORY_VARIABLE} to a shorter directory"
        )
    try:
        root.parent.mkdir(parents=True, exist_ok=True)
        root.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, exist_ok=True)
        found = root.lstat()
    except OSError as error:
        raise UnavailableError(
            f"cannot make {root} for services: {error.strerror}; set {DIRECTORY_VARIABLE} to a writable directory"
        ) from None
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        raise UnavailableError(
            f"{root} is not a directory of this user (uid {os.geteuid()}), so servers are not started in it; "
            f"remove it, or set {DIRECTORY_VARIABLE} to another directory"
        )
    return root


def cache(environ: Mapping[str, str]) -> Path:
    """The directory of the caches, made if need be."""
    configured = environ.get(CACHE_VARIABLE)
    if configured:
        directory = Path(configured).absolute()
    elif sys.platform == "darwin":
        directory = Path.home() / "Library" / "Caches" / "goldenpath"
    else:
        directory = Path(environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "goldenpath"
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise UnavailableError(
            f"cannot make the cache {directory}: {error.strerror}; set {CACHE_VARIABLE} to a writable directory"
        ) from None
    return directory
