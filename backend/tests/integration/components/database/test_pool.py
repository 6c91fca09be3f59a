"""The pool keeps to its size, gives every connection back, and serves whoever waits."""

from __future__ import annotations

import asyncio
from typing import Any

import psycopg
import pytest

pytestmark = pytest.mark.asyncio

PID = "SELECT pg_backend_pid()"


async def pid_of(manager: Any) -> int:
    async with manager.tenant("ten_a") as connection:
        return (await (await connection.execute(PID)).fetchone())[0]


async def test_the_pool_is_as_large_as_it_is_configured_and_no_larger(open_manager: Any) -> None:
    manager = await open_manager(max_size=4)
    assert (manager.statistics().largest, manager.statistics().size) == (4, 1)
    full = asyncio.Barrier(4)

    async def hold() -> int:
        async with manager.tenant("ten_a") as connection:
            await full.wait()
            return (await (await connection.execute(PID)).fetchone())[0]

    pids = await asyncio.gather(*(hold() for _ in range(4)))
    assert len(set(pids)) == manager.statistics().size == 4
    assert manager.statistics().requests_refused == 0


async def test_a_connection_is_acquired_once_and_released_whatever_becomes_of_its_session(open_manager: Any) -> None:
    manager = await open_manager(max_size=1)
    first = await pid_of(manager)
    with pytest.raises(psycopg.errors.UndefinedTable):
        async with manager.tenant("ten_a") as connection:
            await connection.execute("SELECT FROM no_such_table")
    with pytest.raises(KeyError):
        async with manager.tenant("ten_a"):
            raise KeyError
    inside = asyncio.Event()

    async def wait_in_vain() -> None:
        async with manager.tenant("ten_a"):
            inside.set()
            await asyncio.Event().wait()

    waiting = asyncio.create_task(wait_in_vain())
    await inside.wait()
    assert manager.statistics().idle == 0
    waiting.cancel()
    await asyncio.wait([waiting])
    assert (await pid_of(manager), manager.statistics().idle) == (first, 1)
    assert manager.statistics().connections_lost == 0


async def test_a_load_of_many_more_sessions_than_connections_is_served_to_the_last(open_manager: Any) -> None:
    manager = await open_manager(max_size=4)

    async def work(number: int) -> tuple[str, int]:
        async with manager.tenant(f"ten_{number}") as connection:
            row = await (await connection.execute("SELECT current_tenant(), pg_backend_pid()")).fetchone()
            return row[0], row[1]

    served = await asyncio.gather(*(work(number) for number in range(100)))
    assert [tenant for tenant, _ in served] == [f"ten_{number}" for number in range(100)]
    assert len({pid for _, pid in served}) <= 4
    seen = manager.statistics()
    assert (seen.requests_refused, seen.waiting, seen.requests) == (0, 0, 100)
    assert seen.requests_that_waited > 0
