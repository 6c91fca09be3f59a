"""Read the numbered files, apply what the database lacks, refuse what does not fit."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final

import psycopg

from agent_backend.storage.postgres import check_url, unreachable
from agent_backend.storage.queue_schema import install_queue, installed_queue

# Any number will do, as long as every process that migrates this schema asks for the same lock.
LOCK: Final = 4_715_883_901
_BOOKKEEPING: Final = """
CREATE TABLE IF NOT EXISTS schema_migrations (
    version integer PRIMARY KEY,
    name text NOT NULL,
    checksum text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
)
"""


class MigrationError(Exception):
    """The database and the files of this program do not belong together."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One file: its number, its name and its SQL."""

    version: int
    name: str
    sql: str

    @property
    def label(self) -> str:
        """The name of its file."""
        return f"{self.version:04d}_{self.name}"

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()


def read_migrations() -> list[Migration]:
    """The files of this program, in order; numbers may be left out, for rooms keep ranges of their own."""
    found = sorted(
        (entry for entry in files(__package__).iterdir() if entry.name.endswith(".sql")), key=lambda entry: entry.name
    )
    migrations = [Migration(int(file.name[:4]), file.name[5:-4], file.read_text("utf-8")) for file in found]
    if len({migration.version for migration in migrations}) != len(migrations):
        raise MigrationError(f"two migrations have the same number: {[file.name for file in found]}")
    return migrations


def migrate(url: str, migrations: Sequence[Migration] | None = None) -> list[Migration]:
    """Bring the database up to date and return what was applied; several processes may try at once."""
    wanted = read_migrations() if migrations is None else migrations
    check_url(url)
    try:
        with psycopg.connect(url, autocommit=True, connect_timeout=5) as connection:
            connection.execute("SELECT pg_advisory_lock(%s)", [LOCK])
            connection.execute(_BOOKKEEPING)
            missing = pending(connection.execute("SELECT version, checksum FROM schema_migrations").fetchall(), wanted)
            for migration in missing:
                _apply(connection, migration)
            if migrations is None:
                install_queue(connection)
            return missing
    except psycopg.OperationalError as error:
        raise unreachable(url, error) from error
    except psycopg.Error as error:
        raise MigrationError(f"PostgreSQL refused the migration: {str(error).strip()}") from error


async def check_current(connection: psycopg.AsyncConnection[Any]) -> None:
    """Refuse a database that lacks a migration, or has one that this program does not know."""
    cursor = await connection.execute("SELECT to_regclass('schema_migrations') IS NOT NULL")
    applied: list[tuple[int, str]] = []
    if await cursor.fetchone() == (True,):
        applied = await (await connection.execute("SELECT version, checksum FROM schema_migrations")).fetchall()
    missing = pending(applied, read_migrations())
    if missing:
        raise MigrationError(f"the database lacks {len(missing)} migration(s); run: agent-backend migrate")
    installed, wanted = await installed_queue(connection)
    if installed != wanted:
        raise MigrationError(
            f"the queue's tables are of procrastinate {installed}, not {wanted}; run: agent-backend migrate"
        )


def pending(applied: Sequence[tuple[int, str]], wanted: Sequence[Migration]) -> list[Migration]:
    """What is still to be applied, after making sure that what was applied is what we know."""
    known = {migration.version: migration for migration in wanted}
    for version, checksum in applied:
        if version not in known:
            raise MigrationError(
                f"the database is at version {version}, newer than this program (version {max(known, default=0)})"
            )
        if known[version].checksum != checksum:
            raise MigrationError(f"migration {version} ({known[version].name}) was changed after it had been applied")
    done = {version for version, _ in applied}
    return [migration for migration in wanted if migration.version not in done]


def _apply(connection: psycopg.Connection[Any], migration: Migration) -> None:
    with connection.transaction():
        connection.execute(migration.sql.encode())
        connection.execute(
            "INSERT INTO schema_migrations (version, name, checksum) VALUES (%s, %s, %s)",
            [migration.version, migration.name, migration.checksum],
        )
