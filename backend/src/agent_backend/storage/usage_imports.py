"""The import of a file of usage records: each batch is committed with the line it reaches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from psycopg.rows import class_row

from agent_backend.context import Principal
from agent_backend.storage.database import DatabaseManager
from agent_backend.storage.usage import UsageStore
from agent_backend.usage import UsageRecord

_BEGIN: Final = """
INSERT INTO usage_imports (tenant_id, id, user_id) VALUES (%s, %s, %s) ON CONFLICT (tenant_id, id) DO NOTHING
"""
_FIND: Final = "SELECT id, lines, stored, broken, finished FROM usage_imports WHERE id = %s AND user_id = %s"
# `lines` is the fence: of two requests that import under one id, only one gets past any line.
_ADVANCE: Final = """
UPDATE usage_imports SET lines = %s, stored = stored + %s, broken = broken + %s, finished = %s
WHERE id = %s AND lines = %s AND NOT finished
"""


class ImportOvertaken(Exception):
    """Another request works on the import of this id, or someone else owns it."""


@dataclass(frozen=True, slots=True)
class ImportProgress:
    """How far an import is: up to which line of the file, and what became of them."""

    id: str
    lines: int
    stored: int
    broken: int
    finished: bool


class UsageImports:
    """Keeps the progress of imports, and stores their records with it."""

    def __init__(self, database: DatabaseManager, usage: UsageStore) -> None:
        self._database = database
        self._usage = usage

    async def begin(self, owner: Principal, import_id: str) -> ImportProgress:
        """Begin an import, or find how far it came before."""
        async with self._database.tenant(owner.tenant_id) as connection:
            await connection.execute(_BEGIN, [owner.tenant_id, import_id, owner.user_id])
        found = await self.find(owner, import_id)
        if found is None:
            raise ImportOvertaken
        return found

    async def find(self, owner: Principal, import_id: str) -> ImportProgress | None:
        """How far an import of this user is."""
        async with self._database.tenant(owner.tenant_id) as connection:
            cursor = connection.cursor(row_factory=class_row(ImportProgress))
            await cursor.execute(_FIND, [import_id, owner.user_id])
            return await cursor.fetchone()

    async def advance(
        self,
        owner: Principal,
        before: ImportProgress,
        lines: int,
        records: Sequence[UsageRecord],
        broken: int,
        *,
        finished: bool = False,
    ) -> ImportProgress:
        """Store a batch and the line it reaches, in one transaction."""
        stored = len(records)
        async with self._database.tenant(owner.tenant_id) as connection:
            moved = await connection.execute(_ADVANCE, [lines, stored, broken, finished, before.id, before.lines])
            if moved.rowcount != 1:
                raise ImportOvertaken
            await self._usage.insert(connection, owner.tenant_id, records)
        self._usage.committed(owner.tenant_id)
        return ImportProgress(before.id, lines, before.stored + stored, before.broken + broken, finished)
