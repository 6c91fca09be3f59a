"""The log of runs, as their owner reads it: from any instance, whoever wrote it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from agent_backend.context import Principal
from agent_backend.events import Event, EventType
from agent_backend.storage.database import DatabaseManager
from agent_backend.storage.runs import RunState

PAGE: Final = 100
"""How many events are read at once: less than the queue of a socket holds."""

_COLUMNS: Final = "id, thread_id, epoch, last_seq, state"
_ONE: Final = f"SELECT {_COLUMNS} FROM runs WHERE id = %s AND user_id = %s"
_SOME: Final = f"SELECT {_COLUMNS} FROM runs WHERE id = ANY(%s) AND user_id = %s"
_ACTIVE: Final = f"SELECT {_COLUMNS} FROM runs WHERE user_id = %s AND state IN ('queued', 'running') ORDER BY id"
_OF_MESSAGE: Final = f"SELECT {_COLUMNS} FROM runs WHERE user_id = %s AND client_message_id = %s"
_EVENTS: Final = "SELECT * FROM read_events(%s, %s, %s, %s, %s)"
_MESSAGES: Final = "SELECT id, run_id, role, content, data FROM messages WHERE thread_id = %s ORDER BY id"


@dataclass(frozen=True, slots=True)
class RunSummary:
    """Where a run stands."""

    run_id: str
    thread_id: str
    epoch: int
    last_seq: int
    state: RunState


class RunHistory:
    """Reads runs back; what is not the reader's own does not exist."""

    def __init__(self, database: DatabaseManager) -> None:
        self._database = database

    async def summary(self, owner: Principal, run_id: str) -> RunSummary | None:
        """Where a run of the owner's stands."""
        found = await self._summaries(owner, _ONE, [run_id, owner.user_id])
        return found[0] if found else None

    async def summaries(self, owner: Principal, run_ids: Sequence[str]) -> list[RunSummary]:
        """Where these runs stand."""
        return await self._summaries(owner, _SOME, [list(run_ids), owner.user_id])

    async def active(self, owner: Principal) -> list[RunSummary]:
        """The owner's runs that have not ended, oldest first."""
        return await self._summaries(owner, _ACTIVE, [owner.user_id])

    async def of_message(self, owner: Principal, client_message_id: str) -> RunSummary | None:
        """The run that a message of the owner's started."""
        found = await self._summaries(owner, _OF_MESSAGE, [owner.user_id, client_message_id])
        return found[0] if found else None

    async def events(self, owner: Principal, run_id: str, after: int, limit: int = PAGE) -> list[Event]:
        """The events of a run that come after a number, in their order; ask again for more than `limit`."""
        rows = await self._database.call(_EVENTS, [owner.tenant_id, owner.user_id, run_id, after, limit])
        return [Event(EventType(row[0]), *row[1:]) for row in rows]

    async def snapshot(self, owner: Principal, run: RunSummary) -> dict[str, Any]:
        """All a client needs to show the run's thread without any of its events."""
        async with self._database.tenant(owner.tenant_id) as connection:
            rows = await (await connection.execute(_MESSAGES, [run.thread_id])).fetchall()
        messages = [dict(zip(("id", "run_id", "role", "content", "data"), row, strict=True)) for row in rows]
        return {
            "thread_id": run.thread_id,
            "epoch": run.epoch,
            "last_seq": run.last_seq,
            "state": run.state.value,
            "messages": messages,
        }

    async def _summaries(self, owner: Principal, statement: Any, values: list[object]) -> list[RunSummary]:
        async with self._database.tenant(owner.tenant_id) as connection:
            rows = await (await connection.execute(statement, values)).fetchall()
        return [RunSummary(row[0], row[1], row[2], row[3], RunState(row[4])) for row in rows]
