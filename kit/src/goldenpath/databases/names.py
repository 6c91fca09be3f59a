"""Names for the databases of one utility, which no other utility on the server ever takes."""

from __future__ import annotations

import itertools
import re
import secrets
from typing import Final

from goldenpath.databases.errors import DatabaseTestError

PREFIX: Final = re.compile(r"[a-z][a-z0-9_]{0,19}")
WORKER: Final = re.compile(r"[a-z0-9_]{1,20}")
TOKEN: Final = re.compile(r"[0-9a-f]{8}")


def random_token() -> str:
    """A token that nobody else draws."""
    return secrets.token_hex(4)


class Names:
    """`prefix_worker_token_number`: short and plain enough for PostgreSQL and for ClickHouse."""

    def __init__(self, prefix: str, worker: str, token: str) -> None:
        if not PREFIX.fullmatch(prefix):
            raise DatabaseTestError(f"a prefix is up to 20 of a-z, 0-9 and _, a letter first, not {prefix!r}")
        if not WORKER.fullmatch(worker):
            raise DatabaseTestError(f"the name of a worker is up to 20 of a-z, 0-9 and _, not {worker!r}")
        if not TOKEN.fullmatch(token):
            raise DatabaseTestError(f"a token is 8 hexadecimal digits in lower case, not {token!r}")
        self.token = token
        self._stem = f"{prefix}_{worker}_{token}"
        self._numbers = itertools.count(1)

    def next(self) -> str:
        """A name that was never given before."""
        return f"{self._stem}_{next(self._numbers)}"
