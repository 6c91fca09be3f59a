from __future__ import annotations

import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldenpath.keeping import write_document
from goldenpath.runner.history import history_path, open_history
from goldenpath.runner.history.past import NO_PAST, RUNS_KEPT
from goldenpath.runner.history.store import KIND, VERSION
from goldenpath.runner.record import Outcome, TestResult

A, B = "test_a.py::test_a", "test_a.py::test_b[x]"


def passed(node_id: str, seconds: float, **more: int) -> TestResult:
    return TestResult(node_id, Outcome.PASSED, duration=seconds, **more)  # type: ignore[arg-type]


def test_what_a_run_took_is_expected_of_the_next(tmp_path: Path) -> None:
    path = tmp_path / "history.json"
    for seconds in (1.0, 1.2, 9.0):
        open_history(path).learn([passed(A, seconds)])
    history = open_history(path)
    assert history.expected(A) == pytest.approx(1.2)
    assert history.expected(B) is None
    assert (history.runs, history.notice) == (3, "")


def test_a_test_that_was_skipped_or_cut_short_tells_nothing_of_its_time(tmp_path: Path) -> None:
    history = open_history(tmp_path / "history.json")
    history.learn([passed(A, 2.0)])
    for outcome in (Outcome.SKIPPED, Outcome.TIMED_OUT, Outcome.CRASHED, Outcome.ERROR):
        history.learn([TestResult(A, outcome, duration=60.0)])
    assert history.expected(A) == pytest.approx(2.0)


def test_the_time_of_a_retried_test_is_that_of_one_attempt(tmp_path: Path) -> None:
    history = open_history(tmp_path / "history.json")
    history.learn([passed(A, 3.0, attempts=3)])
    assert history.expected(A) == pytest.approx(1.0)
    assert history.past(A).letters == "r"


def test_failed_last_is_about_the_last_run_that_ran_it(tmp_path: Path) -> None:
    history = open_history(tmp_path / "history.json")
    history.learn([TestResult(A, Outcome.FAILED), TestResult(B, Outcome.CRASHED)])
    history.learn([TestResult(A, Outcome.SKIPPED), passed(B, 0.1)])
    assert history.failed_last() == {A}


def test_it_does_not_grow_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("goldenpath.runner.history.store.TESTS_KEPT", 10)
    history = open_history(tmp_path / "history.json")
    for run in range(RUNS_KEPT + 5):
        history.learn([passed(A, 1.0), passed(f"test_a.py::test_{run}", 1.0)])
    assert len(history.past(A).letters) == RUNS_KEPT
    assert len(history.pasts) == 10
    assert history.past("test_a.py::test_0") == NO_PAST


@pytest.mark.parametrize("damage", [b"", b"{}", b"not json", b'{"format": "goldenpath-history"}\n{}'])
def test_a_corrupt_or_foreign_file_is_named_and_begun_anew(damage: bytes, tmp_path: Path) -> None:
    path = tmp_path / "history.json"
    path.write_bytes(damage)
    history = open_history(path)
    assert str(path) in history.notice
    assert history.notice.endswith("it begins anew")
    history.learn([passed(A, 1.0)])
    assert open_history(path).notice == ""
    assert open_history(path).expected(A) == pytest.approx(1.0)


ODD = [
    {},
    {"runs": 1, "tests": {A: ["pp", [1], 1]}},
    {"runs": 1, "tests": {A: ["?", [1], 1]}},
    {"runs": 1, "tests": [A]},
]


@pytest.mark.parametrize("content", ODD)
def test_a_file_whose_checksum_is_right_and_whose_content_is_not_is_refused_too(
    content: object, tmp_path: Path
) -> None:
    path = tmp_path / "history.json"
    write_document(path, KIND, VERSION, content)
    assert "holds what no history holds" in open_history(path).notice


def test_a_place_where_nothing_can_be_written_is_a_notice_and_no_failure(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    history = open_history(tmp_path / "file" / "history.json")
    history.learn([passed(A, 1.0)])
    assert "could not be saved" in history.notice


def test_runs_that_end_at_the_same_time_all_count(tmp_path: Path) -> None:
    path = tmp_path / "history.json"
    histories = [open_history(path) for _ in range(8)]
    threads = [
        threading.Thread(target=history.learn, args=([passed(f"{A}[{number}]", 1.0), passed(A, 1.0)],))
        for number, history in enumerate(histories)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    history = open_history(path)
    assert (history.runs, len(history.past(A).letters), len(history.pasts)) == (8, 8, 9)


@given(st.lists(st.tuples(st.sampled_from(list(Outcome)), st.floats(0, 1000), st.integers(1, 3)), max_size=30))
def test_whatever_happened_is_read_as_it_was_written(runs: list[tuple[Outcome, float, int]]) -> None:
    past = NO_PAST
    for number, (outcome, seconds, attempts) in enumerate(runs):
        past = past.after(TestResult(A, outcome, duration=seconds, attempts=attempts), number)
    assert len(past.letters) == len(past.units) == min(len(runs), RUNS_KEPT)
    expected = past.expected
    assert expected is None or min(past.durations) <= expected <= max(past.durations)


def test_every_project_has_a_file_of_its_own(tmp_path: Path) -> None:
    environ = {"GOLDENPATH_CACHE_DIR": str(tmp_path / "cache")}
    assert history_path(tmp_path / "a", environ) != history_path(tmp_path / "b", environ)
