"""Usage records that look like a company's: busy weekdays, quiet nights, a nightly job, and two expensive accidents.

The same seed, start and days make the same records, byte for byte; everything is drawn from one generator of random
numbers and priced by the list prices.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

from agent_backend.analysis import LIST_PRICES
from agent_backend.usage.record import UsageRecord

DAYS: Final = 90
START: Final = datetime(2026, 8, 1, tzinfo=UTC)
_EXACT: Final = Decimal("1E-9")
_HOURS: Final = (1, 1, 1, 1, 1, 2, 4, 8, 14, 18, 19, 17, 13, 16, 19, 18, 15, 11, 7, 5, 4, 3, 2, 1)
"""How the calls of a day spread over its hours (UTC): two humps around lunch."""
_WEEKEND: Final = 0.3
_SEASON: Final = 0.004
"""How much busier each day is than the one before: the company grows."""


@dataclass(frozen=True, slots=True)
class Workload:
    """What one team does with one model; sizes are medians, `prompts` how many different prompts keep coming back."""

    team: str
    model: str
    calls_per_day: int
    prompt_tokens: int
    completion_tokens: int
    milliseconds: int
    prompts: int | None
    cache_hits: float = 0.0


WORKLOADS: Final = (
    Workload("support", "atlas-large", 44, 640, 120, 1500, prompts=160, cache_hits=0.05),
    Workload("support", "atlas-medium", 26, 420, 90, 700, prompts=90, cache_hits=0.1),
    Workload("search", "atlas-small", 60, 260, 40, 280, prompts=None, cache_hits=0.15),
    Workload("legal", "quill-pro", 9, 5200, 900, 4200, prompts=None),
    Workload("marketing", "quill-pro", 12, 900, 650, 3600, prompts=None),
    Workload("marketing", "quill-mini", 18, 700, 300, 900, prompts=None),
)
NIGHTLY: Final = Workload("research", "atlas-medium", 64, 1800, 260, 900, prompts=None)
STORM: Final = ("search", "atlas-large", 38, 420)
"""The retry storm: team, model, on which day it breaks out, and how many calls fail in it."""
RUNAWAY: Final = ("marketing", "quill-pro", 61, 5, 36)
"""The runaway prompt: team, model, first day, how many days, and how many endless answers a day."""


class UsageGenerator:
    """Makes the records of a number of days, in the order of time."""

    def __init__(self, seed: int, start: datetime = START, days: int = DAYS) -> None:
        if days < 1:
            raise ValueError(f"cannot generate {days} days; ask for 1 or more")
        self._seed = seed
        self._start = start
        self._days = days

    def __iter__(self) -> Iterator[UsageRecord]:
        chance = random.Random(self._seed)
        for day in range(self._days):
            yield from sorted(self._day(day, chance), key=lambda record: record.occurred_at)

    def _day(self, day: int, chance: random.Random) -> Iterator[UsageRecord]:
        midnight = self._start + timedelta(days=day)
        for workload in WORKLOADS:
            busy = (1 + _SEASON * day) * (_WEEKEND if midnight.weekday() >= 5 else 1) * chance.uniform(0.85, 1.15)
            for _ in range(round(workload.calls_per_day * busy)):
                hour = chance.choices(range(24), _HOURS)[0]
                moment = midnight + timedelta(hours=hour, seconds=chance.uniform(0, 3600))
                yield self._call(workload, moment, chance)
        for _ in range(NIGHTLY.calls_per_day):
            yield self._call(NIGHTLY, midnight + timedelta(hours=2, seconds=chance.uniform(0, 3000)), chance)
        yield from self._storm(day, midnight, chance)
        yield from self._runaway(day, midnight, chance)

    def _call(self, workload: Workload, moment: datetime, chance: random.Random) -> UsageRecord:
        identity = _identity(workload, chance)
        own = random.Random(f"{self._seed}:{identity}") if workload.prompts else chance
        prompt = _around(workload.prompt_tokens, own)
        answer = _around(workload.completion_tokens, own)
        hit = chance.random() < workload.cache_hits
        failed = chance.random() < 0.006
        return _record(
            moment,
            workload.team,
            workload.model,
            (prompt, 0 if failed else answer),
            12 if hit else _around(workload.milliseconds, chance),
            identity,
            hit=hit and not failed,
            error="overloaded" if failed else None,
        )

    def _storm(self, day: int, midnight: datetime, chance: random.Random) -> Iterator[UsageRecord]:
        team, model, when, calls = STORM
        if day == when:
            moment = midnight + timedelta(hours=14, minutes=7)
            for _ in range(calls):
                moment += timedelta(seconds=chance.uniform(0.5, 4))
                yield _record(moment, team, model, (2400, 0), 30_000, "storm", error="upstream timeout")

    def _runaway(self, day: int, midnight: datetime, chance: random.Random) -> Iterator[UsageRecord]:
        team, model, first, days, calls = RUNAWAY
        if first <= day < first + days:
            for number in range(calls):
                moment = midnight + timedelta(hours=8, seconds=chance.uniform(0, 36_000))
                identity = f"runaway {day} {number}"
                yield _record(moment, team, model, (1100, _around(15_500, chance)), 96_000, identity)


def _identity(workload: Workload, chance: random.Random) -> str:
    """Which prompt it is: one of those that keep coming back, the first of them most often, or one of its own."""
    if workload.prompts is None:
        return f"{workload.team} {workload.model} {chance.getrandbits(48):012x}"
    return (
        f"{workload.team} {workload.model} {min(int(chance.expovariate(6 / workload.prompts)), workload.prompts - 1)}"
    )


def _around(median: int, chance: random.Random) -> int:
    return max(1, round(median * chance.lognormvariate(0, 0.35)))


def _record(
    moment: datetime,
    team: str,
    model: str,
    tokens: tuple[int, int],
    latency_ms: int,
    identity: str,
    *,
    hit: bool = False,
    error: str | None = None,
) -> UsageRecord:
    price = LIST_PRICES.get(model)
    assert price is not None, "the workloads name listed models"
    cost = Decimal(0) if hit else price.cost(*tokens).quantize(_EXACT, ROUND_HALF_EVEN)
    return UsageRecord(
        occurred_at=moment.replace(microsecond=0),
        team=team,
        model=model,
        prompt_tokens=tokens[0],
        completion_tokens=tokens[1],
        latency_ms=latency_ms,
        cost=cost,
        cache_hit=hit,
        error=error,
        prompt_fingerprint=hashlib.sha256(identity.encode()).hexdigest()[:16],
    )
