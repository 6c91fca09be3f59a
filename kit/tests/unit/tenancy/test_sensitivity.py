"""What the matrix finds in a service that leaks on purpose, and that it finds nothing in one that does not."""

from __future__ import annotations

import asyncio

import pytest

from goldenpath.tenancy.leak import RULES

from .toy import LEAKS, matrix

SEEDS = range(10)


@pytest.mark.parametrize("leak", LEAKS)
def test_every_planted_leak_is_found_and_named_without_being_told(leak: str) -> None:
    report = matrix(leak).over(SEEDS)
    found = {found.rule for found in report.leaks} | {found.encoding for found in report.leaks}
    assert LEAKS[leak] in found, report.explain()
    assert "gpcanary" not in report.explain() + str(report.to_json()) + report.to_junit()


def test_over_a_thousand_seeds_a_service_without_leaks_raises_no_alarm() -> None:
    report = matrix().over(range(1000))
    assert report.ok, report.explain()
    assert (report.runs, len(report.cells)) == (1000, 12)


def test_tried_in_turn_a_service_without_leaks_raises_no_alarm_either() -> None:
    report = asyncio.run(matrix().once())
    assert report.ok, report.explain()
    assert set(report.searched) == {"response", "frames", "value", "logs", "sql", "calls"}


def test_what_shows_only_in_a_race_is_found_by_its_seed_and_again_by_the_same() -> None:
    assert asyncio.run(matrix("tenant in a global").once()).ok
    first = matrix("tenant in a global").over(SEEDS).leaks[0]
    assert first.seed is not None
    assert first in matrix("tenant in a global").over([first.seed]).leaks


def test_enough_leaks_are_planted_in_enough_places() -> None:
    assert len(LEAKS) >= 20
    assert set(RULES) - {"TL001"} <= set(LEAKS.values())
