"""The account under which PostgreSQL runs, which refuses to run as root, and what that account can reach."""

from __future__ import annotations

import os
import pwd
import shutil
import stat
from pathlib import Path
from typing import Final, NamedTuple

from agent_backend.embedded.errors import EmbeddedError

_CANDIDATES: Final = ("postgres", "nobody")


class Account(NamedTuple):
    """A user and its group, by number."""

    uid: int
    gid: int


def unprivileged() -> Account | None:
    """The account to change to: none unless this process is root."""
    if os.geteuid() != 0:
        return None
    for name in _CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return Account(entry.pw_uid, entry.pw_gid)
    raise EmbeddedError(
        f"PostgreSQL refuses to run as root, and there is no account {' or '.join(_CANDIDATES)} to run it as; "
        "add one, or start the service as another user"
    )


def blocked_at(account: Account, path: Path) -> Path | None:
    """The first folder on the way to a path that the account may not pass; None when it reaches it."""
    resolved = path.resolve()
    for folder in [*reversed(resolved.parents), resolved]:
        if not folder.exists():
            return None
        if not _passes(account, folder.stat()):
            return folder
    return None


def within_reach(account: Account, programs: Path, copies: Path) -> Path:
    """The folder of programs itself, or a copy where the account reaches it: a wheel may be below a private home.

    Programs of a wheel find their libraries in a folder beside their package (`package.libs`), so that goes along.
    """
    if blocked_at(account, programs) is None:
        return programs
    package = programs.parent
    libraries = package.with_name(f"{package.name}.libs")
    copy = copies / f"{programs.name}-{programs.stat().st_mtime_ns}"
    if not copy.exists():
        unfinished = copy.with_name(f"{copy.name}.new")
        shutil.rmtree(unfinished, ignore_errors=True)
        for part in (programs, libraries):
            if part.is_dir():
                shutil.copytree(part, unfinished / part.relative_to(package.parent), symlinks=True)
        for folder, _, _ in os.walk(unfinished):
            Path(folder).chmod(0o755)
        unfinished.rename(copy)
    return copy / package.name / programs.name


def _passes(account: Account, status: os.stat_result) -> bool:
    if status.st_uid == account.uid:
        needed = stat.S_IXUSR
    elif status.st_gid == account.gid:
        needed = stat.S_IXGRP
    else:
        needed = stat.S_IXOTH
    return bool(status.st_mode & needed)
