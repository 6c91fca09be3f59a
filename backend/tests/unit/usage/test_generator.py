from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from itertools import islice, pairwise
from statistics import median

import pytest

from agent_backend.usage import UsageGenerator, UsageRecord, csv_lines

START = datetime(2026, 8, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def records() -> list[UsageRecord]:
    return list(UsageGenerator(7, START))


def test_the_same_seed_makes_the_same_file_and_another_seed_another() -> None:
    texts = ["".join(islice(csv_lines(UsageGenerator(seed, START)), 500)) for seed in (7, 7, 8)]
    assert texts[0] == texts[1] != texts[2]


def test_ninety_days_of_several_teams_and_models_in_the_order_of_time(records: list[UsageRecord]) -> None:
    days = {record.occurred_at.date() for record in records}
    assert len(days) == 90
    assert len({record.team for record in records}) >= 5
    assert len({record.model for record in records}) >= 5
    assert all(earlier.occurred_at <= later.occurred_at for earlier, later in pairwise(records))


def test_weekdays_are_busier_than_weekends_and_noon_than_night(records: list[UsageRecord]) -> None:
    daily = Counter(record.occurred_at.date() for record in records if record.team != "research")
    weekdays = median(count for day, count in daily.items() if day.weekday() < 5)
    weekends = median(count for day, count in daily.items() if day.weekday() >= 5)
    assert weekdays > 2 * weekends
    hours = Counter(record.occurred_at.hour for record in records if record.team != "research")
    assert hours[14] > 5 * hours[3]


def test_business_grows_over_the_season(records: list[UsageRecord]) -> None:
    half = sum(record.occurred_at < datetime(2026, 9, 15, tzinfo=UTC) for record in records)
    assert half < len(records) - half


def test_a_retry_storm_fails_hundreds_of_calls_within_an_hour(records: list[UsageRecord]) -> None:
    failed = Counter((record.occurred_at.date(), record.occurred_at.hour) for record in records if record.error)
    [(_, most), (_, next_)] = failed.most_common(2)
    assert most > 300 > 50 > next_


def test_a_runaway_prompt_answers_without_end_for_five_days(records: list[UsageRecord]) -> None:
    endless = [record for record in records if record.completion_tokens > 5_000 and record.model == "quill-pro"]
    assert len({record.occurred_at.date() for record in endless}) == 5
    assert len(endless) > 150


def test_prompts_come_back_and_some_are_answered_by_the_cache(records: list[UsageRecord]) -> None:
    support = Counter(record.prompt_fingerprint for record in records if record.team == "support")
    assert max(support.values()) > 30
    assert any(record.cache_hit and record.cost == 0 for record in records)


def test_no_days_are_refused() -> None:
    with pytest.raises(ValueError, match="cannot generate 0 days"):
        UsageGenerator(1, START, days=0)
