"""What a probe checks. The ids never change their meaning."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple


class Check(NamedTuple):
    """One question about an endpoint; what is counted is its denominator."""

    id: str
    name: str
    holds: str
    """What is true where it holds."""
    counted: str


_TABLE: Final = (
    Check("PB101", "reachable", "something listens at the address", "addresses"),
    Check("PB102", "login", "every step of the login is answered as expected", "steps"),
    Check("PB103", "handshake", "every socket with good credentials is accepted", "handshakes"),
    Check("PB104", "strangers", "nobody is let in without credentials", "attempts"),
    Check("PB105", "single-use", "credentials for one socket open no second one", "attempts"),
    Check("PB201", "contract", "every run keeps the event contract", "runs"),
    Check("PB202", "answered", "every question is answered by a run that ends well", "questions"),
    Check("PB203", "well-formed", "every frame is a JSON object", "frames"),
    Check("PB301", "first-event", "the first event comes within the objective at p95", "objectives"),
    Check("PB302", "end", "a run has ended within the objective at p95", "objectives"),
    Check("PB303", "throughput", "as many runs a second end as the objective asks for", "objectives"),
    Check("PB401", "canaries", "nobody receives a mark of somebody else", "views"),
    Check("PB402", "foreign-runs", "nobody receives an event of somebody else's run", "runs"),
    Check("PB403", "foreign-look", "what is somebody else's is answered as if it were not there", "looks"),
    Check("PB404", "foreign-resume", "nobody can resume somebody else's run", "attempts"),
    Check("PB501", "reconnect", "after a cut in mid-run the user can come back", "cuts"),
    Check(
        "PB502",
        "nothing-lost",
        "after coming back, the rest arrives without a gap, or a reset comes",
        "cuts",
    ),
    Check("PB503", "nothing-twice", "after coming back, no event arrives a second time or out of order", "cuts"),
    Check("PB601", "garbage", "garbage is refused by an error or a close code", "pieces"),
    Check("PB602", "size", "a frame that is too large is refused by an error or a close code", "frames"),
    Check("PB603", "rate", "a flood of messages is refused by an error or a close code", "floods"),
    Check("PB604", "slow-reader", "who does not read is served later, or let go by a close code", "readers"),
    Check("PB605", "bystanders", "while one misbehaves, the others are served", "questions"),
)
CHECKS: Final[Mapping[str, Check]] = {check.id: check for check in _TABLE}
