"""The AG-UI contract, rule by rule of the protocol, and against the protocol's own models."""

from __future__ import annotations

from typing import Any

import pytest

from goldenpath.contracts import AG_UI

Event = dict[str, Any]
START: Event = {"type": "RUN_STARTED", "threadId": "t", "runId": "r"}
FINISH: Event = {"type": "RUN_FINISHED", "threadId": "t", "runId": "r"}
ERROR: Event = {"type": "RUN_ERROR", "message": "it broke"}
KEYS = {"TEXT_MESSAGE": "messageId", "TOOL_CALL": "toolCallId", "REASONING": "messageId", "STEP": "stepName"}
REST: dict[str, Event] = {
    "TOOL_CALL_START": {"toolCallName": "n"},
    "TOOL_CALL_RESULT": {"messageId": "m", "content": "c"},
    "TOOL_CALL_ARGS": {"delta": "{"},
    "TEXT_MESSAGE_CONTENT": {"delta": "x"},
    "REASONING_MESSAGE_START": {"role": "reasoning"},
    "REASONING_MESSAGE_CONTENT": {"delta": "x"},
    "SUBAGENT_STARTED": {"name": "n"},
    "SUBAGENT_ERROR": {"message": "m"},
    "STATE_SNAPSHOT": {"snapshot": {}},
    "RAW": {"event": None},
    "CUSTOM": {"name": "n", "value": None},
    "REASONING_ENCRYPTED_VALUE": {"subtype": "message", "entityId": "e", "encryptedValue": "v"},
    "ACTIVITY_SNAPSHOT": {"messageId": "a", "activityType": "t", "content": {}},
    "MESSAGES_SNAPSHOT": {"messages": []},
}


def event(type_: str, key: str = "", **fields: Any) -> Event:
    """An event with its required fields filled in; `key` is what its family tells items apart by."""
    name = next(
        (name for family, name in {**KEYS, "SUBAGENT": "subagentRunId"}.items() if type_.startswith(family)), ""
    )
    named = {name: key} if name and key else {}
    return {"type": type_, **REST.get(type_, {}), **named, **fields}


def run(*events: Event) -> list[Event]:
    return [START, *events, FINISH]


def text(part: str, key: str = "m", **fields: Any) -> Event:
    return event(f"TEXT_MESSAGE_{part}", key, **fields)


def tool(part: str, key: str = "c", **fields: Any) -> Event:
    return event(f"TOOL_CALL_{part}", key, **fields)


def chunk(kind: str = "TEXT_MESSAGE", **fields: Any) -> Event:
    return {"type": f"{kind}_CHUNK", **fields}


def sub(part: str, key: str = "s", **fields: Any) -> Event:
    return event(f"SUBAGENT_{part}", key, **fields)


def step(part: str, key: str = "s", **fields: Any) -> Event:
    return event(f"STEP_{part}", key, **fields)


SUSPENDED = {"outcome": {"type": "suspended", "interruptIds": ["q"]}}
NEXT = [START | {"runId": "r2"}, FINISH | {"runId": "r2"}]
FIRST_TEXT = chunk(messageId="m", role="assistant", delta="x")
FIRST_TOOL = chunk("TOOL_CALL", toolCallId="c", toolCallName="n")

