"""Cutting what waits into batches: long enough that the way there does not count, short enough that nobody waits."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from goldenpath.runner.cluster.parcel import Batch
from goldenpath.runner.local.units import Backlog, Task, units
from goldenpath.runner.record import PlannedItem

_LONGEST: Final = 2.0
_SHORTEST: Final = 0.1
_MOST: Final = 400
_SHARE: Final = 4
"""A batch is at most this fraction of what is left for one machine, so that all finish together."""
_GUESS: Final = 0.05
"""Seconds of a test nobody has seen, until the run itself tells."""
SERVICE: Final = "service:"
"""Tokens that begin so are services: as many as the machines offer, placed by the scheduler."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A batch, with what must be given back when it is done."""

    batch: Batch
    holders: tuple[str, ...]
    services: frozenset[str]
    alone: bool = False
    """Nothing else was under way."""


class Batching:
    """The waiting tests of one layer."""

    def __init__(
        self,
        items: Sequence[PlannedItem],
        groups: Mapping[str, str],
        tokens: Mapping[str, int],
        slots: int,
        numbers: itertools.count[int],
    ) -> None:
        self._items = list(items)
        self._numbers = numbers
        self._holders = itertools.count()
        tasks = [
            Task(place, item.predicted, item.tokens, groups.get(item.node_id, ""), item.urgent)
            for place, item in enumerate(self._items)
        ]
        slots = max(slots, 2)  # a backlog for one worker keeps the order of the files
        self._backlog = Backlog(units(tasks, slots), tokens, slots)
        self._left = len(self._items)
        known = [item.predicted for item in items if item.predicted is not None]
        self._mean = sum(known) / len(known) if known else _GUESS
        self._seen = 0
        self._kept: tuple[str, list[PlannedItem]] | None = None
        """What needs tokens and was met while a batch of free tests was filled."""

    def __bool__(self) -> bool:
        return bool(self._backlog) or self._kept is not None

    def note(self, seconds: float) -> None:
        """A test took so long: what is not known is expected to be like what has been seen."""
        self._seen += 1
        self._mean += (seconds - self._mean) / min(self._seen + 5, 200)

    def take(self, slots: int) -> Taken | None:
        """The next batch; None when nothing may run now."""
        target = min(max(self._left * self._mean / max(slots, 1) / _SHARE, _SHORTEST), _LONGEST)
        picked: list[PlannedItem] = []
        holders: list[str] = []
        seconds = 0.0
        while seconds < target and len(picked) < _MOST:
            holder, found = self._next()
            if not found:
                break
            if found[0].tokens and picked:
                self._kept = holder, found
                break
            picked += found
            holders.append(holder)
            seconds += sum(self._mean if item.predicted is None else item.predicted for item in found)
            if found[0].tokens:
                break
        if not picked:
            return None
        self._left -= len(picked)
        services = frozenset(token.removeprefix(SERVICE) for token in picked[0].tokens if token.startswith(SERVICE))
        return Taken(Batch(next(self._numbers), tuple(picked)), tuple(holders), services)

    def again(self, item: PlannedItem, alone: bool = False) -> Taken:
        """A batch of one test that was given out before."""
        services = frozenset(token.removeprefix(SERVICE) for token in item.tokens if token.startswith(SERVICE))
        return Taken(Batch(next(self._numbers), (item,)), (), services, alone)

    def release(self, taken: Taken) -> None:
        """A batch is done: its tokens are free again."""
        for holder in taken.holders:
            self._backlog.release(holder)

    def drop(self) -> None:
        """Give out nothing more."""
        self._backlog.rest()
        self._kept = None

    def _next(self) -> tuple[str, list[PlannedItem]]:
        """Tests that belong together, and the name under which the backlog holds their tokens."""
        if self._kept is not None:
            kept, self._kept = self._kept, None
            return kept
        holder = f"batch-{next(self._holders)}"
        return holder, [self._items[place] for place in self._backlog.take(holder, single=True)]
