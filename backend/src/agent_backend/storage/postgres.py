"""What goes wrong on the way to PostgreSQL, in words that show no password."""

from __future__ import annotations

import psycopg
from psycopg.conninfo import conninfo_to_dict

from agent_backend.storage.stores import StoreUnavailable, address

_MEND = "check AGENT_BACKEND_DATABASE_URL"


def check_url(url: str) -> None:
    """Refuse a URL that cannot be read; the driver's own message would repeat parts of it."""
    try:
        conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        raise StoreUnavailable(
            "PostgreSQL", f"its URL cannot be read, perhaps for a character that must be percent-encoded; {_MEND}"
        ) from None


def unreachable(url: str, error: psycopg.OperationalError) -> StoreUnavailable:
    """The error for a server that cannot be used, by the last and plainest line of the driver's reason."""
    reason = str(error).strip().splitlines()[-1].strip()
    return StoreUnavailable("PostgreSQL", f"{address(url)} cannot be used ({reason}); {_MEND}")
