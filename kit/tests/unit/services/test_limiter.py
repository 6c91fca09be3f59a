from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldenpath.services import RestartLimit, StormError


@pytest.mark.no_assertions("a start is allowed by not being refused")
def test_the_first_start_is_no_restart() -> None:
    RestartLimit(maximum=1).check("web", [100.0], 100.1)


def test_one_restart_too_many_is_refused_with_the_time_of_the_next() -> None:
    limit = RestartLimit(maximum=2, window=60)
    limit.check("web", [0.0, 10.0], 20.0)
    with pytest.raises(StormError, match=r"'web' was restarted 2 times within 60 s.*allowed in 40\.0 s"):
        limit.check("web", [0.0, 10.0, 20.0], 30.0)


@pytest.mark.no_assertions("a start is allowed by not being refused")
def test_restarts_older_than_the_window_are_forgotten() -> None:
    RestartLimit(maximum=2, window=60).check("web", [0.0, 10.0, 20.0], 70.0)


def test_a_service_cools_down_before_it_is_restarted() -> None:
    limit = RestartLimit(cool_down=5)
    with pytest.raises(StormError, match=r"cools down for 5 s.*allowed in 4\.0 s"):
        limit.check("web", [0.0], 1.0)
    limit.check("web", [0.0], 5.0)


@given(st.integers(1, 5), st.lists(st.floats(0.01, 30), min_size=1, max_size=60))
def test_no_window_ever_sees_more_restarts_than_the_limit(maximum: int, pauses: list[float]) -> None:
    limit, now, launches = RestartLimit(maximum=maximum, window=60), 0.0, [0.0]
    for pause in pauses:
        now += pause
        try:
            limit.check("web", launches, now)
        except StormError:
            continue
        launches.append(now)
    restarts = launches[1:]
    assert all(sum(1 for other in restarts if 0 <= moment - other < 60) <= maximum for moment in restarts)
