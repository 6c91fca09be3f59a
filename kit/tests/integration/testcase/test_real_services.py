"""Cases with real services: what a case does to its environment, its stores and its sockets ends with it."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from typing import Any

import pytest

from goldenpath import SSotAsyncTestCase, SSotBaseTestCase
from goldenpath.services import ServiceHandle


class TestRealServices(SSotBaseTestCase):
    rows: list[int] = []

    @pytest.mark.parametrize("time", [1, 2])
    def test_each_test_has_a_database_of_its_own(self, database: Any, time: int) -> None:
        with database.connect() as connection, self.track_db_queries() as tracked:
            connection.execute("CREATE TABLE note (number int)")
            connection.execute("INSERT INTO note VALUES (%s)", (time,))
            (self.rows,) = connection.execute("SELECT array_agg(number) FROM note").fetchone()
            self.increment_db_query_count(3)
        assert self.rows == [time]
        assert tracked.count == 3

    def test_a_child_process_sees_what_the_test_has_set(self) -> None:
        self.set_env_var("CASE_REGION", "eu")
        program = "import os; print(os.environ['CASE_REGION'])"
        answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        assert answer.stdout.strip() == "eu"

    def test_a_connection_is_closed_by_a_cleanup(self, redis_service: ServiceHandle) -> None:
        import redis

        client = redis.Redis.from_url(redis_service.url)
        self.add_cleanup(client.close)
        key = self.get_test_context().session_id
        self.add_cleanup(client.delete, key)
        assert client.set(key, "here")
        assert client.get(key) == b"here"


class TestRealSockets(SSotAsyncTestCase):
    async def asyncSetUp(self) -> None:
        self.server = await asyncio.start_server(self.echo, "127.0.0.1", 0)
        self.add_cleanup(self.server.wait_closed)
        self.add_cleanup(self.server.close)

    async def echo(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.readline())
        writer.close()
        await writer.wait_closed()

    async def test_a_server_of_the_case_answers(self) -> None:
        reader, writer = await asyncio.open_connection(*self.server.sockets[0].getsockname())
        writer.write(b"hello\n")
        assert await self.run_with_timeout(reader.readline(), timeout=10) == b"hello\n"
        writer.close()
        await writer.wait_closed()
