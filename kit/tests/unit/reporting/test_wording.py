from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldenpath.reporting.wording import clip, count, percent, seconds

DURATIONS = {
    None: "?",
    0.0: "0 ms",
    0.0123: "12 ms",
    0.9996: "1.00 s",
    9.994: "9.99 s",
    9.996: "10.0 s",
    59.96: "1 min",
    61.4: "1 min 1 s",
    3599.6: "1 h 0 min",
    7500.0: "2 h 5 min",
}


@pytest.mark.parametrize("value", DURATIONS)
def test_durations_as_people_say_them(value: float | None) -> None:
    assert seconds(value) == DURATIONS[value]


SHARES = {
    0: "0 %",
    1: "1" + "00 %",
    0.5: "50 %",
    0.99999: "99.9 %",
    0.00001: "<0.1 %",
    0.993: "99.3 %",
    0.0123: "1.2 %",
}


@pytest.mark.parametrize("share", SHARES)
def test_all_and_nothing_are_said_of_nothing_else(share: float) -> None:
    assert percent(share) == SHARES[share]


def test_counts_have_their_plural() -> None:
    assert [count(1, "test"), count(1204, "test"), count(2, "query", "queries")] == [
        "1 test",
        "1,204 tests",
        "2 queries",
    ]


@given(st.text(), st.integers(4, 80))
def test_a_clipped_text_fits_and_keeps_its_end(text: str, width: int) -> None:
    clipped = clip(text, width)
    assert len(clipped) <= width
    assert clipped == text or ("…" in clipped and text.endswith(clipped.rpartition("…")[2]))
