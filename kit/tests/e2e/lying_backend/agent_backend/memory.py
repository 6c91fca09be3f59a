"""What the instances of the server know together: rows of PostgreSQL, each a kind, an id, a tenant and some JSON."""

from __future__ import annotations

import threading
from typing import Any

import psycopg
from psycopg.types.json import Json

TABLE = """
SELECT pg_advisory_xact_lock(1);
CREATE TABLE IF NOT EXISTS known (
    number bigserial, kind text, id text, tenant text, body jsonb, PRIMARY KEY (kind, id, number))
"""


class Memory:
    """One connection; what is written is committed at once."""

    def __init__(self, url: str) -> None:
        with psycopg.connect(url) as connection:
            connection.execute(TABLE)
        self._connection = psycopg.connect(url, autocommit=True)
        self._lock = threading.Lock()

    def put(self, kind: str, identity: str, tenant: str, body: Any) -> None:
        """Remember it, after what is remembered under this id."""
        statement = "INSERT INTO known (kind, id, tenant, body) VALUES (%s, %s, %s, %s)"
        self._run(statement, kind, identity, tenant, Json(body))

    def all(self, kind: str, identity: str) -> list[tuple[str, Any]]:
        """Tenant and body of everything under this id, in its order."""
        return self._run("SELECT tenant, body FROM known WHERE kind = %s AND id = %s ORDER BY number", kind, identity)

    def of(self, kind: str, tenant: str) -> list[Any]:
        """The ids of everything that a tenant has of a kind."""
        rows = self._run("SELECT DISTINCT id FROM known WHERE kind = %s AND tenant = %s", kind, tenant)
        return [row[0] for row in rows]

    def take(self, kind: str, identity: str) -> str | None:
        """Whose it was; it is gone then."""
        rows = self._run("DELETE FROM known WHERE kind = %s AND id = %s RETURNING tenant", kind, identity)
        return rows[0][0] if rows else None

    def _run(self, statement: str, *values: object) -> list[Any]:
        with self._lock:
            cursor = self._connection.execute(statement, values)
            return cursor.fetchall() if cursor.description else []
