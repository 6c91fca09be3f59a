"""What a manager can say of itself, in numbers."""

from __future__ import annotations

from collections.abc import Iterable
from math import inf
from typing import Any

from goldenpath.contracts import EventContract, Report
from goldenpath.websocket.conversation import Conversation
from goldenpath.websocket.errors import ConfigurationError
from goldenpath.websocket.wire import Wire, size_of


def judged(contract: EventContract | None) -> EventContract:
    """The contract, which there must be."""
    if contract is None:
        raise ConfigurationError("there is nothing to judge by: the configuration has contract=None")
    return contract


def report(conversation: Conversation | None, contract: EventContract | None) -> Report:
    """The contract's report over one thread."""
    checker = judged(contract).checker() if conversation is None else conversation.delivered
    return judged(contract).check(()) if checker is None else checker.report()


def compliance(conversations: Iterable[Conversation], contract: EventContract | None) -> dict[str, bool]:
    """For each required event whether it was delivered."""
    contract = judged(contract)
    needed = sorted(contract.required or contract.first | contract.last)
    seen = [report(conversation, contract).coverage.types for conversation in conversations]
    return {type_: any(types.get(type_, False) for types in seen) for type_ in needed}


def score(conversations: Iterable[Conversation], contract: EventContract | None) -> float:
    """The obligations kept, over all obligations; 0 when there were none."""
    reports = [report(conversation, contract) for conversation in conversations]
    obligations = sum(each.obligations for each in reports)
    return sum(each.kept for each in reports) / obligations if obligations else 0.0


def performance(wire: Wire, conversations: Iterable[Conversation], connections: int) -> dict[str, float]:
    """Throughput, latency, memory and connections; throughput is endless where no time has passed."""
    ledger, kept = wire.ledger, stored(conversations)
    passed = wire.watch.at(ledger.last) if ledger.delivered else wire.watch()
    return {
        "messages_sent": ledger.sent,
        "messages_delivered": ledger.delivered,
        "seconds": passed,
        "messages_per_second": rate(ledger.delivered, passed),
        "bytes_per_second": rate(ledger.bytes + kept, passed),
        **ledger.latency_ms(),
        "memory_bytes": kept,
        "connections": connections,
    }


def rate(amount: float, seconds: float) -> float:
    """So much in each second."""
    if not amount:
        return 0.0
    return amount / seconds if seconds > 0 else inf


def stored(conversations: Iterable[Conversation]) -> int:
    """The bytes of all messages that are kept."""
    return sum(size_of(message) for conversation in conversations for message in conversation.log)


def network_stats(wire: Wire, cut: list[str], held: int) -> dict[str, Any]:
    """How often each fault struck, and what became of the messages it struck."""
    events = wire.ledger.events
    return {
        "faults": {rule.name: wire.network.fired[rule.name] for rule in wire.network.rules},
        "partitioned": cut,
        "held": held,
        "messages_sent": wire.ledger.sent,
        "messages_delivered": wire.ledger.delivered,
        "reasons": dict(wire.ledger.reasons),
        **{
            name: events[name]
            for name in ("retries", "delivered_late", "duplicated", "reordered", "partitions", "refused")
        },
    }
