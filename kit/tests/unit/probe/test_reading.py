from __future__ import annotations

from typing import Any

from goldenpath.probe import parse_scenario
from goldenpath.probe.reading import Reading

TEXT = """
name = "theirs"
[fields]
type = "event.kind"
run = "meta.run"
seq = "meta.number"
epoch = "meta.life"
refusals = ["no"]
ignore = ["ping"]
[ask]
message = "hi"
"""


def event(kind: Any, number: Any = 3) -> dict[str, Any]:
    return {"event": {"kind": kind}, "meta": {"run": "r1", "number": number, "life": 2}, "payload": {"task": ""}}


def test_events_are_read_where_the_scenario_says_things_stand() -> None:
    seen = Reading(parse_scenario(TEXT)).of(event("agent_started"))
    assert (seen.type, seen.run, seen.seq, seen.epoch) == ("agent_started", "r1", 3, 2)


def test_the_contract_sees_them_where_it_looks() -> None:
    reading = Reading(parse_scenario(TEXT))
    checker = reading.contract.checker()
    assert checker.feed(reading.canonical(reading.of(event("agent_started")))) == ()
    (wrong,) = checker.feed(reading.canonical(reading.of(event("agent_completed", 4))))[:1]
    assert wrong.run == "r1"


def test_what_is_no_number_and_no_name_is_none() -> None:
    seen = Reading(parse_scenario(TEXT)).of({"event": {"kind": 7}, "meta": {"run": ["r"], "number": True}})
    assert (seen.type, seen.run, seen.seq) == ("", None, None)


def test_refusals_are_those_of_the_scenario_and_the_bad_ends_of_the_contract() -> None:
    reading = Reading(parse_scenario(TEXT))
    assert reading.refusals == {"no", "agent_error"}
    assert {"no", "ping", "connection_established", "heartbeat"} <= reading.spare
    assert "agent_error" not in reading.spare
