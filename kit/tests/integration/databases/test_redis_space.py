from __future__ import annotations

import subprocess
import sys
from contextlib import ExitStack

import pytest

from goldenpath.databases import DatabaseTestError
from goldenpath.databases.redis_space import redis_space
from goldenpath.services import ServiceStack

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


def test_the_lease_of_a_process_that_died_is_free_again(stack: ServiceStack) -> None:
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
    with redis_space(url, "next") as space, space.connect() as client:
        assert space.number == int(answer.stdout)
        assert client.get("left") is None
