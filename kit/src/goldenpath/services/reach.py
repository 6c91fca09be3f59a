"""Programs that another account may execute: what is in a private home directory is copied to where all may read."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Final

from goldenpath.services.account import Account
from goldenpath.services.binaries import PostgresPrograms
from goldenpath.services.errors import UnavailableError
from goldenpath.services.lock import locked

PUBLIC_PLACE: Final = Path("/var/tmp")
UNNEEDED: Final = shutil.ignore_patterns("include", "doc", "man", "pkgconfig", "*.a", "__pycache__")


def within_reach(programs: PostgresPrograms, account: Account, cache: Path) -> PostgresPrograms:
    """The same programs where this account can execute them: in place if it can, else in a copy that is kept."""
    if reaches(account, programs.server):
        return programs
    installation = programs.folder.parent
    libraries = installation.parent.with_name(f"{installation.parent.name}.libs")
    parts = [part for part in (installation, libraries) if part.is_dir()]
    place = PUBLIC_PLACE / f"goldenpath-{os.geteuid()}-programs"
    copy = place / f"postgres-{programs.version}-{_digest(parts)}"
    copied = replace(programs, folder=copy / installation.relative_to(installation.parents[1]) / "bin")
    with locked(cache / "locks" / f"{copy.name}.lock"):
        if not _complete(copy):
            _copy(parts, installation.parents[1], copy)
    if not reaches(account, copied.server):
        raise UnavailableError(
            f"account {account.uid} can neither execute {programs.server} nor its copy {copied.server}; "
            "install PostgreSQL where every account can read it"
        )
    return copied


def reaches(account: Account, path: Path) -> bool:
    """Whether the account may pass every folder on the way and execute the file."""
    return all(_may_execute(account, each) for each in [path.resolve(), *path.resolve().parents])


def _may_execute(account: Account, path: Path) -> bool:
    found = path.stat()
    if found.st_uid == account.uid:
        return bool(found.st_mode & stat.S_IXUSR)
    if found.st_gid == account.gid:
        return bool(found.st_mode & stat.S_IXGRP)
    return bool(found.st_mode & stat.S_IXOTH)


def _digest(parts: list[Path]) -> str:
    listing = [f"{file}:{file.stat().st_size}" for part in parts for file in sorted(part.rglob("*")) if file.is_file()]
    return hashlib.sha256("\n".join(listing).encode()).hexdigest()[:12]


def _complete(copy: Path) -> bool:
    return (copy / "complete").is_file() and copy.lstat().st_uid == os.geteuid()


def _copy(parts: list[Path], origin: Path, copy: Path) -> None:
    copy.parent.mkdir(mode=0o755, exist_ok=True)
    if copy.parent.lstat().st_uid != os.geteuid():
        raise UnavailableError(f"{copy.parent} belongs to somebody else, so no programs are kept in it; remove it")
    shutil.rmtree(copy, ignore_errors=True)
    fresh = Path(tempfile.mkdtemp(dir=copy.parent))
    try:
        for part in parts:
            shutil.copytree(part, fresh / part.relative_to(origin), ignore=UNNEEDED, symlinks=True)
        for path in [fresh, *fresh.rglob("*")]:
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
        (fresh / "complete").touch()
        fresh.rename(copy)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise
