"""The AG-UI 1.0 contract."""

from __future__ import annotations

from typing import Final

from goldenpath.contracts.ag_ui.events import EVENTS
from goldenpath.contracts.chunks import Chunks
from goldenpath.contracts.constant import Constant
from goldenpath.contracts.contract import ANY, EventContract
from goldenpath.contracts.lineage import Lineage
from goldenpath.contracts.pairing import Pairing
from goldenpath.contracts.patching import Patching
from goldenpath.contracts.questions import Questions

OWNER: Final = "subagentRunId"

STREAMED: Final = (
    Pairing(
        name="text message",
        key="messageId",
        opens="TEXT_MESSAGE_START",
        continues=("TEXT_MESSAGE_CONTENT",),
        closes=("TEXT_MESSAGE_END",),
        reopens=True,
        owner=OWNER,
        chunks=Chunks("TEXT_MESSAGE_CHUNK", opening=("messageId",), steady=("role", "name")),
    ),
    Pairing(
        name="tool call",
        key="toolCallId",
        opens="TOOL_CALL_START",
        continues=("TOOL_CALL_ARGS",),
        closes=("TOOL_CALL_END",),
        reopens=True,
        owner=OWNER,
        chunks=Chunks("TOOL_CALL_CHUNK", opening=("toolCallId", "toolCallName"), steady=("parentMessageId",)),
    ),
    Pairing(
        name="reasoning message",
        key="messageId",
        opens="REASONING_MESSAGE_START",
        continues=("REASONING_MESSAGE_CONTENT",),
        closes=("REASONING_MESSAGE_END",),
        owner=OWNER,
        chunks=Chunks("REASONING_MESSAGE_CHUNK", opening=("messageId",)),
    ),
    Pairing(name="reasoning span", key="messageId", opens="REASONING_START", closes=("REASONING_END",), owner=OWNER),
)
STEPS: Final = Pairing(
    name="step",
    key="stepName",
    opens="STEP_STARTED",
    closes=("STEP_FINISHED",),
    reopens=True,
    owner=OWNER,
    per_owner=True,
)
SUBAGENTS: Final = (
    Pairing(name="subagent", key=OWNER, opens="SUBAGENT_STARTED", closes=("SUBAGENT_FINISHED", "SUBAGENT_ERROR")),
    Lineage(opens="SUBAGENT_STARTED", key=OWNER, parent="parentSubagentRunId"),
)
IDENTITY: Final = (
    Constant({"RUN_STARTED": ("threadId", "input.threadId"), "RUN_FINISHED": ("threadId",)}, per_run=False),
    Constant({"RUN_STARTED": ("runId", "input.runId"), "RUN_FINISHED": ("runId",)}, per_run=True),
)
INTERRUPTS: Final = Questions(
    asked_in="RUN_FINISHED",
    asked="outcome.interrupts",
    question="id",
    answered_in="RUN_STARTED",
    request="input",
    answers="resume",
    answer="interruptId",
)
STATE: Final = (
    Patching(
        name="state",
        snapshot="STATE_SNAPSHOT",
        value="snapshot",
        delta="STATE_DELTA",
        patch="delta",
        initially=("RUN_STARTED", "input.state"),
    ),
    Patching(
        name="activity",
        snapshot="ACTIVITY_SNAPSHOT",
        value="content",
        delta="ACTIVITY_DELTA",
        patch="patch",
        key="messageId",
        replaces="replace",
    ),
)

AG_UI: Final = EventContract(
    name="ag-ui",
    events=EVENTS,
    first=frozenset({"RUN_STARTED", "RUN_ERROR"}),
    last=frozenset({"RUN_FINISHED"}),
    terminal=frozenset({"RUN_ERROR"}),
    transitions={
        "RUN_FINISHED": frozenset({"RUN_STARTED", "RUN_ERROR"}),
        "RUN_ERROR": frozenset({"RUN_STARTED"}),
        ANY: frozenset(EVENTS) - {"RUN_STARTED"},
    },
    clauses=(*STREAMED, STEPS, *SUBAGENTS, *IDENTITY, INTERRUPTS, *STATE),
    outlived_by_chunks=frozenset(
        {"RAW", "ACTIVITY_SNAPSHOT", "ACTIVITY_DELTA", "REASONING_ENCRYPTED_VALUE", "SUBAGENT_STARTED"}
    ),
    run_key="runId",
    interleaved=False,
    severities={"EC103": "warning", "EC107": "warning"},
)
"""AG-UI 1.0: one stream at a time, its runs one after the other. Unknown events and fields are warnings."""
