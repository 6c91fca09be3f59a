"""The data directory of the embedded servers: where it is, who uses it, what it keeps."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from agent_backend.embedded.errors import EmbeddedError

VARIABLE: Final = "AGENT_BACKEND_DATA_DIRECTORY"
FORMAT: Final = 1
HANDOVER: Final = 30.0
"""Seconds that the servers of a service that was killed may take to stop."""
PAUSE: Final = 0.05
LONGEST_SOCKET: Final = 100
"""Bytes; the kernel takes a few more for the address of a Unix socket, and not on every system as many."""


class Home:
    """A directory that one service at a time may use."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self.postgres = self.path / "postgres"
        self.postgres_log = self.path / "postgres.log"
        self.sockets = self.path / "run"
        self.redis = self.path / "redis"
        self.clickhouse = self.path / "clickhouse"
        self.programs = self.path / "programs"
        self._label = self.path / "agent-backend.json"
        self._key = self.path / "secret_key"
        self._lock = self.path / "lock"

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Home:
        """The directory that is configured, or the usual place of this account."""
        if configured := environ.get(VARIABLE):
            return cls(Path(configured))
        if os.geteuid() == 0:
            return cls(Path("/var/lib/agent-backend"))
        data = environ.get("XDG_DATA_HOME") or Path(environ.get("HOME") or Path.home()) / ".local" / "share"
        return cls(Path(data) / "agent-backend")

    def check(self) -> None:
        """Raise EmbeddedError unless the directory is ours or can be made; changes nothing."""
        self._check_length()
        if self._label.exists():
            self._check_label()
        elif self.path.exists() and any(self.path.iterdir()):
            raise self._foreign()
        above = next(folder for folder in (self.path, *self.path.parents) if folder.exists())
        if not os.access(above, os.W_OK):
            raise EmbeddedError(f"{above} is not writable; set {VARIABLE} to another directory")

    def prepare(self) -> None:
        """Make the directory, or check that it is one of ours in a format that this program knows."""
        self._check_length()
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            if not self._label.exists():
                self._claim()
        except OSError as error:
            raise EmbeddedError(
                f"the data directory {self.path} cannot be used ({error.strerror}); set {VARIABLE} to another"
            ) from None
        self._check_label()

    def _check_length(self) -> None:
        if len(os.fsencode(self.sockets / ".s.PGSQL.5432")) > LONGEST_SOCKET:
            raise EmbeddedError(f"the path {self.path} is too long for a Unix socket; set {VARIABLE} to a shorter one")

    def _check_label(self) -> None:
        try:
            content = json.loads(self._label.read_text("utf-8"))
        except (OSError, ValueError):
            raise EmbeddedError(f"{self._label} is damaged; set {VARIABLE} to another directory") from None
        if not isinstance(content, dict) or content.get("format") != FORMAT:
            raise EmbeddedError(f"{self.path} was made by another version of this program; set {VARIABLE} to another")

    def secret_key(self) -> str:
        """The key of this directory, made at the first start; who may read it may sign tokens."""
        if not self._key.exists():
            self._write_whole(self._key, secrets.token_urlsafe(48))
        return self._key.read_text("utf-8").strip()

    @contextmanager
    def locked(self) -> Iterator[int]:
        """Keep every other service out of it, and yield the lock's file descriptor, which a child may share.

        The kernel gives the lock back even for a process that was killed; the servers of one need a moment to stop.
        """
        with self._lock.open("a+") as lock:
            deadline = time.monotonic() + HANDOVER
            while not _taken(lock):
                lock.seek(0)
                owner = lock.read().strip()
                if _lives(owner) or time.monotonic() > deadline:
                    raise EmbeddedError(
                        f"{self.path} is used by another service (process {owner or 'unknown'}); stop it, or set "
                        f"{VARIABLE} to another directory"
                    )
                time.sleep(PAUSE)
            lock.truncate(0)
            lock.write(str(os.getpid()))
            lock.flush()
            yield lock.fileno()

    def in_use(self) -> bool:
        """Whether a service runs on it right now."""
        if not self._lock.exists():
            return False
        with self._lock.open() as lock:
            return not _taken(lock)

    def _claim(self) -> None:
        """A directory that holds something else already is not ours to fill."""
        if any(self.path.iterdir()):
            raise self._foreign()
        self._write_whole(self._label, json.dumps({"format": FORMAT}))

    def _foreign(self) -> EmbeddedError:
        return EmbeddedError(f"{self.path} holds something else; set {VARIABLE} to an empty or a new directory")

    @staticmethod
    def _write_whole(path: Path, text: str) -> None:
        unfinished = path.with_name(f".{path.name}.{os.getpid()}")
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(path)


def _taken(lock: IO[str]) -> bool:
    """Take the lock unless another has it."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _lives(pid: str) -> bool:
    """Whether there is a process of this number."""
    if not pid.isdecimal():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
