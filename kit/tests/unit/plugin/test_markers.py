from __future__ import annotations

from collections.abc import Callable
from typing import Any

MARKED = """
    import pytest

    @pytest.mark.heavy
    @pytest.mark.resource("gpu")
    @pytest.mark.timeout(5)
    @pytest.mark.integration
    def test_one(): assert True
"""


def test_strict_marks_know_those_that_the_runner_goes_by(run_suite: Callable[..., Any]) -> None:
    ended = run_suite(MARKED, "--strict-markers")
    assert ended.code == 0, ended.shown


def test_no_mark_is_described_twice(run_suite: Callable[..., Any]) -> None:
    shown = run_suite(MARKED, "--markers", "-o", "markers=heavy: ours").shown
    assert shown.count("@pytest.mark.heavy") == 1
    assert "@pytest.mark.heavy: ours" in shown
    assert shown.count("@pytest.mark.exclusive") == 1
