"""Async cases on real connections: one loop for hooks, body and clean-ups, and whatever hangs is cancelled."""

from __future__ import annotations

import asyncio

import psycopg
import redis.asyncio

from goldenpath import SSotAsyncTestCase
from goldenpath.databases import IsolatedDatabase, IsolatedStores
from goldenpath.services import ServiceHandle


class TestAsyncStores(SSotAsyncTestCase):
    async def asyncSetUp(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.closed: list[str] = []

    async def open(self, stores: IsolatedStores) -> redis.asyncio.Redis:
        assert stores.redis is not None
        client = redis.asyncio.Redis.from_url(stores.redis.url, socket_timeout=None)
        self.add_cleanup(self.close, client)
        return client

    async def close(self, client: redis.asyncio.Redis) -> None:
        assert asyncio.get_running_loop() is self.loop
        await client.aclose()

    async def test_a_connection_is_opened_used_and_closed_on_one_loop(self, stores: IsolatedStores) -> None:
        client = await self.open(stores)
        assert asyncio.get_running_loop() is self.loop
        assert await client.set("key", "value")
        assert await client.get("key") == b"value"

    async def test_a_condition_is_waited_for_until_another_connection_makes_it_true(
        self, stores: IsolatedStores, database: IsolatedDatabase
    ) -> None:
        client = await self.open(stores)
        asked = 0

        async def stored() -> bytes | None:
            nonlocal asked
            asked += 1
            if asked == 3:
                async with await database.aconnect() as connection:
                    row = await (await connection.execute("SELECT 40 + 2")).fetchone()
                    await client.set("answer", row[0])
            return await client.get("answer")

        assert await self.wait_for_condition(stored, timeout=60, interval=0.001) == b"42"
        assert asked == 3

    async def test_a_call_that_blocks_is_cancelled_by_name_and_the_next_one_answers(
        self, stores: IsolatedStores
    ) -> None:
        client = await self.open(stores)

        async def never() -> object:
            return await client.blpop("an empty list", timeout=0)

        with self.expect_exception(TimeoutError, "never did not end within 0.05 s and was cancelled"):
            await self.run_with_timeout(never(), timeout=0.05)
        assert await client.set("still", "here")
        assert await client.get("still") == b"here"


class TestManyAtOnce(SSotAsyncTestCase):
    async def test_many_clients_at_once_each_see_their_own_transaction(self, postgres_service: ServiceHandle) -> None:
        async def own(number: int) -> bool:
            async with await psycopg.AsyncConnection.connect(postgres_service.url) as connection:
                await connection.execute("CREATE TEMPORARY TABLE mine AS SELECT %s::int AS number", [number])
                row = await (await connection.execute("SELECT array_agg(number) FROM mine")).fetchone()
                return row == ([number],)

        assert await self.run_with_timeout(asyncio.gather(*map(own, range(8))), timeout=60) == [True] * 8
