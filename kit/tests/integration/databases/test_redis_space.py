from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import ExitStack

import pytest
from redis import Redis

from goldenpath.databases import DatabaseTestError, DatabaseTestUtility
from goldenpath.databases.redis_space import LEASE_SECONDS, numbered, own, redis_space
from goldenpath.services import Service, ServiceStack

pytestmark = pytest.mark.integration


def test_two_tests_at_once_have_different_numbers_and_see_nothing_of_each_other(stack: ServiceStack) -> None:
    url = stack["redis"].url
    with redis_space(url, "one") as one, redis_space(url, "two") as two:
        with one.connect() as first, two.connect() as second:
            first.set("key", "of one")
            assert second.get("key") is None
            second.flushdb()
            assert first.get("key") == b"of one"


def test_a_number_is_empty_for_the_next_one(stack: ServiceStack) -> None:
    url = stack["redis"].url
    for _ in range(2):
        with redis_space(url, "one") as space, space.connect() as client:
            assert client.dbsize() == 0
            client.set("key", "value")


def test_when_all_numbers_are_leased_the_error_says_what_helps(stack: ServiceStack) -> None:
    with ExitStack() as taken, pytest.raises(DatabaseTestError, match=r'options=\{"databases": "256"\}'):
        for number in range(100):
            taken.enter_context(redis_space(stack["redis"].url, str(number)))


def test_the_number_of_a_process_that_died_is_free_again_once_its_lease_is_over(stack: ServiceStack) -> None:
    url = stack["redis"].url
    program = f"""
import os
from goldenpath.databases.redis_space import redis_space
with redis_space({url!r}, "dead") as space, space.connect() as client:
    client.set("left", "behind")
    print(space.number, flush=True)
    os._exit(1)
"""
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    with redis_space(url, "meanwhile") as space:
        assert space.number != int(answer.stdout)
    with Redis.from_url(url) as server:
        (lease,) = server.scan_iter(match="goldenpath_lease:*")
        assert 0 < server.ttl(lease) <= LEASE_SECONDS
        server.delete(lease)
    with redis_space(url, "next") as space, space.connect() as client:
        assert space.number == int(answer.stdout)
        assert client.get("left") is None


def test_a_living_lease_holds_although_its_process_cannot_be_seen_from_here(
    stack: ServiceStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nobody(pid: int, signal: int) -> None:
        raise ProcessLookupError

    monkeypatch.setattr(os, "kill", nobody)
    with redis_space(stack["redis"].url, "one") as one, redis_space(stack["redis"].url, "two") as two:
        assert one.number != two.number


def test_a_lease_is_renewed_while_it_is_used(stack: ServiceStack) -> None:
    with Redis.from_url(stack["redis"].url) as server, redis_space(stack["redis"].url, "one", seconds=0.2):
        (lease,) = server.scan_iter(match="goldenpath_lease:*")
        server.delete(lease)
        deadline = time.monotonic() + 30
        while not server.exists(lease):
            assert time.monotonic() < deadline


def test_what_was_given_to_somebody_else_is_neither_emptied_nor_released(stack: ServiceStack) -> None:
    with Redis.from_url(stack["redis"].url) as server:
        with pytest.raises(DatabaseTestError, match="was given to somebody else while a test still used it"):
            with redis_space(stack["redis"].url, "robbed") as space, space.connect() as client:
                server.set(f"goldenpath_claim:{space.number}", "space:thief")
                client.set("of", "the thief")
        with space.connect() as client:
            assert client.get("of") == b"the thief"
            client.flushdb()
        assert server.getdel(f"goldenpath_claim:{space.number}") == b"space:thief"


def test_a_number_with_somebodys_data_is_left_alone(stack: ServiceStack) -> None:
    url = stack["redis"].url
    with redis_space(url, "one") as space:
        number = space.number
    with space.connect() as client:
        client.set("precious", 1)
        with redis_space(url, "two") as other:
            assert other.number != number
        assert client.getdel("precious") == b"1"
        with Redis.from_url(url) as server:
            assert not server.exists(f"goldenpath_claim:{number}")


def test_the_stores_of_an_external_stack_spare_its_own_database_and_others_data(stack: ServiceStack) -> None:
    url = stack["redis"].url
    precious = numbered(url, 1)
    with Redis.from_url(precious) as client:
        client.set("precious", 1)
        external = Service("redis", url=url)
        with ServiceStack("postgres", external) as outside, DatabaseTestUtility(outside) as utility:
            with outside["redis"].client() as corner:
                corner.set("of the corner", 1)
            with utility.stores() as one, utility.stores() as two:
                assert one.redis is not None
                assert two.redis is not None
                numbers = {one.redis.number, two.redis.number, own(outside["redis"].url), 0, 1}
                assert len(numbers) == 5
            with outside["redis"].client() as corner:
                assert corner.get("of the corner")
        assert client.getdel("precious") == b"1"
