"""Who gets which test when: the longest first, one at a time, what shares fixtures together, tokens while they last."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from itertools import groupby
from typing import Final

EXCLUSIVE: Final = "exclusive"
"""The token that is all tokens: nothing else runs meanwhile."""
_BATCH_SECONDS: Final = 0.05
_MOST_IN_BATCH: Final = 32
_GRAIN: Final = 2
"""A group that shares fixtures is kept whole up to half of a worker's share of the time, then set up twice."""


@dataclass(frozen=True, slots=True)
class Task:
    """A test as the backlog sees it."""

    number: int
    seconds: float | None
    """Expected; None for a test never seen."""
    tokens: tuple[str, ...] = ()
    group: str = ""
    urgent: bool = False
    """Before everything else: it failed the last time."""


@dataclass(frozen=True, slots=True)
class Unit:
    """Tests that one process runs after each other."""

    numbers: tuple[int, ...]
    seconds: float
    tokens: frozenset[str]
    known: bool
    """Its duration comes from history, all of it."""
    urgent: bool = False

    @property
    def rank(self) -> tuple[bool, float, tuple[int, ...]]:
        """Its place in the queue: urgent ones, then the longest."""
        return not self.urgent, -self.seconds, self.numbers


def units(tasks: Sequence[Task], workers: int) -> list[Unit]:
    """Cut the tasks into units: free ones by themselves, those of a group together unless that held up the end."""
    seen = [task.seconds for task in tasks if task.seconds is not None]
    usual = sorted(seen)[len(seen) // 2] if seen else 0.0
    total = sum(usual if task.seconds is None else task.seconds for task in tasks)
    most_seconds = total / (workers * _GRAIN)
    most_tests = max(1, len(tasks) // (workers * _GRAIN))
    made: list[Unit] = []
    for group, members in groupby(tasks, key=lambda task: (task.group, task.tokens)):
        size = most_tests if group[0] else 1
        part: list[Task] = []
        for task in members:
            full = len(part) >= size if not total else _seconds(part, usual) + (task.seconds or usual) > most_seconds
            if part and (not group[0] or full):
                made.append(_unit(part, usual))
                part = []
            part.append(task)
        made.append(_unit(part, usual))
    return made


def _seconds(tasks: Iterable[Task], usual: float) -> float:
    return sum(usual if task.seconds is None else task.seconds for task in tasks)


def _unit(tasks: Sequence[Task], usual: float) -> Unit:
    known = all(task.seconds is not None for task in tasks)
    urgent = any(task.urgent for task in tasks)
    return Unit(tuple(task.number for task in tasks), _seconds(tasks, usual), frozenset(tasks[0].tokens), known, urgent)


class Backlog:
    """Units waiting for a worker."""

    def __init__(self, waiting: Sequence[Unit], limits: Mapping[str, int], workers: int) -> None:
        self._limits = limits
        self._workers = workers
        self._held: dict[str, frozenset[str]] = {}
        self._in_order = deque(waiting if workers == 1 else ())
        several = waiting if workers > 1 else []
        self._free = [(unit.rank, unit) for unit in several if not unit.tokens]
        self._bound = sorted((unit for unit in several if unit.tokens), key=lambda unit: unit.rank)
        heapify(self._free)

    def __bool__(self) -> bool:
        return bool(self._free or self._bound or self._in_order)

    def take(self, worker: str, usual: float | None = None, single: bool = False) -> tuple[int, ...]:
        """The next tests for a worker; none when all that is left must wait.

        `usual`: what a test without history seems to take, where that can be said; `single`: no more than one unit,
        for a run that may stop after any test.
        """
        self._held.pop(worker, None)
        if self._in_order:
            return self._batch(usual, single)
        if EXCLUSIVE in self._tokens_held():
            return ()
        bound = next((unit for unit in self._bound if self._may(unit.tokens)), None)
        if bound is not None and not (self._free and self._free[0][0] < bound.rank):
            self._bound.remove(bound)
            self._held[worker] = bound.tokens
            return bound.numbers
        if not self._free:
            return ()
        self._held[worker] = frozenset()
        return self._batch(usual, single)

    def release(self, worker: str) -> None:
        """The worker runs nothing more."""
        self._held.pop(worker, None)

    def put_back(self, numbers: Sequence[int], tokens: Mapping[int, Collection[str]]) -> None:
        """What a worker that died had not begun."""
        for number in numbers:
            unit = Unit((number,), 0.0, frozenset(tokens.get(number, ())), known=False)
            if self._workers == 1:
                self._in_order.append(unit)
            elif unit.tokens:
                self._bound.append(unit)
            else:
                heappush(self._free, (unit.rank, unit))

    def rest(self) -> tuple[int, ...]:
        """Everything that waits, which then no longer does."""
        numbers = [number for _, unit in self._free for number in unit.numbers]
        numbers += [number for unit in self._bound for number in unit.numbers]
        numbers += [number for unit in self._in_order for number in unit.numbers]
        self._free, self._bound, self._in_order = [], [], deque()
        return tuple(numbers)

    def _batch(self, usual: float | None, single: bool) -> tuple[int, ...]:
        first = self._pop()
        taken = list(first.numbers)
        seconds = first.seconds if first.known else usual or 0.0
        waiting = len(self._free) + len(self._in_order)
        most = min(_MOST_IN_BATCH, waiting if self._workers == 1 else waiting // (2 * self._workers))
        while not single and (unit := self._peek()) is not None and len(taken) < most:
            expected = unit.seconds if unit.known else usual
            if expected is None or seconds + expected > _BATCH_SECONDS:
                break
            taken += self._pop().numbers
            seconds += expected
        return tuple(taken)

    def _peek(self) -> Unit | None:
        if self._in_order:
            return self._in_order[0]
        return self._free[0][1] if self._free else None

    def _pop(self) -> Unit:
        return self._in_order.popleft() if self._in_order else heappop(self._free)[1]

    def _may(self, tokens: frozenset[str]) -> bool:
        held = self._tokens_held()
        if EXCLUSIVE in tokens:
            return not self._held
        return all(held[token] < self._limits.get(token, 1) for token in tokens)

    def _tokens_held(self) -> Counter[str]:
        return Counter(token for tokens in self._held.values() for token in tokens)
