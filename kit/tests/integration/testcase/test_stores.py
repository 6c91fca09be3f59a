"""Real stores in a case: each test its own place in all of them, and nothing left in any."""

from __future__ import annotations

from typing import Any

import pytest

from goldenpath import SSotBaseTestCase
from goldenpath.databases import DatabaseTestUtility, IsolatedStores


class TestStores(SSotBaseTestCase):
    @pytest.mark.parametrize("cents", [1, 250])
    def test_one_key_is_the_place_of_a_test_in_every_store_and_all_tell_the_same(
        self, stores: IsolatedStores, cents: int
    ) -> None:
        assert stores.redis is not None
        with stores.postgres.connect() as connection, stores.redis.connect() as client:
            connection.execute("CREATE TABLE price (name text, cents int)")
            connection.execute("INSERT INTO price VALUES ('tea', %s)", [cents])
            connection.commit()
            assert client.dbsize() == 0
            client.set("price:tea", cents)
            stores.assert_in_sync(
                postgres="SELECT name, cents FROM price",
                redis=lambda client: {"tea": (int(client.get("price:tea")),)},
            )
            client.incr("price:tea")
            with self.expect_exception(AssertionError, "tea"):
                stores.assert_in_sync(
                    postgres="SELECT name, cents FROM price",
                    redis=lambda client: {"tea": (int(client.get("price:tea")),)},
                )


class TestTransactions(SSotBaseTestCase):
    @pytest.mark.parametrize("time", [1, 2])
    def test_what_a_test_commits_is_undone_for_the_next(
        self, transaction: Any, database_utility: DatabaseTestUtility, time: int
    ) -> None:
        found = transaction.execute("SELECT to_regclass('written')").fetchone()
        assert found == (None,), f"left from before time {time}"
        transaction.execute("CREATE TABLE written (time int)")
        transaction.execute("INSERT INTO written VALUES (%s)", [time])
        transaction.commit()
        transaction.rollback()
        assert transaction.execute("SELECT time FROM written").fetchall() == [(time,)]
        with database_utility.database() as another, another.connect() as connection:
            assert connection.execute("SELECT to_regclass('written')").fetchone() == (None,)
