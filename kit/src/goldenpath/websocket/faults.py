"""Settings as rules of a network: the one table from what is configured to what becomes of a message."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from goldenpath.simulation import CORRUPT, DROP, HOLD, PASS, Rule, Verdict, close, delay, duplicate, reorder
from goldenpath.websocket.settings import UNLIMITED, Settings

LATENCY: Final = "latency"
BANDWIDTH: Final = "bandwidth"
LOSS: Final = "packet_loss"
FAILURE: Final = "failure"
TIMEOUT: Final = "timeout"
AUTH: Final = "auth_failure"
MALFORMED: Final = "malformed_data"
OVERTAKEN: Final = "race_reorder"
TWICE: Final = "race_duplicate"
PARTITION: Final = "network_partition"

AUTH_CLOSE_CODE: Final = 4401

CHANCES: Final[tuple[tuple[str, Callable[[Settings], float], Verdict], ...]] = (
    (PARTITION, lambda settings: settings.partition_rate, HOLD),
    (FAILURE, lambda settings: settings.failure_rate, DROP),
    (TIMEOUT, lambda settings: settings.timeout_probability, DROP),
    (LOSS, lambda settings: settings.packet_loss_rate, DROP),
    (AUTH, lambda settings: settings.auth_failure_rate, close(AUTH_CLOSE_CODE)),
    (MALFORMED, lambda settings: settings.malformed_rate, CORRUPT),
    (OVERTAKEN, lambda settings: settings.race_rate, reorder(1)),
    (TWICE, lambda settings: settings.race_rate, duplicate(2)),
)
"""What strikes by chance: under which name, how often, with which verdict."""


def rules(settings: Settings) -> Iterator[Rule]:
    """The rules that the settings ask for; none when all is well."""
    if settings.latency_ms or settings.jitter_ms:
        late = delay(settings.latency_ms / 1_000) if settings.latency_ms else PASS
        yield Rule(LATENCY, late, jitter=settings.jitter_ms / 1_000)
    if settings.bandwidth_limit < UNLIMITED:
        yield Rule(BANDWIDTH, bandwidth=settings.bandwidth_limit)
    for name, rate_of, verdict in CHANCES:
        rate = rate_of(settings)
        if rate:
            yield Rule(name, verdict, rate)


LETHAL: Final = (AUTH, FAILURE, TIMEOUT, LOSS, MALFORMED)
"""The faults that keep a message from arriving whole; the first of several is the cause."""

HARMLESS: Final = frozenset({LATENCY, BANDWIDTH, OVERTAKEN, TWICE})


def cause(verdict: Verdict) -> str:
    """Why a message with this verdict does not arrive whole and now; "" when it does."""
    if verdict.held:
        return PARTITION
    if verdict.arrives and not verdict.corruption:
        return ""
    others = (name for name in verdict.faults if name not in HARMLESS)
    return next((name for name in LETHAL if name in verdict.faults), next(others, verdict.faults[-1]))