ALLOWED: dict[str, list[Event]] = {
    "an empty run": run(),
    "a run that fails at once": [ERROR],
    "a run that fails": [START, ERROR],
    "a late error": [*run(), ERROR],
    "another run after one that ended well": [*run(), *NEXT],
    "another run after one that failed": [START, ERROR, *NEXT],
    "another run after a late error": [*run(), ERROR, *NEXT],
    "one step open twice, in two names": run(
        step("STARTED"), step("STARTED", subagentRunId="a"), step("FINISHED"), step("FINISHED", subagentRunId="a")
    ),
    "steps that overlap": run(step("STARTED", "a"), step("STARTED", "b"), step("FINISHED", "a"), step("FINISHED", "b")),
    "a step that comes again": run(step("STARTED"), step("FINISHED"), step("STARTED"), step("FINISHED")),
    "kinds that interleave": run(
        text("START"), tool("START"), text("CONTENT"), tool("ARGS"), text("END"), event("CUSTOM"), tool("END")
    ),
    "a text id that reopens": run(text("START"), text("END"), text("START"), text("END")),
    "a tool id that reopens": run(tool("START"), tool("END"), tool("START"), tool("END")),
    "a span and a message of one id": run(
        event("REASONING_START", "m"),
        event("REASONING_MESSAGE_START", "m"),
        event("REASONING_MESSAGE_END", "m"),
        event("REASONING_END", "m"),
    ),
    "an empty delta": run(text("START"), text("CONTENT", delta=""), text("END")),
    "arguments that are no JSON": run(tool("START"), tool("ARGS", delta="{oops"), tool("END")),
    "a result before the end of its call": run(tool("START"), tool("RESULT"), tool("END")),
    "a result in parts": run(tool("RESULT", content=[{"type": "text", "text": "x"}])),
    "items left open by an error": [START, text("START"), sub("STARTED"), step("STARTED"), ERROR],
    "chunks": run(FIRST_TEXT, chunk(delta="y"), chunk(messageId="n"), chunk(delta="z")),
    "chunks that go on after what does not close them": run(
        FIRST_TEXT,
        event("RAW"),
        event("ACTIVITY_SNAPSHOT"),
        event("REASONING_ENCRYPTED_VALUE"),
        sub("STARTED"),
        chunk(delta="y"),
        sub("FINISHED"),
    ),
    "text chunks again after tool chunks": run(FIRST_TEXT, FIRST_TOOL, chunk("TOOL_CALL", delta="{"), FIRST_TEXT),
    "a chunked message and another in parts": run(FIRST_TEXT, text("START", "n"), text("END", "n")),
    "standalone events": run(
        event("STATE_SNAPSHOT"), event("MESSAGES_SNAPSHOT"), event("RAW"), event("CUSTOM"), tool("RESULT")
    ),
    "a patch before any state is known": run(event("STATE_DELTA", delta=[{"op": "remove", "path": "/a"}])),
    "nested subagents": run(
        sub("STARTED", "a"), sub("STARTED", "b", parentSubagentRunId="a"), sub("ERROR", "b"), sub("FINISHED", "a")
    ),
    "a suspended subagent that resumes in a later run": [
        *run(sub("STARTED"), sub("FINISHED", **SUSPENDED)),
        NEXT[0],
        sub("STARTED"),
        sub("STARTED", "b", parentSubagentRunId="s"),
        sub("FINISHED", "b"),
        sub("FINISHED"),
        NEXT[1],
    ],
    "tags that nobody announced": run(text("START", subagentRunId="x"), text("END", subagentRunId="x")),
    "a cancelled run": [START, FINISH | {"outcome": {"type": "cancelled"}}],
}

REFUSED: dict[str, tuple[str, list[Event]]] = {
    "another first event": ("EC201", [text("START"), text("END"), FINISH]),
    "a nested run": ("EC202", [START, START, FINISH]),
    "an event after the end": ("EC203", [*run(), event("CUSTOM")]),
    "a second end": ("EC203", [*run(), FINISH]),
    "an end after an error": ("EC203", [START, ERROR, FINISH]),
    "a second error": ("EC203", [START, ERROR, ERROR]),
    "no end": ("EC204", [START]),
    "no end of a second run": ("EC204", [*run(), NEXT[0]]),
    "a thread that changes within a run": ("EC401", [START, FINISH | {"threadId": "other"}]),
    "a thread that changes between runs": (
        "EC401",
        [*run(), NEXT[0] | {"threadId": "other"}, NEXT[1] | {"threadId": "other"}],
    ),
    "a thread other than the input's": (
        "EC401",
        [START | {"input": {"threadId": "other", "runId": "r", "messages": []}}, FINISH],
    ),
    "a run id that changes": ("EC401", [START, FINISH | {"runId": "other"}]),
    "a message opened twice": ("EC301", run(text("START"), text("START"), text("END"))),
    "content of no message": ("EC302", run(text("CONTENT"))),
    "the end of no message": ("EC302", run(text("END"))),
    "content after the end": ("EC302", run(text("START"), text("END"), text("CONTENT"))),
    "a message left open": ("EC303", run(text("START"))),
    "a tool call opened twice": ("EC301", run(tool("START"), tool("START"), tool("END"))),
    "arguments of no call": ("EC302", run(tool("ARGS"))),
    "a tool call left open": ("EC303", run(tool("START"))),
    "a reasoning message left open": ("EC303", run(event("REASONING_MESSAGE_START", "m"))),
    "content of no reasoning message": ("EC302", run(event("REASONING_MESSAGE_CONTENT", "m"))),
    "a reasoning message that reopens": (
        "EC304",
        run(*[event("REASONING_MESSAGE_START", "m"), event("REASONING_MESSAGE_END", "m")] * 2),
    ),
    "a reasoning span left open": ("EC303", run(event("REASONING_START", "m"))),
    "the end of a span that is only a message": (
        "EC302",
        run(event("REASONING_MESSAGE_START", "m"), event("REASONING_END", "m"), event("REASONING_MESSAGE_END", "m")),
    ),
    "a step open twice": ("EC301", run(step("STARTED"), step("STARTED"), step("FINISHED"))),
    "the finish of no step": ("EC302", run(step("FINISHED"))),
    "the finish of another's step": (
        "EC302",
        run(step("STARTED"), step("FINISHED", subagentRunId="a"), step("FINISHED")),
    ),
    "a step left open": ("EC303", run(step("STARTED"))),
    "a first chunk without its message": ("EC306", run(chunk(delta="x"))),
    "a first chunk without its tool": ("EC306", run(chunk("TOOL_CALL", toolCallId="c"))),
    "a chunk after what closed its stream": ("EC306", run(FIRST_TEXT, event("STATE_SNAPSHOT"), chunk(delta="y"))),
    "a chunk that changes the tool": ("EC307", run(FIRST_TOOL, chunk("TOOL_CALL", toolCallName="other"))),
    "a chunk that changes the role": ("EC307", run(FIRST_TEXT, chunk(role="user"))),
    "a chunk of a message in parts": ("EC308", run(text("START"), FIRST_TEXT, text("END"))),
    "a part of a chunked message": ("EC308", run(FIRST_TEXT, text("END"))),
    "a subagent used twice": ("EC304", run(*[sub("STARTED"), sub("FINISHED")] * 2)),
    "a suspended subagent resumed in the same run": (
        "EC304",
        run(sub("STARTED"), sub("FINISHED", **SUSPENDED), sub("STARTED"), sub("FINISHED")),
    ),
    "a subagent started twice": ("EC301", run(sub("STARTED"), sub("STARTED"), sub("FINISHED"))),
    "the finish of no subagent": ("EC302", run(sub("FINISHED"))),
    "the error of no subagent": ("EC302", run(sub("ERROR"))),
    "a subagent left open": ("EC303", run(sub("STARTED"))),
    "a parent announced too late": (
        "EC403",
        run(
            sub("STARTED", "b", parentSubagentRunId="a"),
            sub("STARTED", "a"),
            sub("FINISHED", "b"),
            sub("FINISHED", "a"),
        ),
    ),
    "another owner's content": (
        "EC402",
        run(text("START", subagentRunId="a"), text("CONTENT", subagentRunId="b"), text("END")),
    ),
    "another owner's chunk": ("EC402", run(FIRST_TEXT | {"subagentRunId": "a"}, chunk(subagentRunId="b"))),
    "an interrupt without interrupts": (
        "EC106",
        [START, FINISH | {"outcome": {"type": "interrupt", "interrupts": []}}],
    ),
    "null for absent": ("EC105", run(text("START", name=None), text("END"))),
    "a malformed patch": ("EC106", run(event("STATE_DELTA", delta=[{"op": "change", "path": "/a"}]))),
    "a patch operation without its value": ("EC104", run(event("STATE_DELTA", delta=[{"op": "add", "path": "/a"}]))),
    "a patch with no pointer": ("EC106", run(event("STATE_DELTA", delta=[{"op": "remove", "path": "a"}]))),
    "a reasoning message without its role": (
        "EC104",
        run({"type": "REASONING_MESSAGE_START", "messageId": "m"}, event("REASONING_MESSAGE_END", "m")),
    ),
    "a message without its role": ("EC104", run(event("MESSAGES_SNAPSHOT", messages=[{"id": "m", "content": "x"}]))),
}

