"""The history on disk: one bounded file per project, replaced whole, refused by name when it cannot be trusted."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from goldenpath.keeping import Unusable, cache_folder, project_key, read_document, write_document
from goldenpath.runner.history.past import LETTERS, NO_PAST, RETRIED, RUNS_KEPT, Past
from goldenpath.runner.record import TestResult

KIND: Final = "goldenpath-history"
VERSION: Final = 1
TESTS_KEPT: Final = 50_000
"""Beyond this, the tests that have not run for longest are forgotten."""
_LETTERS: Final = frozenset(LETTERS.values()) | {RETRIED}


def history_path(root: Path, environ: Mapping[str, str]) -> Path:
    """Where the history of a project is kept."""
    return cache_folder(environ) / "history" / f"{project_key(root)}.json"


def open_history(path: Path) -> TestHistory:
    """What is known; nothing, and a notice, when the file cannot be trusted."""
    try:
        return TestHistory(path, *_read(path))
    except Unusable as error:
        return TestHistory(path, {}, 0, f"{error}; it begins anew")


class TestHistory:
    """Durations and outcomes of the last runs of every test."""

    __test__ = False

    def __init__(self, path: Path, pasts: dict[str, Past], runs: int, notice: str = "") -> None:
        self.path = path
        self.runs = runs
        """How many runs it has seen; runs are numbered, so that a clock that is set back changes nothing."""
        self.notice = notice
        self._pasts = pasts

    def past(self, node_id: str) -> Past:
        """All that is known of one test."""
        return self._pasts.get(node_id, NO_PAST)

    @property
    def pasts(self) -> Mapping[str, Past]:
        """All that is known."""
        return self._pasts

    def expected(self, node_id: str) -> float | None:
        """The seconds the test is expected to take; None for one never seen."""
        return self.past(node_id).expected

    def failed_last(self) -> frozenset[str]:
        """The tests whose last result was bad."""
        return frozenset(node_id for node_id, past in self._pasts.items() if past.failed_last)

    def learn(self, results: Iterable[TestResult]) -> None:
        """Take in a run. Runs that end at the same time both count: the file is read again under a lock."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with _locked(self.path):
                try:
                    self._pasts, self.runs = _read(self.path)
                except Unusable as error:
                    self.notice = self.notice or f"{error}; it begins anew"
                self._take_in(results)
                content = {"runs": self.runs, "tests": self._pasts}
                write_document(self.path, KIND, VERSION, content)
        except OSError as error:
            self.notice = f"the history could not be saved, so the next run knows nothing of this one: {error}"

    def _take_in(self, results: Iterable[TestResult]) -> None:
        self.runs += 1
        pasts = dict(self._pasts)
        for result in results:
            pasts[result.node_id] = pasts.get(result.node_id, NO_PAST).after(result, self.runs)
        if len(pasts) > TESTS_KEPT:
            latest = sorted(pasts.items(), key=lambda item: -item[1].run)[:TESTS_KEPT]
            pasts = dict(latest)
        self._pasts = pasts


def _read(path: Path) -> tuple[dict[str, Past], int]:
    content = read_document(path, KIND, VERSION)
    if content is None:
        return {}, 0
    try:
        pasts = {str(node_id): _past(row) for node_id, row in content["tests"].items()}
        return pasts, int(content["runs"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Unusable(f"{path} holds what no history holds ({error})") from None


def _past(row: Any) -> Past:
    letters, units, run = row
    if len(letters) != len(units) or len(letters) > RUNS_KEPT or not _LETTERS.issuperset(letters):
        raise ValueError(f"a test with {len(letters)} outcomes and {len(units)} durations")
    return Past(letters, tuple(map(int, units)), int(run))


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """One writer at a time, where the platform can; elsewhere the last one wins, and the file is still whole."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    handle = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
