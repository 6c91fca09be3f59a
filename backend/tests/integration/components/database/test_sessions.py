"""A session has a beginning and an end, survives what goes wrong before it, and belongs to one tenant."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import Any

import psycopg
import pytest

from agent_backend.context import Kind
from agent_backend.storage import StoreUnavailable, ThreadStore
from goldenpath import TenantMatrix

pytestmark = pytest.mark.asyncio

TENANT = "SELECT current_setting('agent_backend.tenant', true), pg_backend_pid()"


async def test_a_session_begins_with_its_tenant_and_ends_without_a_trace_of_it(open_manager: Any) -> None:
    manager = await open_manager(max_size=1)
    async with manager.tenant("ten_a") as connection:
        status = psycopg.pq.TransactionStatus(connection.pgconn.transaction_status)
        tenant, first = await (await connection.execute(TENANT)).fetchone()
        await connection.execute("SET LOCAL work_mem = '3MB'")
    assert (status, tenant) == (psycopg.pq.TransactionStatus.INTRANS, "ten_a")
    ((left, second),) = await manager.call(TENANT, [])
    assert (left, second) == ("", first)
    ((memory,),) = await manager.call("SELECT current_setting('work_mem')", [])
    assert memory != "3MB"


async def test_a_session_recovers_from_an_error_and_from_a_connection_that_was_cut(
    open_manager: Any, database_url: str
) -> None:
    manager = await open_manager(max_size=1)
    for _ in range(3):
        with pytest.raises(psycopg.errors.DivisionByZero):
            async with manager.tenant("ten_a") as connection:
                await connection.execute("SELECT 1 / 0")
    async with manager.tenant("ten_a") as connection:
        _, pid = await (await connection.execute(TENANT)).fetchone()
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as owner:
        await owner.execute("SELECT pg_terminate_backend(%s, 60000)", [pid])
    with pytest.raises(StoreUnavailable, match="PostgreSQL"):
        async with manager.tenant("ten_a") as connection:
            await connection.execute(TENANT)
    async with manager.tenant("ten_b") as connection:
        tenant, another = await (await connection.execute(TENANT)).fetchone()
    assert tenant == "ten_b"
    assert another != pid


async def test_between_users_no_session_shows_a_row_a_list_or_an_id_of_another_tenant(
    open_manager: Any, new_tenant: Any, ids: Any
) -> None:
    manager = await open_manager(max_size=1)
    threads = ThreadStore(manager)

    @asynccontextmanager
    async def world(simulation: Any) -> Any:
        yield threads

    async def log_in(actor: Any) -> Any:
        return await new_tenant(manager)

    async def open_thread(actor: Any) -> str:
        thread_id, owner = ids.new(Kind.THREAD), actor.session
        async with manager.tenant(owner.tenant_id) as connection:
            await connection.execute(
                "INSERT INTO threads (tenant_id, id, user_id, title, created_at) VALUES (%s, %s, %s, %s, now())",
                [owner.tenant_id, thread_id, owner.user_id, actor.token("title")],
            )
        return thread_id

    async def messages(actor: Any, thread_id: str) -> tuple[int, dict[str, str], str]:
        async with manager.tenant(actor.session.tenant_id) as connection:
            found = await connection.execute("SELECT title FROM threads WHERE id = %s", [thread_id])
            rows = await found.fetchall()
        return (200, {}, str(rows)) if rows else (404, {}, "there is no such thread")

    async def every_title(actor: Any, _: str) -> list[Any]:
        async with manager.tenant(actor.session.tenant_id) as connection:
            return await (await connection.execute("SELECT * FROM threads")).fetchall()

    async def recent(actor: Any, _: str) -> list[Any]:
        return [thread.title for thread in await threads.recent(actor.session)]

    report = await (
        TenantMatrix(world, log_in)
        .route("a thread by its id", act=open_thread, look=messages, unknown=ids.new(Kind.THREAD))
        .query("every thread there is", act=open_thread, look=every_title)
        .query("the recent threads", act=open_thread, look=recent)
    ).once()
    assert report.ok, report.explain()
