"""Sessions: rows that say which logins still count."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from psycopg.rows import class_row

from agent_backend.context import Role, Session
from agent_backend.storage.database import DatabaseManager

_INSERT: Final = """
INSERT INTO sessions (tenant_id, id, user_id, refresh_token_id, created_at, expires_at) VALUES (%s, %s, %s, %s, %s, %s)
"""
_SELECT: Final = """
SELECT s.tenant_id, s.id AS session_id, s.user_id, u.role, s.refresh_token_id, s.created_at, s.expires_at, s.ended_at
FROM sessions s JOIN users u ON u.tenant_id = s.tenant_id AND u.id = s.user_id
"""
_FIND: Final = "SELECT * FROM session_of(%s, %s)"
_FIND_ALL: Final = """
SELECT found.* FROM unnest(%s::text[], %s::text[]) AS asked (tenant, session),
LATERAL session_of(asked.tenant, asked.session) AS found
"""
_ROTATE: Final = """
UPDATE sessions SET refresh_token_id = %s, replaced_refresh_token_id = refresh_token_id, refreshed_at = %s
WHERE id = %s AND refresh_token_id = %s AND ended_at IS NULL
"""
_END: Final = "UPDATE sessions SET ended_at = %s, end_reason = %s WHERE id = %s AND ended_at IS NULL"


class SessionStore:
    """Keeps sessions; of two who continue or end the same one, one succeeds."""

    def __init__(self, database: DatabaseManager) -> None:
        self._database = database

    async def open(self, session: Session) -> None:
        """Keep a new session."""
        row = [
            session.tenant_id,
            session.session_id,
            session.user_id,
            session.refresh_token_id,
            session.created_at,
            session.expires_at,
        ]
        async with self._database.tenant(session.tenant_id) as connection:
            await connection.execute(_INSERT, row)

    async def find(self, tenant_id: str, session_id: str) -> Session | None:
        """A session with the role that its user has now."""
        rows = await self._database.call(_FIND, [tenant_id, session_id])
        return _session(rows[0]) if rows else None

    async def find_all(self, sessions: Collection[tuple[str, str]]) -> list[Session]:
        """Those of these sessions that there are, of whatever tenants; each is looked up within its own."""
        if not sessions:
            return []
        tenants, ids = (list(column) for column in zip(*sessions, strict=True))
        return [_session(row) for row in await self._database.call(_FIND_ALL, [tenants, ids])]

    async def of_user(self, tenant_id: str, user_id: str) -> list[Session]:
        """The sessions of a user that have not ended."""
        return await self._select(tenant_id, _SELECT + "WHERE s.user_id = %s AND s.ended_at IS NULL", user_id)

    async def rotate(self, session: Session, refresh_token_id: str, at: datetime) -> bool:
        """Put a new refresh token in the place of the one that `session` names; False when that is not there now."""
        async with self._database.tenant(session.tenant_id) as connection:
            values = [refresh_token_id, at, session.session_id, session.refresh_token_id]
            return (await connection.execute(_ROTATE, values)).rowcount == 1

    async def end(self, session: Session, reason: str) -> bool:
        """Mark it as ended at its `ended_at`; False when it had ended before."""
        async with self._database.tenant(session.tenant_id) as connection:
            return (await connection.execute(_END, [session.ended_at, reason, session.session_id])).rowcount == 1

    async def _select(self, tenant_id: str, query: Any, value: str) -> list[Session]:
        async with self._database.tenant(tenant_id) as connection:
            cursor = connection.cursor(row_factory=class_row(Session))
            await cursor.execute(query, [value])
            return [replace(session, role=Role(session.role)) for session in await cursor.fetchall()]


def _session(row: tuple[Any, ...]) -> Session:
    tenant, session, user, role, *rest = row
    return Session(tenant, session, user, Role(role), *rest)
