from __future__ import annotations

import pytest

from goldenpath.databases import OutOfSync, assert_in_sync


def test_stores_that_tell_the_same_agree() -> None:
    assert_in_sync({"postgres": {"run_1": "done"}, "redis": lambda: {"run_1": "done"}})


def test_every_difference_names_the_key_and_what_each_store_has() -> None:
    facts = {"postgres": {"a": 1, "b": 2}, "redis": {"a": 1, "b": 3}, "clickhouse": {"a": 1}}
    with pytest.raises(OutOfSync, match="1 of 2 facts differ") as failure:
        assert_in_sync(facts)
    assert "'b': postgres has 2, redis has 3, clickhouse lacks it" in str(failure.value)


def test_a_key_that_only_the_last_store_has_is_a_difference() -> None:
    with pytest.raises(OutOfSync, match="'ghost': postgres lacks it, redis has 1"):
        assert_in_sync({"postgres": {}, "redis": {"ghost": 1}})


def test_many_differences_are_counted_and_the_first_shown() -> None:
    with pytest.raises(OutOfSync, match="and 15 more"):
        assert_in_sync({"postgres": dict.fromkeys(range(25)), "redis": {}})


def test_one_store_alone_cannot_agree() -> None:
    with pytest.raises(ValueError, match="two stores or more can agree; given were postgres"):
        assert_in_sync({"postgres": {}})
