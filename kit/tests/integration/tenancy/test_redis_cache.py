from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import pytest
import redis
import redis.asyncio

from goldenpath.services import ServiceStack
from goldenpath.tenancy import Canary, LeakSearch

pytestmark = pytest.mark.integration

ACME, GLOBEX = Canary("acme", seed=1), Canary("globex", seed=1)
TOKEN = ACME.token("note")
GLOBEX.token("note")


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with ServiceStack("redis") as stack:
        yield stack["redis"].url


@pytest.fixture(params=[True, False], ids=["text", "bytes"])
def client(server: str, request: pytest.FixtureRequest) -> Iterator[Any]:
    with redis.Redis.from_url(server, decode_responses=request.param) as client:
        client.flushdb()
        yield client


KINDS = {
    "string": lambda client, key: client.set(key, f"note: {TOKEN}"),
    "hash": lambda client, key: client.hset(key, mapping={"note": TOKEN}),
    "field of a hash": lambda client, key: client.hset(key, mapping={TOKEN: "note"}),
    "list": lambda client, key: client.rpush(key, "a", TOKEN),
    "set": lambda client, key: client.sadd(key, TOKEN),
    "sorted set": lambda client, key: client.zadd(key, {TOKEN: 1.0}),
    "stream": lambda client, key: client.xadd(key, {"note": TOKEN}),
    "encoded": lambda client, key: client.set(key, base64.b64encode(b"x:" + TOKEN.encode())),
    "key": lambda client, key: client.set(f"{key}:{TOKEN}", 1),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_mark_is_found_in_every_kind_of_value_that_redis_holds(client: Any, kind: str) -> None:
    KINDS[kind](client, "globex:page")
    search = LeakSearch(ACME, GLOBEX)
    (leak,) = search.eyes_of("globex").cache("globex' keys", client, match="globex:*")
    assert leak.label == "note"
    assert TOKEN not in search.report.explain()


def test_keys_of_the_other_tenant_are_not_this_tenants_view(client: Any) -> None:
    client.set("acme:page", TOKEN)
    client.set("globex:page", "something")
    search = LeakSearch(ACME, GLOBEX)
    assert search.eyes_of("globex").cache("globex' keys", client, match="globex:*") == []
    assert search.report.ok
    assert len(search.eyes_of().cache("all keys", client)) == 1


def test_an_asynchronous_client_is_refused_by_name(server: str) -> None:
    client = redis.asyncio.Redis.from_url(server)
    with pytest.raises(TypeError, match="this Redis client is asynchronous: give a synchronous one"):
        LeakSearch(ACME, GLOBEX).eyes_of("globex").cache("keys", client)
