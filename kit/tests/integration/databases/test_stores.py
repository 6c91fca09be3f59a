from __future__ import annotations

from collections.abc import Iterator

import pytest

from goldenpath.databases import DatabaseTestError, DatabaseTestUtility, IsolatedStores, OutOfSync
from goldenpath.databases.clickhouse_space import within
from goldenpath.services import ServiceStack

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def three() -> Iterator[DatabaseTestUtility]:
    with ServiceStack("postgres", "redis", "clickhouse") as stack, DatabaseTestUtility(stack) as utility:
        yield utility


def fill(stores: IsolatedStores, postgres: int, redis: int, clickhouse: int) -> None:
    assert stores.redis is not None
    assert stores.clickhouse is not None
    with stores.postgres.connect() as connection:
        connection.execute("CREATE TABLE run (id text, steps int)")
        connection.execute("INSERT INTO run VALUES ('run_1', %s)", [postgres])
    with stores.redis.connect() as client:
        client.set("run_1", redis)
    with stores.clickhouse.connect() as client:
        client.command("CREATE TABLE run (id String, steps Int32) ENGINE = MergeTree ORDER BY id")
        client.command(f"INSERT INTO run VALUES ('run_1', {clickhouse})")


QUERY = "SELECT id, steps FROM run"


def test_one_key_names_the_place_in_every_store_and_the_next_test_finds_them_empty(three: DatabaseTestUtility) -> None:
    for _ in range(2):
        with three.stores() as stores:
            assert stores.clickhouse is not None
            assert stores.redis is not None
            assert stores.key == stores.postgres.name == stores.redis.key == stores.clickhouse.key
            assert set(stores.env()) == {"DATABASE_URL", "REDIS_URL", "CLICKHOUSE_URL"}
            fill(stores, 3, 3, 3)


def test_stores_in_sync_agree_and_one_that_lags_is_named(three: DatabaseTestUtility) -> None:
    with three.stores() as stores:
        fill(stores, 3, 3, 2)
        in_redis = {"redis": lambda client: {"run_1": (int(client.get("run_1")),)}}
        stores.assert_in_sync(postgres=QUERY, **in_redis)
        with pytest.raises(OutOfSync, match=r"'run_1': postgres has \(3,\), clickhouse has \(2,\), redis has \(3,\)"):
            stores.assert_in_sync(postgres=QUERY, clickhouse=QUERY, **in_redis)


def test_a_store_that_is_not_there_cannot_be_asked(three: DatabaseTestUtility) -> None:
    with three.stores() as stores, pytest.raises(DatabaseTestError, match="there is no store 'mongo' here to ask"):
        stores.assert_in_sync(mongo="SELECT 1", postgres={})


def test_two_tests_at_once_do_not_see_each_others_tables(three: DatabaseTestUtility) -> None:
    with three.stores() as one, three.stores() as other:
        fill(one, 1, 1, 1)
        fill(other, 2, 2, 2)
        for stores, steps in ((one, 1), (other, 2)):
            stores.assert_in_sync(postgres=QUERY, clickhouse=QUERY, facts={"run_1": (steps,)})


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("chdb:///tmp/files?database=a", "chdb:///tmp/files?database=b"),
        ("clickhouse://u:p@h:8123/a", "clickhouse://u:p@h:8123/b"),
        ("clickhouses://u:p@h:8443/a?verify=false", "clickhouses://u:p@h:8443/b?verify=false"),
    ],
)
def test_the_url_of_a_database_is_the_servers_with_another_name(url: str, expected: str) -> None:
    assert within(url, "b") == expected
