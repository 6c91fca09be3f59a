"""The log of runs: every change of state and the event that tells of it are one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from agent_backend.context import Principal, UserExecutionContext
from agent_backend.events import FIRST_EPOCH, Event, EventType
from agent_backend.storage.database import Connection, DatabaseManager

TITLE_LENGTH: Final = 80

_NEXT_SEQ: Final = """
UPDATE runs SET last_seq = last_seq + 1, state = %s, finished_at = %s
WHERE id = %s AND state = 'running' RETURNING last_seq
"""
_INSERT_RUN: Final = """
INSERT INTO runs (tenant_id, id, thread_id, user_id, client_message_id, epoch, created_at)
VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT (tenant_id, user_id, client_message_id) DO NOTHING
"""
_INSERT_EVENT: Final = """
INSERT INTO run_events (tenant_id, run_id, seq, thread_id, epoch, type, "timestamp", agent_name, payload)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
_INSERT_MESSAGE: Final = """
INSERT INTO messages (tenant_id, id, thread_id, run_id, role, content, data, created_at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
"""
_EVENTS: Final = """
SELECT e.type, e.run_id, e.thread_id, e.seq, e.epoch, e."timestamp", e.agent_name, e.payload
FROM run_events e JOIN runs r ON r.tenant_id = e.tenant_id AND r.id = e.run_id
WHERE r.user_id = %s AND r.client_message_id = %s ORDER BY e.seq
"""


class ThreadNotFound(Exception):
    """There is no such thread for this user; whether it exists for another is not told."""


class RunClosed(Exception):
    """The run has already ended: nothing may be added to its log."""


class _Duplicate(Exception):
    """Rolls back what the duplicate of a question had begun."""


@dataclass(frozen=True, slots=True)
class Admission:
    """A question that is about to become a run."""

    context: UserExecutionContext
    message_id: str
    client_message_id: str
    text: str
    opens_thread: bool


class RunLog:
    """Begins, continues and ends runs, and reads them back."""

    def __init__(self, database: DatabaseManager) -> None:
        self._database = database

    async def begin(self, admission: Admission, now: datetime) -> bool:
        """Store the question and its run, and a new thread where it opens one; False when it was asked before."""
        context = admission.context
        try:
            async with self._database.tenant(context.tenant_id) as connection:
                await self._enter_thread(connection, admission, now)
                inserted = await connection.execute(
                    _INSERT_RUN,
                    [
                        context.tenant_id,
                        context.run_id,
                        context.thread_id,
                        context.user_id,
                        admission.client_message_id,
                        FIRST_EPOCH,
                        now,
                    ],
                )
                if inserted.rowcount == 0:
                    raise _Duplicate
                await _add_message(connection, context, admission.message_id, "user", admission.text, None, now)
        except _Duplicate:
            return False
        return True

    async def append(self, context: UserExecutionContext, event: Event) -> Event:
        """Commit one event of a running run and return it with its number."""
        async with self._database.tenant(context.tenant_id) as connection:
            return await _append(connection, context, event, "running")

    async def complete(
        self, context: UserExecutionContext, event: Event, message_id: str, answer: Mapping[str, Any]
    ) -> Event:
        """Commit the answer, the end of the run and the event that tells of both."""
        async with self._database.tenant(context.tenant_id) as connection:
            numbered = await _append(connection, context, event, "completed")
            await _add_message(
                connection, context, message_id, "assistant", str(answer["text"]), dict(answer), event.timestamp
            )
            return numbered

    async def fail(self, context: UserExecutionContext, event: Event) -> Event:
        """Commit the failure of the run and the event that tells of it."""
        async with self._database.tenant(context.tenant_id) as connection:
            return await _append(connection, context, event, "failed")

    async def find(self, owner: Principal, client_message_id: str) -> list[Event]:
        """All that happened so far in the run that a message of this user began."""
        async with self._database.tenant(owner.tenant_id) as connection:
            cursor = connection.cursor(row_factory=dict_row)
            rows = await (await cursor.execute(_EVENTS, [owner.user_id, client_message_id])).fetchall()
            return [Event(**row | {"type": EventType(row["type"])}) for row in rows]

    async def _enter_thread(self, connection: Connection, admission: Admission, now: datetime) -> None:
        context = admission.context
        if admission.opens_thread:
            await connection.execute(
                "INSERT INTO threads (tenant_id, id, user_id, title, created_at) VALUES (%s, %s, %s, %s, %s)",
                [context.tenant_id, context.thread_id, context.user_id, admission.text[:TITLE_LENGTH], now],
            )
            return
        owned = await connection.execute(
            "SELECT FROM threads WHERE id = %s AND user_id = %s", [context.thread_id, context.user_id]
        )
        if owned.rowcount == 0:
            raise ThreadNotFound


async def _append(connection: Connection, context: UserExecutionContext, event: Event, state: str) -> Event:
    finished_at = None if state == "running" else event.timestamp
    row = await (await connection.execute(_NEXT_SEQ, [state, finished_at, context.run_id])).fetchone()
    if row is None:
        raise RunClosed(f"{context.run_id} is not running; {event.type} was not recorded")
    numbered = event.numbered(row[0])
    await connection.execute(
        _INSERT_EVENT,
        [
            context.tenant_id,
            context.run_id,
            numbered.seq,
            context.thread_id,
            numbered.epoch,
            numbered.type,
            numbered.timestamp,
            numbered.agent_name,
            Jsonb(numbered.payload),
        ],
    )
    return numbered


async def _add_message(
    connection: Connection,
    context: UserExecutionContext,
    message_id: str,
    role: str,
    content: str,
    data: dict[str, Any] | None,
    now: datetime,
) -> None:
    await connection.execute(
        _INSERT_MESSAGE,
        [
            context.tenant_id,
            message_id,
            context.thread_id,
            context.run_id,
            role,
            content,
            None if data is None else Jsonb(data),
            now,
        ],
    )
