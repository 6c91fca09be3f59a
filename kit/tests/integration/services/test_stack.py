from __future__ import annotations

import sys

import psycopg
import pytest
import redis

from goldenpath import Service, ServiceStack
from goldenpath.services import Announces, StartError

SERVER = """
import json, os, socket
server = socket.create_server(("127.0.0.1", 0))
print("database", os.environ["DATABASE_URL"])
print(json.dumps({"url": "http://127.0.0.1:%d" % server.getsockname()[1]}))
while True:
    server.accept()[0].close()
"""


def test_a_stack_gives_a_database_and_a_cache_that_answer() -> None:
    with ServiceStack("postgres", "redis") as stack:
        with psycopg.connect(stack["postgres"].url) as connection:
            assert connection.execute("SELECT 6 * 7").fetchone() == (42,)
        with redis.Redis.from_url(stack["redis"].url) as client:
            assert client.ping()
        assert [handle.health().state for handle in stack.values()] == ["ready", "ready"]


@pytest.mark.asyncio
async def test_a_stack_works_in_async_code_too() -> None:
    async with ServiceStack("postgres") as stack:
        async with await psycopg.AsyncConnection.connect(stack["postgres"].url) as connection:
            cursor = await connection.execute("SELECT 6 * 7")
            assert await cursor.fetchone() == (42,)


def test_nothing_is_left_of_a_stack_that_was_shut_down() -> None:
    stack = ServiceStack("postgres", "redis").start()
    sockets = [handle.socket for handle in stack.values()]
    stack.graceful_shutdown()
    assert [path for path in sockets if path is None or path.exists() or path.parents[1].exists()] == []


def test_a_command_announces_its_url_and_knows_what_it_needs() -> None:
    web = Service("web", command=[sys.executable, "-c", SERVER], needs=["postgres"], ready=Announces("url"))
    with ServiceStack("postgres", web) as stack:
        handle = stack["web"]
        assert handle.url == f"http://127.0.0.1:{handle.port}"
        assert f"database {stack['postgres'].url}" in handle.logs()


def test_a_command_that_ends_before_it_is_ready_is_an_error_with_what_it_wrote() -> None:
    web = Service("web", command=[sys.executable, "-c", "raise SystemExit('no such table')"], ready=Announces("url"))
    with pytest.raises(StartError, match=r"'web'.*exit code 1 before it was ready(?s:.*)no such table"):
        ServiceStack(web).start()
