"""Conversations, as their owner reads them back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.rows import class_row

from agent_backend.context import Principal
from agent_backend.storage.database import DatabaseManager

RECENT_THREADS = 200


@dataclass(frozen=True, slots=True)
class Thread:
    """A conversation of one user."""

    id: str
    title: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Message:
    """A question or an answer; `data` holds the figures behind an answer."""

    id: str
    run_id: str
    role: str
    content: str
    data: dict[str, Any] | None
    created_at: datetime


class ThreadStore:
    """Reads the conversations of one user at a time."""

    def __init__(self, database: DatabaseManager) -> None:
        self._database = database

    async def recent(self, owner: Principal) -> list[Thread]:
        """The owner's latest threads, newest first."""
        async with self._database.tenant(owner.tenant_id) as connection:
            cursor = connection.cursor(row_factory=class_row(Thread))
            await cursor.execute(
                "SELECT id, title, created_at FROM threads WHERE user_id = %s ORDER BY id DESC LIMIT %s",
                [owner.user_id, RECENT_THREADS],
            )
            return await cursor.fetchall()

    async def messages(self, owner: Principal, thread_id: str) -> list[Message] | None:
        """All messages of a thread, oldest first; None when it does not exist for this user."""
        async with self._database.tenant(owner.tenant_id) as connection:
            thread = await connection.execute(
                "SELECT FROM threads WHERE id = %s AND user_id = %s", [thread_id, owner.user_id]
            )
            if thread.rowcount == 0:
                return None
            cursor = connection.cursor(row_factory=class_row(Message))
            await cursor.execute(
                "SELECT id, run_id, role, content, data, created_at FROM messages WHERE thread_id = %s ORDER BY id",
                [thread_id],
            )
            return await cursor.fetchall()
