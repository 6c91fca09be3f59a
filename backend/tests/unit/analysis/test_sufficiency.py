from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from agent_backend.analysis import Availability, Intent, Sufficiency, assess, completeness, grade, how_to_get

START = datetime(2026, 3, 1, tzinfo=UTC)
WHOLE = Availability(100, START, START + timedelta(days=14), 90, 90, 90)


@pytest.mark.parametrize(
    ("complete", "sufficiency"),
    [
        ("1", Sufficiency.SUFFICIENT),
        ("0.8", Sufficiency.SUFFICIENT),
        ("0.79", Sufficiency.PARTIAL),
        ("0.4", Sufficiency.PARTIAL),
        ("0.39", Sufficiency.INSUFFICIENT),
        ("0", Sufficiency.INSUFFICIENT),
        (None, Sufficiency.UNKNOWN),
    ],
)
def test_the_grade_changes_at_eight_and_four_tenths(complete: str | None, sufficiency: Sufficiency) -> None:
    assert grade(None if complete is None else Decimal(complete)) is sufficiency


@pytest.mark.parametrize(
    ("available", "missing", "given", "complete"),
    [
        (4, 1, None, "0.8"),
        (0, 3, None, "0"),
        (4, 1, "0.1", "0.1"),
        (0, 0, None, None),
        (0, 0, "0.5", "0.5"),
        (4, 1, "1.5", None),
        (-1, 1, None, None),
    ],
)
def test_completeness_is_as_given_or_counted(
    available: int, missing: int, given: str | None, complete: str | None
) -> None:
    found = completeness(available, missing, None if given is None else Decimal(given))
    assert found == (None if complete is None else Decimal(complete))


@pytest.mark.parametrize(
    ("data", "missing", "sufficiency"),
    [
        (WHOLE, [], Sufficiency.SUFFICIENT),
        (Availability(100, START, START + timedelta(days=13), 90, 90, 90), ["two weeks of history"], "sufficient"),
        (
            Availability(100, START, START, 90, 90, 89),
            ["two weeks of history", "latencies"],
            Sufficiency.PARTIAL,
        ),
        (
            Availability(100, START, START, 0, 0, 100),
            ["two weeks of history", "prompt fingerprints", "prices of the models"],
            Sufficiency.PARTIAL,
        ),
    ],
)
def test_the_records_are_held_against_what_savings_need(
    data: Availability, missing: list[str], sufficiency: Sufficiency
) -> None:
    found = assess(data, Intent.SAVINGS)
    assert (list(found.missing), found.sufficiency) == (missing, sufficiency)


def test_one_record_is_enough_to_tell_the_spend_and_none_is_not() -> None:
    assert assess(Availability(1), Intent.SPEND).sufficiency is Sufficiency.SUFFICIENT
    assert assess(Availability(0), Intent.SPEND).sufficiency is Sufficiency.INSUFFICIENT
    assert assess(Availability(0), Intent.SAVINGS).sufficiency is Sufficiency.INSUFFICIENT


def test_whatever_is_missing_comes_with_a_way_to_get_it() -> None:
    for missing in assess(Availability(0), Intent.SAVINGS).missing:
        assert how_to_get(missing).endswith(".")
