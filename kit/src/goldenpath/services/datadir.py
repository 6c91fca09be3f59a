"""PostgreSQL's data directory: initialised once per version and machine, then unpacked in milliseconds."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from typing import Final

from goldenpath.services import pack, places
from goldenpath.services.account import Account
from goldenpath.services.binaries import PostgresPrograms
from goldenpath.services.errors import UnavailableError
from goldenpath.services.lock import locked
from goldenpath.services.program import Launch, Program

SUPERUSER: Final = "postgres"
NEEDED: Final = 64 << 20
INITDB_TIMEOUT: Final = 60.0
BUILTIN_LOCALE_SINCE: Final = 17


def initdb_command(programs: PostgresPrograms, target: Path) -> list[str]:
    """The command that initialises a data directory: UTF-8, the same collation everywhere, small WAL segments."""
    locale = ["--locale=C"]
    if programs.major >= BUILTIN_LOCALE_SINCE:
        locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", *locale]
    return [
        str(programs.initdb),
        f"--pgdata={target}",
        f"--username={SUPERUSER}",
        "--auth-local=trust",
        "--auth-host=scram-sha-256",
        "--encoding=UTF8",
        *locale,
        "--wal-segsize=1",
        "--no-sync",
        "--no-instructions",
    ]


class Seed:
    """The initialised data directory of one installation, packed in the cache.

    A file that is torn, foreign or of another format is made anew. Of several processes that find none, one initialises
    and the others wait for it.
    """

    def __init__(self, programs: PostgresPrograms, cache: Path) -> None:
        self._file = cache / f"postgres-{programs.version}-{_fingerprint(programs)}.pack"
        self._packed = self._load()

    def grow(self, target: Path, account: Account | None, initdb: Program, how: Launch) -> None:
        """Make `target` a fresh data directory; `initdb` is run, as `how` says, only when there is no seed."""
        free = shutil.disk_usage(target.parent).free
        if free < NEEDED:
            raise UnavailableError(
                f"only {free >> 20} MB are free in {target.parent}, and a PostgreSQL server needs {NEEDED >> 20} MB to "
                f"start with; make room, or set {places.DIRECTORY_VARIABLE} to another directory"
            )
        try:
            self._grow(target, account, initdb, how)
        except OSError as error:
            raise UnavailableError(
                f"cannot write a data directory to {target} or keep it in {self._file.parent}: {error.strerror}; "
                f"make room, or set {places.DIRECTORY_VARIABLE} or {places.CACHE_VARIABLE} to another directory"
            ) from None

    def _grow(self, target: Path, account: Account | None, initdb: Program, how: Launch) -> None:
        if self._packed is None:
            with locked(self._file.with_suffix(".lock")):
                self._packed = self._load()
                if self._packed is None:
                    initdb.run(how, timeout=INITDB_TIMEOUT)
                    self._keep(target)
                    return
        self._packed.unpack(target, account)

    def _load(self) -> pack.Packed | None:
        try:
            return pack.Packed(self._file)
        except (FileNotFoundError, pack.DamagedPack):
            return None

    def _keep(self, data: Path) -> None:
        for torn in self._file.parent.glob(f".{self._file.name}.*"):
            torn.unlink()
        pack.write(data, self._file)


def _fingerprint(programs: PostgresPrograms) -> str:
    found = programs.server.stat()
    identity = [str(programs.server), found.st_size, found.st_mtime_ns, initdb_command(programs, Path()), pack.FORMAT]
    return hashlib.sha256(repr(identity).encode()).hexdigest()[:12]
