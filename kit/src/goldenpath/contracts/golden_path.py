"""The golden path: the five events every agent run streams, and the one that ends it badly."""

from __future__ import annotations

from typing import Final

from goldenpath.contracts.contract import EventContract
from goldenpath.contracts.pairing import Pairing
from goldenpath.contracts.shape import Shape
from goldenpath.contracts.shapes import Anything, Either, Flag, Number, Record, Text
from goldenpath.contracts.timing import Numbering

WHOLE: Final = Number(minimum=0, whole=True)
AMOUNT: Final = Number(minimum=0)

ENVELOPE: Final[dict[str, Shape]] = {
    "thread_id": Text(nonempty=True),
    "seq": WHOLE,
    "epoch": Either((Text(), WHOLE)),
    "timestamp": Either((Number(), Text())),
    "agent_name": Text(),
}
"""What an event may carry beside its type, run and payload; what is there must be well formed."""


def event(**payload: Shape) -> Record:
    """An event of a run, with this payload."""
    required = {"type": Anything(), "run_id": Text(nonempty=True), "payload": Record(payload)}
    return Record(required, ENVELOPE)


GOLDEN_PATH: Final = EventContract(
    name="golden-path",
    events={
        "agent_started": event(task=Text()),
        "agent_thinking": event(reasoning=Text(), step=WHOLE, progress=AMOUNT),
        "tool_executing": event(tool_call_id=Text(nonempty=True), tool_name=Text(nonempty=True), parameters=Record()),
        "tool_completed": event(
            tool_call_id=Text(nonempty=True),
            tool_name=Text(nonempty=True),
            result=Anything(),
            duration_ms=AMOUNT,
            ok=Flag(),
        ),
        "agent_completed": event(status=Text(), result=Anything(), duration_ms=AMOUNT),
        "agent_error": event(code=Text(nonempty=True), message=Text(), retryable=Flag()),
        "connection_established": Record({"type": Anything()}),
        "heartbeat": Record({"type": Anything()}),
        "resume": Record({"type": Anything()}),
        "reset": Record({"type": Anything()}),
    },
    first=frozenset({"agent_started", "agent_error"}),
    last=frozenset({"agent_completed"}),
    terminal=frozenset({"agent_error"}),
    transitions={
        "agent_started": frozenset({"agent_thinking", "agent_error"}),
        "agent_thinking": frozenset(
            {"agent_thinking", "tool_executing", "tool_completed", "agent_completed", "agent_error"}
        ),
        "tool_executing": frozenset({"tool_executing", "tool_completed", "agent_thinking", "agent_error"}),
        "tool_completed": frozenset(
            {"agent_thinking", "tool_executing", "tool_completed", "agent_completed", "agent_error"}
        ),
    },
    required=frozenset({"agent_started", "agent_thinking", "tool_executing", "tool_completed", "agent_completed"}),
    outside=frozenset({"connection_established", "heartbeat", "resume", "reset"}),
    clauses=(
        Pairing(
            name="tool call",
            key="payload.tool_call_id",
            opens="tool_executing",
            closes=("tool_completed",),
            owner="agent_name",
        ),
        Numbering("seq"),
    ),
)
"""agent_started → agent_thinking → tool_executing → tool_completed → agent_completed; agent_error where it fails.

Agents of one run may work side by side, so one may think while a tool works for another; a call is completed by the
agent that made it, and by no other.
"""