WARNED: dict[str, tuple[str, list[Event]]] = {
    "an unknown event": ("EC103", run({"type": "META", "anything": 1})),
    "an unknown field": ("EC107", run(text("START", colour="red"), text("END"))),
    "an unknown outcome": ("EC107", [START, FINISH | {"outcome": {"type": "paused"}}]),
    "a patch that does not apply": (
        "EC601",
        run(event("STATE_SNAPSHOT"), event("STATE_DELTA", delta=[{"op": "remove", "path": "/a"}])),
    ),
    "a patch that does not apply to the input's state": (
        "EC601",
        [
            START | {"input": {"threadId": "t", "runId": "r", "messages": [], "state": {"a": 1}}},
            event("STATE_DELTA", delta=[{"op": "test", "path": "/a", "value": True}]),
            FINISH,
        ],
    ),
    "a patch that does not apply to an activity": (
        "EC601",
        run(
            event("ACTIVITY_SNAPSHOT", content={"n": [1]}),
            event("ACTIVITY_SNAPSHOT", content={}, replace=False),
            {
                "type": "ACTIVITY_DELTA",
                "messageId": "a",
                "activityType": "t",
                "patch": [{"op": "remove", "path": "/n/0"}],
            },
            {
                "type": "ACTIVITY_DELTA",
                "messageId": "a",
                "activityType": "t",
                "patch": [{"op": "remove", "path": "/n/0"}],
            },
        ),
    ),
}


@pytest.mark.parametrize("name", ALLOWED)
def test_the_protocol_allows(name: str) -> None:
    report = AG_UI.check(ALLOWED[name])
    assert (report.violations, report.verdict) == ((), "ok")


@pytest.mark.parametrize("name", REFUSED)
def test_the_protocol_refuses(name: str) -> None:
    rule, events = REFUSED[name]
    report = AG_UI.check(events)
    assert {violation.rule for violation in report.violations} == {rule}
    assert report.verdict == "failed"


@pytest.mark.parametrize("name", WARNED)
def test_the_protocol_warns_of(name: str) -> None:
    rule, events = WARNED[name]
    report = AG_UI.check(events)
    assert [(violation.rule, violation.severity) for violation in report.violations] == [(rule, "warning")]
    assert report.verdict == "ok"
