"""What a test measured: figures of its own, and four counters that every backend test needs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final

COUNTERS: Final = ("db_queries", "redis_operations", "websocket_events", "llm_requests")
EXECUTION_TIME: Final = "execution_time"


@dataclass(slots=True)
class Tracked:
    """What was counted inside one block, and how long the block took."""

    counter: str
    count: int = 0
    seconds: float = 0.0


class Metrics:
    """The figures of one test."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._start = clock()
        self._recorded: dict[str, Any] = {}
        self._counts = dict.fromkeys(COUNTERS, 0)

    def elapsed(self) -> float:
        """The seconds since the test began."""
        return self._clock() - self._start

    def record(self, name: str, value: Any) -> None:
        """Keep a figure under a name; a counter and the execution time keep themselves."""
        if name in self._counts or name == EXECUTION_TIME:
            raise ValueError(f"{name!r} is kept by the test case itself; record your figure under another name")
        self._recorded[name] = value

    def get(self, name: str, default: Any = None) -> Any:
        """One figure, or the default."""
        return self.all().get(name, default)

    def all(self) -> dict[str, Any]:
        """Every figure: the execution time so far, the counters, and what was recorded."""
        return {EXECUTION_TIME: self.elapsed(), **self._counts, **self._recorded}

    def told(self) -> dict[str, Any]:
        """The figures worth telling about: those recorded, and the counters that counted."""
        return {**{name: count for name, count in self._counts.items() if count}, **self._recorded}

    def add(self, counter: str, amount: int) -> None:
        """Count."""
        if amount < 0:
            raise ValueError(f"{counter} cannot go down: got {amount}")
        self._counts[counter] += amount

    def count(self, counter: str) -> int:
        """How many were counted."""
        return self._counts[counter]

    @contextmanager
    def track(self, counter: str) -> Iterator[Tracked]:
        """Tell what is counted in one block; `NAME_time` is recorded as its duration."""
        start, before, tracked = self._clock(), self._counts[counter], Tracked(counter)
        try:
            yield tracked
        finally:
            tracked.count, tracked.seconds = self._counts[counter] - before, self._clock() - start
            self.record(f"{counter}_time", tracked.seconds)

    def require(self, names: tuple[str, ...]) -> None:
        """Fail unless each of these was recorded or counted; without names, unless anything was."""
        told = self.told()
        missing = [name for name in names if name not in told and name != EXECUTION_TIME]
        if missing or not (names or told):
            near = [match for name in missing for match in get_close_matches(name, told, n=1)]
            hint = f"; did you mean {', '.join(map(repr, near))}?" if near else ""
            wanted = ", ".join(map(repr, missing)) or "any metric"
            raise AssertionError(f"{wanted} was not recorded{hint}; recorded: {', '.join(sorted(told)) or 'nothing'}")
