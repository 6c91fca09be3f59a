"""Knows which tables of a database were dirtied, and puts exactly those back."""

from __future__ import annotations

from contextlib import nullcontext
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from goldenpath.databases.errors import CannotReset

if TYPE_CHECKING:
    from psycopg import Connection


def install(connection: Connection[Any]) -> None:
    """Take the database as it is now for the state to which `reset` returns; needs a superuser."""
    connection.execute(files("goldenpath.databases").joinpath("watch.sql").read_bytes())


def reset(connection: Connection[Any]) -> tuple[str, ...]:
    """Put the database back and prove it; returns the tables that had been dirty.

    No other connection may be open: what it commits later would be missed. CannotReset says why this database is lost.
    """
    from psycopg.errors import Error, RaiseException

    try:
        with nullcontext() if connection.autocommit else connection.transaction():
            row = connection.execute("SELECT goldenpath.reset()").fetchone()
    except RaiseException as refusal:
        raise CannotReset(refusal.diag.message_primary or str(refusal)) from None
    except Error as failure:
        raise CannotReset(str(failure).partition("\n")[0]) from failure
    assert row is not None
    return tuple(row[0])
