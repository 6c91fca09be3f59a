from __future__ import annotations

import pytest

from goldenpath.probe.latency import END, FIRST, Latencies, percentile


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [
        ([7.0], 0.5, 7.0),
        ([7.0], 0.99, 7.0),
        ([1.0, 2.0], 0.5, 1.0),
        ([1.0, 2.0], 0.51, 2.0),
        ([4.0, 1.0, 3.0, 2.0], 0.5, 2.0),
        (list(map(float, range(1, 101))), 0.95, 95.0),
        (list(map(float, range(1, 101))), 0.99, 99.0),
        (list(map(float, range(1, 101))), 1.0, 100.0),
        (list(map(float, range(1, 21))), 0.95, 19.0),
    ],
)
def test_a_percentile_is_the_nearest_rank_and_always_a_value_that_was_measured(
    values: list[float], share: float, expected: float
) -> None:
    assert percentile(values, share) == expected


def test_of_nothing_there_is_no_percentile() -> None:
    with pytest.raises(ValueError, match="nothing was measured"):
        percentile([], 0.5)


def test_what_two_processes_measured_is_ranked_together() -> None:
    mine, theirs = Latencies(), Latencies()
    for value in (0.001, 0.002, 0.003):
        mine.note("answer", value)
    theirs.note("answer", 0.1)
    theirs.note("other", 0.5)
    mine.add(theirs)
    spread = mine.spreads()["answer"]
    assert (spread.count, spread.p50, spread.p99, spread.worst) == (4, 0.002, 0.1, 0.1)
    assert mine.spreads()["other"].to_json() == {
        "count": 1,
        "p50_ms": 500.0,
        "p95_ms": 500.0,
        "p99_ms": 500.0,
        "worst_ms": 500.0,
    }


def test_the_first_event_leads_the_table_and_the_end_closes_it() -> None:
    latencies = Latencies()
    for what, value in ((END, 0.1), ("late", 0.9), ("early", 0.2), (FIRST, 0.5)):
        latencies.note(what, value)
    assert list(latencies.spreads()) == [FIRST, "early", "late", END]
