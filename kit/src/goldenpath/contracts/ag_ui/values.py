"""The forms of the values that AG-UI events carry: messages, content, patches, outcomes, inputs."""

from __future__ import annotations

from typing import Final

from goldenpath.contracts.shape import Shape
from goldenpath.contracts.shapes import Anything, Either, Flag, Items, Number, Record, Tagged, Text

SAFE: Final = 9_007_199_254_740_991
"""The greatest integer that every JSON reader keeps exact."""

TEXT: Final = Text()
ANY: Final = Anything()
OBJECT: Final = Record()
TIMESTAMP: Final = Number(minimum=-SAFE, maximum=SAFE, whole=True)
COUNT: Final = Number(minimum=0, maximum=SAFE, whole=True)
ROLE: Final = Text(choices=("developer", "system", "assistant", "user"))


def record(required: dict[str, Shape], **optional: Shape) -> Record:
    """An object with no other fields than these."""
    return Record(required, optional, closed=True)


def variant(required: dict[str, Shape], **optional: Shape) -> Record:
    """One of several objects told apart by their `type`."""
    return record({"type": TEXT, **required}, **optional)


SOURCE: Final = Tagged(
    "type",
    {
        "data": variant({"value": TEXT, "mimeType": TEXT}),
        "url": variant({"value": TEXT}, mimeType=TEXT),
        "file": variant({"value": TEXT}, provider=TEXT, mimeType=TEXT),
    },
)
MEDIUM: Final = variant({"source": SOURCE}, id=TEXT, metadata=ANY)
PART: Final = Tagged(
    "type",
    {
        "text": variant({"text": TEXT}, id=TEXT, metadata=ANY),
        "image": MEDIUM,
        "audio": MEDIUM,
        "video": MEDIUM,
        "document": MEDIUM,
    },
)
CONTENT: Final = Either((TEXT, Items(PART)))

POINTER: Final = Text(pattern="(/([^/~]|~[01])*)*")


def operation(**required: Shape) -> Record:
    """One operation of a patch."""
    return Record({"op": TEXT, "path": POINTER, **required})


MOVING: Final = operation(**{"from": POINTER})
PATCH: Final = Items(
    Tagged(
        "op",
        {
            "add": operation(value=ANY),
            "remove": operation(),
            "replace": operation(value=ANY),
            "move": MOVING,
            "copy": MOVING,
            "test": operation(value=ANY),
        },
    )
)
"""An RFC 6902 patch, whose operations may carry more fields than they need."""

TOOL_CALL: Final = record(
    {"id": TEXT, "type": Text(choices=("function",)), "function": record({"name": TEXT, "arguments": TEXT})},
    encryptedValue=TEXT,
    metadata=OBJECT,
)


def message(required: dict[str, Shape], **optional: Shape) -> Record:
    """A message of a conversation."""
    return record({"id": TEXT, "role": TEXT, **required}, metadata=OBJECT, subagentRunId=TEXT, **optional)


MESSAGE: Final = Tagged(
    "role",
    {
        "developer": message({"content": TEXT}, name=TEXT, encryptedValue=TEXT),
        "system": message({"content": TEXT}, name=TEXT, encryptedValue=TEXT),
        "assistant": message({}, name=TEXT, encryptedValue=TEXT, content=TEXT, toolCalls=Items(TOOL_CALL)),
        "user": message({"content": CONTENT}, name=TEXT, encryptedValue=TEXT),
        "tool": message({"content": CONTENT, "toolCallId": TEXT}, error=TEXT, encryptedValue=TEXT),
        "activity": message({"activityType": TEXT, "content": OBJECT}),
        "reasoning": message({"content": TEXT}, encryptedValue=TEXT),
    },
)

INPUT: Final = record(
    {"threadId": TEXT, "runId": TEXT, "messages": Items(MESSAGE)},
    protocolVersion=TEXT,
    parentRunId=TEXT,
    state=ANY,
    tools=Items(record({"name": TEXT, "description": TEXT}, parameters=ANY, metadata=OBJECT)),
    context=Items(record({"description": TEXT, "value": TEXT})),
    forwardedProps=ANY,
    resume=Items(
        record({"interruptId": TEXT, "status": Text(choices=("resolved", "cancelled"))}, payload=ANY, metadata=OBJECT)
    ),
)

INTERRUPT: Final = record(
    {"id": TEXT, "reason": TEXT},
    message=TEXT,
    toolCallId=TEXT,
    responseSchema=OBJECT,
    expiresAt=TEXT,
    metadata=OBJECT,
    subagentRunId=TEXT,
)
OUTCOME: Final = Tagged(
    "type",
    {
        "success": variant({}, pendingToolCallIds=Items(TEXT)),
        "interrupt": variant({"interrupts": Items(INTERRUPT, at_least=1)}),
        "cancelled": variant({}),
    },
    open=True,
)
SUBAGENT_OUTCOME: Final = Tagged(
    "type", {"success": variant({}), "suspended": variant({}, interruptIds=Items(TEXT))}, open=True
)
USAGE: Final = Items(
    record(
        {},
        provider=TEXT,
        model=TEXT,
        inputTokens=COUNT,
        outputTokens=COUNT,
        totalTokens=COUNT,
        reasoningTokens=COUNT,
        cachedInputTokens=COUNT,
        cacheWriteInputTokens=COUNT,
    )
)
FLAG: Final = Flag()
