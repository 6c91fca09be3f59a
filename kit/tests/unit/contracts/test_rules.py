"""For each rule a smallest stream that keeps it, and one that breaks it and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import pytest

from goldenpath.contracts import AG_UI, RULES, EventContract, Gap, Numbering, Once, Pairing
from goldenpath.contracts.capture import Unreadable
from goldenpath.contracts.shapes import Anything, Number, Record

Event = Any


class Example(NamedTuple):
    contract: EventContract
    good: list[Event]
    bad: list[Event]


def ag(type_: str, /, **fields: Any) -> Event:
    return {"type": type_, **fields}


START = ag("RUN_STARTED", threadId="t", runId="r")
FINISH = ag("RUN_FINISHED", threadId="t", runId="r")


def run(*events: Event) -> list[Event]:
    return [START, *events, FINISH]


def text(part: str, **fields: Any) -> Event:
    return ag(f"TEXT_MESSAGE_{part}", messageId="m", **({"delta": "x"} if part == "CONTENT" else {}), **fields)


def reasoning(part: str) -> Event:
    return ag(f"REASONING_{part}", messageId="m")


def subagent(id_: str, **fields: Any) -> list[Event]:
    return [
        ag("SUBAGENT_STARTED", subagentRunId=id_, name="n", **fields),
        ag("SUBAGENT_FINISHED", subagentRunId=id_),
    ]


JOB = EventContract(
    name="job",
    events={
        type_: Record({"run_id": Anything()}, {"seq": Number(whole=True), "timestamp": Anything(), "id": Anything()})
        for type_ in ("begin", "open", "close", "end")
    },
    first=frozenset({"begin"}),
    last=frozenset({"end"}),
    required=frozenset({"close"}),
    clauses=(
        Numbering("seq"),
        Gap(2.0),
        Once(("begin",)),
        Pairing(name="door", key="id", opens="open", closes=("close",), at_once=1),
    ),
)


def job(*types: str, **fields: list[Any]) -> list[Event]:
    events = [{"type": type_, "run_id": "r"} for type_ in types]
    for name, values in fields.items():
        for event, value in zip(events, values, strict=True):
            event[name] = value
    return events


def doors(*steps: str) -> list[Event]:
    """Steps such as `open 1`, between a beginning and an end."""
    named = [step.split() for step in steps]
    return [*job("begin"), *({**job(type_)[0], "id": key} for type_, key in named), *job("end")]


KEYS = ["", "1", "1", ""]
THREE = ("begin", "open", "close", "end")
ONE_DOOR = doors("open 1", "close 1")


def asking(*ids: str) -> list[Event]:
    interrupts = [{"id": id_, "reason": "approval"} for id_ in ids]
    return [START, FINISH | {"outcome": {"type": "interrupt", "interrupts": interrupts}}]


def answering(*ids: str) -> list[Event]:
    resume = [{"interruptId": id_, "status": "resolved"} for id_ in ids]
    asked = {"threadId": "t", "runId": "r2", "messages": [], "resume": resume}
    return [ag("RUN_STARTED", threadId="t", runId="r2", input=asked), ag("RUN_FINISHED", threadId="t", runId="r2")]


def patch(path: str) -> Event:
    return ag("STATE_DELTA", delta=[{"op": "replace", "path": path, "value": 1}])


SNAPSHOT = ag("STATE_SNAPSHOT", snapshot={"a": 0})
CHUNK = ag("TEXT_MESSAGE_CHUNK", messageId="m", role="user", delta="x")

EXAMPLES: dict[str, Example] = {
    "EC100": Example(JOB, ONE_DOOR, [*ONE_DOOR, Unreadable("{", "a brace is open")]),
    "EC101": Example(JOB, ONE_DOOR, [*ONE_DOOR, ["begin"]]),
    "EC102": Example(JOB, ONE_DOOR, [*ONE_DOOR, {"run_id": "r"}]),
    "EC103": Example(JOB, ONE_DOOR, [*ONE_DOOR, {"type": "bgin", "run_id": "r"}]),
    "EC104": Example(
        JOB, ONE_DOOR, [{name: value for name, value in event.items() if name != "run_id"} for event in ONE_DOOR]
    ),
    "EC105": Example(AG_UI, run(text("START"), text("END")), run(text("START", name=7), text("END"))),
    "EC106": Example(
        AG_UI, run(text("START", role="user"), text("END")), run(text("START", role="robot"), text("END"))
    ),
    "EC107": Example(AG_UI, run(), run(ag("CUSTOM", name="n", value=1, color="red"))),
    "EC201": Example(JOB, ONE_DOOR, ONE_DOOR[1:]),
    "EC202": Example(AG_UI, run(), [START, *run()]),
    "EC203": Example(JOB, ONE_DOOR, [*ONE_DOOR, *job("end")]),
    "EC204": Example(JOB, ONE_DOOR, ONE_DOOR[:-1]),
    "EC205": Example(JOB, ONE_DOOR, [*job("begin"), *ONE_DOOR]),
    "EC206": Example(JOB, ONE_DOOR, job("begin", "end")),
    "EC207": Example(JOB, job(*THREE, id=KEYS, seq=[1, 2, 3, 4]), job(*THREE, id=KEYS, seq=[1, 3, 4, 5])),
    "EC208": Example(JOB, job(*THREE, id=KEYS, seq=[1, 2, 3, 4]), job(*THREE, id=KEYS, seq=[1, 2, 2, 3])),
    "EC209": Example(
        JOB,
        job(*THREE, id=KEYS, timestamp=[0, 1, 3, "1970-01-01T00:00:05+00:00"]),
        job(*THREE, id=KEYS, timestamp=[0, 1, 4, "1970-01-01T00:00:05+00:00"]),
    ),
    "EC301": Example(JOB, ONE_DOOR, doors("open 1", "open 1", "close 1")),
    "EC302": Example(JOB, ONE_DOOR, doors("open 1", "close 1", "close 1")),
    "EC303": Example(AG_UI, run(text("START"), text("CONTENT"), text("END")), run(text("START"), text("CONTENT"))),
    "EC304": Example(
        AG_UI,
        run(reasoning("START"), reasoning("END")),
        run(reasoning("START"), reasoning("END"), reasoning("START"), reasoning("END")),
    ),
    "EC305": Example(JOB, doors("open 1", "close 1", "open 2", "close 2"), doors("open 1", "open 2", "close 1")),
    "EC306": Example(AG_UI, run(CHUNK), run(ag("TEXT_MESSAGE_CHUNK", delta="x"))),
    "EC307": Example(AG_UI, run(CHUNK, CHUNK), run(CHUNK, CHUNK | {"role": "system"})),
    "EC308": Example(AG_UI, run(CHUNK, ag("TEXT_MESSAGE_CHUNK", delta="y")), run(CHUNK, text("CONTENT"))),
    "EC401": Example(AG_UI, run(), [START, FINISH | {"runId": "other"}]),
    "EC402": Example(
        AG_UI,
        run(text("START", subagentRunId="s"), text("CONTENT"), text("END", subagentRunId="s")),
        run(text("START", subagentRunId="s"), text("CONTENT"), text("END", subagentRunId="other")),
    ),
    "EC403": Example(
        AG_UI,
        run(*subagent("a"), *subagent("b", parentSubagentRunId="a")),
        run(*subagent("b", parentSubagentRunId="a")),
    ),
    "EC501": Example(AG_UI, asking("q1", "q2"), asking("q1", "q1")),
    "EC502": Example(AG_UI, [*asking("q1", "q2"), *answering("q2", "q1")], [*asking("q1", "q2"), *answering("q2")]),
    "EC601": Example(AG_UI, run(SNAPSHOT, patch("/a")), run(SNAPSHOT, patch("/b"))),
}


def broken(contract: EventContract, events: list[Event]) -> set[str]:
    return {violation.rule for violation in contract.check(events).violations}


def test_every_rule_has_its_example() -> None:
    assert EXAMPLES.keys() == RULES.keys()


@pytest.mark.parametrize("rule", RULES)
def test_the_good_stream_breaks_nothing(rule: str) -> None:
    report = EXAMPLES[rule].contract.check(EXAMPLES[rule].good)
    assert (report.violations, report.verdict) == ((), "ok")


@pytest.mark.parametrize("rule", RULES)
def test_the_bad_stream_breaks_this_rule_and_no_other(rule: str) -> None:
    assert broken(EXAMPLES[rule].contract, EXAMPLES[rule].bad) == {rule}


@pytest.mark.parametrize("rule", RULES)
def test_a_checker_without_the_rule_lets_the_bad_stream_pass(rule: str) -> None:
    blind = EXAMPLES[rule].contract.without(rule)
    assert blind.check(EXAMPLES[rule].bad).verdict == "ok"


@pytest.mark.parametrize("rule", RULES)
def test_an_error_costs_score_and_a_warning_does_not(rule: str) -> None:
    contract, _, bad = EXAMPLES[rule]
    assert contract.graded({rule: "error"}).check(bad).score < 1.0
    assert contract.graded({rule: "warning"}).check(bad).score == 1.0


@pytest.mark.parametrize("rule", RULES)
def test_a_violation_tells_its_place_and_what_should_have_come(rule: str) -> None:
    contract, _, bad = EXAMPLES[rule]
    (violation, *_) = contract.check(bad).violations
    assert 0 <= violation.index <= len(bad)
    assert violation.message
    assert "+ " in violation.diff()


def test_the_documented_rules_are_the_rules() -> None:
    page = (Path(__file__).parents[4] / "docs/contracts.md").read_text()
    table = [line for line in page.splitlines() if line.startswith("| EC")]
    assert table == [f"| {rule.id} | {rule.name} | {rule.meaning} |" for rule in RULES.values()]
