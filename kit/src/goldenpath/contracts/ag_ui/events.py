"""The forms of the thirty-one AG-UI events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from goldenpath.contracts.ag_ui.values import (
    ANY,
    CONTENT,
    FLAG,
    INPUT,
    MESSAGE,
    OBJECT,
    OUTCOME,
    PATCH,
    ROLE,
    SUBAGENT_OUTCOME,
    TEXT,
    TIMESTAMP,
    USAGE,
)
from goldenpath.contracts.shape import Shape
from goldenpath.contracts.shapes import Items, Record, Text


def of_the_run(required: dict[str, Shape], **optional: Shape) -> Record:
    """An event that speaks for the whole run."""
    return Record(
        {"type": ANY, **required}, {"timestamp": TIMESTAMP, "rawEvent": ANY, "metadata": OBJECT, **optional}, True
    )


def owned(required: dict[str, Shape], **optional: Shape) -> Record:
    """An event that may belong to a subagent's work."""
    return of_the_run(required, subagentRunId=TEXT, **optional)


EVENTS: Final[Mapping[str, Record]] = {
    "RUN_STARTED": of_the_run({"threadId": TEXT, "runId": TEXT}, protocolVersion=TEXT, parentRunId=TEXT, input=INPUT),
    "RUN_FINISHED": of_the_run({"threadId": TEXT, "runId": TEXT}, result=ANY, outcome=OUTCOME, usage=USAGE),
    "RUN_ERROR": of_the_run({"message": TEXT}, code=TEXT, usage=USAGE),
    "STEP_STARTED": owned({"stepName": TEXT}),
    "STEP_FINISHED": owned({"stepName": TEXT}),
    "TEXT_MESSAGE_START": owned({"messageId": TEXT}, role=ROLE, name=TEXT),
    "TEXT_MESSAGE_CONTENT": owned({"messageId": TEXT, "delta": TEXT}),
    "TEXT_MESSAGE_END": owned({"messageId": TEXT}),
    "TEXT_MESSAGE_CHUNK": owned({}, messageId=TEXT, role=ROLE, delta=TEXT, name=TEXT),
    "TOOL_CALL_START": owned({"toolCallId": TEXT, "toolCallName": TEXT}, parentMessageId=TEXT),
    "TOOL_CALL_ARGS": owned({"toolCallId": TEXT, "delta": TEXT}),
    "TOOL_CALL_END": owned({"toolCallId": TEXT}),
    "TOOL_CALL_CHUNK": owned({}, toolCallId=TEXT, toolCallName=TEXT, parentMessageId=TEXT, delta=TEXT),
    "TOOL_CALL_RESULT": owned(
        {"messageId": TEXT, "toolCallId": TEXT, "content": CONTENT}, role=Text(choices=("tool",))
    ),
    "STATE_SNAPSHOT": owned({"snapshot": ANY}),
    "STATE_DELTA": owned({"delta": PATCH}),
    "MESSAGES_SNAPSHOT": of_the_run({"messages": Items(MESSAGE)}),
    "ACTIVITY_SNAPSHOT": owned({"messageId": TEXT, "activityType": TEXT, "content": OBJECT}, replace=FLAG),
    "ACTIVITY_DELTA": owned({"messageId": TEXT, "activityType": TEXT, "patch": PATCH}),
    "REASONING_START": owned({"messageId": TEXT}),
    "REASONING_MESSAGE_START": owned({"messageId": TEXT, "role": Text(choices=("reasoning",))}),
    "REASONING_MESSAGE_CONTENT": owned({"messageId": TEXT, "delta": TEXT}),
    "REASONING_MESSAGE_END": owned({"messageId": TEXT}),
    "REASONING_MESSAGE_CHUNK": owned({}, messageId=TEXT, delta=TEXT),
    "REASONING_END": owned({"messageId": TEXT}),
    "REASONING_ENCRYPTED_VALUE": owned(
        {"subtype": Text(choices=("tool-call", "message")), "entityId": TEXT, "encryptedValue": TEXT}
    ),
    "SUBAGENT_STARTED": of_the_run(
        {"subagentRunId": TEXT, "name": TEXT},
        description=TEXT,
        parentSubagentRunId=TEXT,
        parentToolCallId=TEXT,
        parentMessageId=TEXT,
    ),
    "SUBAGENT_FINISHED": of_the_run({"subagentRunId": TEXT}, result=ANY, outcome=SUBAGENT_OUTCOME),
    "SUBAGENT_ERROR": of_the_run({"subagentRunId": TEXT, "message": TEXT}, code=TEXT),
    "RAW": owned({"event": ANY}, source=TEXT),
    "CUSTOM": owned({"name": TEXT, "value": ANY}),
}
