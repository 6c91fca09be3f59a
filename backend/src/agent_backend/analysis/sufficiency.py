"""Whether the data can carry an answer: what a question needs, what is there, and how to get the rest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final

from agent_backend.analysis.goal import Intent

HISTORY: Final = timedelta(days=14)
MOST: Final = Decimal("0.9")
SUFFICIENT_FROM: Final = Decimal("0.8")
PARTIAL_FROM: Final = Decimal("0.4")


class Sufficiency(StrEnum):
    """How far the data goes."""

    SUFFICIENT = "sufficient"
    PARTIAL = "partial"
    INSUFFICIENT = "insufficient"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Availability:
    """What a tenant's records hold; counts of calls, `priced` those of models in the price table."""

    calls: int
    first: datetime | None = None
    last: datetime | None = None
    fingerprinted: int = 0
    priced: int = 0
    timed: int = 0


@dataclass(frozen=True, slots=True)
class Requirement:
    """Something an answer needs, and how to get it."""

    name: str
    how: str
    met: Callable[[Availability], bool]


def _mostly(part: int, whole: int) -> bool:
    return whole > 0 and part >= whole * MOST


def _history(data: Availability) -> bool:
    return data.first is not None and data.last is not None and data.last - data.first >= HISTORY


REQUIREMENTS: Final = (
    Requirement(
        "usage records",
        "Load a CSV of your model calls, or send them to POST /api/usage.",
        lambda data: data.calls > 0,
    ),
    Requirement(
        "two weeks of history",
        "Load at least fourteen days, so that a busy Monday is not taken for the rule.",
        _history,
    ),
    Requirement(
        "prompt fingerprints",
        "Fill the column prompt_fingerprint with a hash of each prompt: repeats and retries show only there.",
        lambda data: _mostly(data.fingerprinted, data.calls),
    ),
    Requirement(
        "prices of the models",
        "Name the models as the price table does; a model without a price is left out of every comparison.",
        lambda data: _mostly(data.priced, data.calls),
    ),
    Requirement(
        "latencies",
        "Fill the column latency_ms, so that a saving that would slow people down is seen.",
        lambda data: _mostly(data.timed, data.calls),
    ),
)

NEEDED: Final = {Intent.SPEND: REQUIREMENTS[:1], Intent.SAVINGS: REQUIREMENTS}


@dataclass(frozen=True, slots=True)
class Assessment:
    """What is there, what is missing, and how complete that makes it."""

    available: tuple[str, ...]
    missing: tuple[str, ...]
    completeness: Decimal | None
    sufficiency: Sufficiency


def completeness(available: int, missing: int, given: Decimal | None = None) -> Decimal | None:
    """The share that is there, from 0 to 1: as given, or counted; None when nothing is known."""
    if given is not None:
        return given if 0 <= given <= 1 else None
    if available < 0 or missing < 0 or available + missing == 0:
        return None
    return Decimal(available) / (available + missing)


def grade(complete: Decimal | None) -> Sufficiency:
    """How far data of this completeness goes; not known is treated no better than too little."""
    if complete is None:
        return Sufficiency.UNKNOWN
    if complete >= SUFFICIENT_FROM:
        return Sufficiency.SUFFICIENT
    return Sufficiency.PARTIAL if complete >= PARTIAL_FROM else Sufficiency.INSUFFICIENT


def assess(data: Availability, intent: Intent) -> Assessment:
    """Hold a tenant's records against what the question needs."""
    needed = NEEDED[intent]
    available = tuple(each.name for each in needed if each.met(data))
    missing = tuple(each.name for each in needed if not each.met(data))
    complete = completeness(len(available), len(missing))
    return Assessment(available, missing, complete, grade(complete))


def how_to_get(missing: str) -> str:
    """What to do about a requirement that is not met."""
    return next(each.how for each in REQUIREMENTS if each.name == missing)
