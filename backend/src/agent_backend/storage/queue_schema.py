"""procrastinate's own tables: made from its package, and brought up to date by its own migrations."""

from __future__ import annotations

from importlib.metadata import version
from importlib.resources import files
from typing import Any, Final

import psycopg
from packaging.version import Version
from procrastinate.schema import SchemaManager

QUEUE_SCHEMA: Final = "procrastinate"
_BOOKKEEPING: Final = """
CREATE TABLE IF NOT EXISTS procrastinate.installed_version (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    version text NOT NULL
)
"""


def install_queue(connection: psycopg.Connection[Any]) -> None:
    """Bring the queue's tables to the version of the installed package, whole or not at all."""
    wanted = version("procrastinate")
    with connection.transaction():
        connection.execute(f"SET LOCAL search_path = {QUEUE_SCHEMA}")
        connection.execute(_BOOKKEEPING)
        row = connection.execute("SELECT version FROM procrastinate.installed_version").fetchone()
        if row is not None and row[0] == wanted:
            return
        for statements in [SchemaManager.get_schema()] if row is None else _upgrades(row[0]):
            connection.execute(statements.encode())
        connection.execute(
            "INSERT INTO procrastinate.installed_version (version) VALUES (%s) "
            "ON CONFLICT (one) DO UPDATE SET version = excluded.version",
            [wanted],
        )


async def installed_queue(connection: psycopg.AsyncConnection[Any]) -> tuple[str | None, str]:
    """The version whose tables the database has, if any, and that of the installed package."""
    cursor = await connection.execute("SELECT to_regclass('procrastinate.installed_version') IS NOT NULL")
    row = None
    if await cursor.fetchone() == (True,):
        row = await (await connection.execute("SELECT version FROM procrastinate.installed_version")).fetchone()
    return None if row is None else row[0], version("procrastinate")


def _upgrades(installed: str) -> list[str]:
    """The package's migrations that are newer than the installed version; their names begin with theirs."""
    found = sorted(
        (entry for entry in files("procrastinate.sql").joinpath("migrations").iterdir() if entry.name.endswith(".sql")),
        key=lambda entry: entry.name,
    )
    return [entry.read_text("utf-8") for entry in found if Version(entry.name.partition("_")[0]) > Version(installed)]
