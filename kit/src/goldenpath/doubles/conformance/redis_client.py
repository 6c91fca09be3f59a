"""What an async Redis client does, whoever implements it."""

from __future__ import annotations

from asyncio import gather
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Any

from goldenpath.doubles.conformance.refusal import refused


class RedisClientConformance:
    """Subclass it, say what to `open`, and mark the subclass for your async plugin.

    `open` yields a client of an empty database that answers bytes.
    """

    def open(self) -> AbstractAsyncContextManager[Any]:
        raise NotImplementedError(f"{type(self).__name__}.open() says which client the suite runs on")

    async def test_it_answers(self) -> None:
        async with self.open() as redis:
            assert await redis.ping() is True

    async def test_a_value_is_kept_as_bytes(self) -> None:
        async with self.open() as redis:
            for value, kept in (("ü", "ü".encode()), (b"\xff", b"\xff"), (7, b"7"), (1.5, b"1.5"), ("", b"")):
                assert await redis.set("key", value) is True
                assert await redis.get("key") == kept
            assert await redis.get("nothing") is None

    async def test_a_value_redis_cannot_hold_is_refused(self) -> None:
        async with self.open() as redis:
            for value in (None, True, {"a": 1}, ["a"]):
                with refused("DataError", "TypeError"):
                    await redis.set("key", value)
            assert await redis.exists("key") == 0

    async def test_conditional_sets(self) -> None:
        async with self.open() as redis:
            assert await redis.set("key", "1", xx=True) is None
            assert await redis.set("key", "2", nx=True) is True
            assert await redis.set("key", "3", nx=True) is None
            assert await redis.set("key", "4", xx=True, get=True) == b"2"
            assert await redis.get("key") == b"4"

    async def test_keys_are_counted_deleted_and_found_by_pattern(self) -> None:
        async with self.open() as redis:
            for name in ("user:1", "user:2", "thread:1"):
                await redis.set(name, "x")
            assert await redis.exists("user:1", "user:1", "user:9") == 2
            assert sorted(await redis.keys("user:*")) == [b"user:1", b"user:2"]
            assert await redis.delete("user:1", "user:9") == 1
            assert sorted(await redis.keys()) == [b"thread:1", b"user:2"]

    async def test_a_ticket_is_taken_once(self) -> None:
        async with self.open() as redis:
            await redis.set("ticket", "u1", ex=300)
            taken = await gather(*(redis.getdel("ticket") for _ in range(20)))
            assert (taken.count(b"u1"), taken.count(None)) == (1, 19)
            assert await redis.exists("ticket") == 0

    async def test_time_to_live(self) -> None:
        async with self.open() as redis:
            assert await redis.ttl("key") == -2
            await redis.set("key", "x")
            assert await redis.ttl("key") == -1
            assert await redis.expire("key", 100)
            assert 98 <= await redis.ttl("key") <= 100
            await redis.set("key", "y", keepttl=True)
            assert 98 <= await redis.ttl("key") <= 100
            await redis.set("key", "z")
            assert await redis.ttl("key") == -1
            await redis.set("key", "z", px=timedelta(minutes=1))
            assert 58 <= await redis.ttl("key") <= 60
            assert not await redis.expire("nothing", 100)

    async def test_what_has_no_time_left_is_gone(self) -> None:
        async with self.open() as redis:
            await redis.set("key", "x")
            assert await redis.expire("key", 0)
            assert await redis.get("key") is None
            assert await redis.exists("key") == 0
            assert await redis.keys() == []

    async def test_counters(self) -> None:
        async with self.open() as redis:
            assert await redis.incr("n") == 1
            assert await redis.incr("n", 41) == 42
            assert await redis.decr("n", 2) == 40
            assert await redis.get("n") == b"40"
            await redis.set("word", "x")
            with refused("ResponseError", "ValueError"):
                await redis.incr("word")

    async def test_hashes(self) -> None:
        async with self.open() as redis:
            assert await redis.hset("h", "a", 1) == 1
            assert await redis.hset("h", mapping={"a": 2, "b": "x"}) == 1
            assert await redis.hget("h", "a") == b"2"
            assert await redis.hget("h", "z") is None
            assert await redis.hgetall("h") == {b"a": b"2", b"b": b"x"}
            assert await redis.hgetall("nothing") == {}
            assert await redis.hdel("h", "a", "b", "z") == 2
            assert await redis.exists("h") == 0
            with refused("DataError", "ValueError"):
                await redis.hset("h")

    async def test_lists(self) -> None:
        async with self.open() as redis:
            assert await redis.rpush("l", "b", "c") == 2
            assert await redis.lpush("l", "a", "z") == 4
            assert await redis.lrange("l", 0, -1) == [b"z", b"a", b"b", b"c"]
            assert await redis.lrange("l", 1, 2) == [b"a", b"b"]
            assert await redis.lrange("l", -2, 9) == [b"b", b"c"]
            assert await redis.lrange("l", 5, 9) == []
            assert [await redis.lpop("l") for _ in range(5)] == [b"z", b"a", b"b", b"c", None]
            assert await redis.llen("l") == 0
            assert await redis.exists("l") == 0

    async def test_sets(self) -> None:
        async with self.open() as redis:
            assert await redis.sadd("s", "a", "b", "a") == 2
            assert await redis.sadd("s", "b") == 0
            assert await redis.smembers("s") == {b"a", b"b"}
            assert [await redis.sismember("s", member) for member in ("a", "z")] == [1, 0]
            assert await redis.srem("s", "a", "b", "z") == 2
            assert await redis.smembers("s") == set()
            assert await redis.exists("s") == 0

    async def test_a_key_of_another_form_is_refused(self) -> None:
        async with self.open() as redis:
            await redis.rpush("l", "a")
            for call in (redis.get("l"), redis.hget("l", "a"), redis.sadd("l", "a"), redis.incr("l")):
                with refused("ResponseError", "TypeError"):
                    await call
            assert await redis.lrange("l", 0, -1) == [b"a"]

    async def test_publishing_to_nobody_reaches_nobody(self) -> None:
        async with self.open() as redis:
            assert await redis.publish("channel", "message") == 0
