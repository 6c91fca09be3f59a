from __future__ import annotations

from collections.abc import Callable
from typing import Any

SUITE = """
import gc

collected = [object.__new__(type("Collected", (), {}))]

def test_what_was_collected_is_set_aside():
    assert gc.get_freeze_count() > 0
    assert not any(each is collected for each in gc.get_objects())

def test_what_a_test_makes_is_not():
    made = [[]]
    assert any(each is made for each in gc.get_objects())
"""


def test_the_collector_looks_only_at_what_tests_make(run_suite: Callable[..., Any]) -> None:
    run = run_suite(SUITE)
    assert (run.code, [outcome for _, outcome in run.outcomes]) == (0, ["PASSED", "PASSED"])


def test_a_suite_may_go_without(run_suite: Callable[..., Any]) -> None:
    run = run_suite(SUITE, "-p", "no:goldenpath.plugin.heap")
    assert [outcome for _, outcome in run.outcomes] == ["FAILED", "PASSED"]
