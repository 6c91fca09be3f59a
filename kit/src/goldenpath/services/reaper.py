"""Clearing up after keepers that were killed: the lock on a stack's directory tells the dead from the living.

Normally there is nothing to do: a keeper clears up whenever its users are gone, even by SIGKILL. Only when the keeper
itself was killed does a directory stay, with what it wrote down: the farewells and, by their mark, the descendants.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from goldenpath.services import places
from goldenpath.services.keeping.directory import lock_directory, remove
from goldenpath.services.keeping.farewell import part
from goldenpath.services.keeping.process import MARK

IDENTITY: Final = re.compile(r"(?:chdb-)?[0-9a-f]{8}")


@dataclass(frozen=True)
class Orphan:
    """A stack that was left behind, and what was cleared up of it."""

    directory: Path
    killed: tuple[int, ...]
    farewells: int


def reap(environ: Mapping[str, str]) -> list[Orphan]:
    """Clear up every stack of this user whose keeper is dead; those that are alive are not touched."""
    return [orphan for root in places.roots(environ) for orphan in reap_root(root)]


def reap_root(root: Path) -> list[Orphan]:
    """The same under one root."""
    orphans = []
    for directory in stacks(root):
        with _dead(directory) as dead:
            if dead:
                orphans.append(_clear_up(root, directory))
    _remove_dead_addresses(root)
    return orphans


def stacks(root: Path) -> list[Path]:
    """The directories of stacks under a root, the living and the dead; what is not called like one is not touched."""
    try:
        return sorted(path for path in root.iterdir() if IDENTITY.fullmatch(path.name) and not path.is_symlink())
    except FileNotFoundError:
        return []


def alive(directory: Path) -> bool:
    """Whether a keeper holds this directory."""
    with _dead(directory) as dead:
        return not dead and directory.is_dir()


@contextlib.contextmanager
def _dead(directory: Path) -> Iterator[bool]:
    """Whether nobody holds the directory; if so it is held here, so that no two reapers clear up the same stack.

    A keeper makes and locks its directory while it holds the root, so what is found unlocked under a held root is dead.
    """
    try:
        root = os.open(directory.parent, os.O_RDONLY | os.O_DIRECTORY)
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        yield False
        return
    try:
        fcntl.flock(root, fcntl.LOCK_EX)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            dead = directory.is_dir()
        except BlockingIOError:
            dead = False
        os.close(root)
        root = -1
        yield dead
    finally:
        os.close(descriptor)
        if root >= 0:
            os.close(root)


def _clear_up(root: Path, directory: Path) -> Orphan:
    killed = tuple(_kill_descendants(f"{MARK}={directory.name}"))
    farewells = _read_farewells(directory / "farewells.json")
    for farewell in reversed(farewells):
        part(farewell)
    remove(str(root), str(directory))
    return Orphan(directory, killed, len(farewells))


def _read_farewells(path: Path) -> list[dict[str, Any]]:
    try:
        farewells: list[dict[str, Any]] = json.loads(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return []
    return farewells


def _kill_descendants(mark: str) -> Iterator[int]:
    for pid in _marked(mark) if sys.platform == "linux" else _marked_by_ps(mark):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
            yield pid


def _marked(mark: str) -> list[int]:
    """The processes that carry the mark in the environment they were started with."""
    pids = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                if mark.encode() in (entry / "environ").read_bytes().split(b"\0"):
                    pids.append(int(entry.name))
    return pids


def _marked_by_ps(mark: str) -> list[int]:
    """The same where there is no /proc: the ps of macOS and BSD shows environments."""
    answer = subprocess.run(["ps", "-axEww", "-o", "pid=,command="], capture_output=True, text=True, check=True)
    return [int(line.split()[0]) for line in answer.stdout.splitlines() if mark in line.split()]


def _remove_dead_addresses(root: Path) -> None:
    """Remove the sockets on which no keeper listens any more; a keeper binds and listens while it holds the root."""
    if not root.is_dir():
        return
    lock = lock_directory(str(root))
    try:
        for path in root.glob("*.sock"):
            with socket.socket(socket.AF_UNIX) as visitor:
                try:
                    visitor.connect(str(path))
                except ConnectionRefusedError:
                    path.unlink()
        with contextlib.suppress(OSError):
            root.rmdir()
    finally:
        os.close(lock)
