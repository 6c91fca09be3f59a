"""The account under which a server runs that refuses to run as root."""

from __future__ import annotations

import os
import pwd
from typing import Final, NamedTuple

from goldenpath.services.errors import UnavailableError

CANDIDATES: Final = ("postgres", "nobody")


class Account(NamedTuple):
    """A user and its group, by number."""

    uid: int
    gid: int


def unprivileged() -> Account | None:
    """The account to change to: none unless this process is root."""
    if os.geteuid() != 0:
        return None
    for name in CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return Account(entry.pw_uid, entry.pw_gid)
    raise UnavailableError(
        f"PostgreSQL refuses to run as root, and there is no account {' or '.join(CANDIDATES)} to run it as; "
        "add one, or run the tests as another user"
    )
