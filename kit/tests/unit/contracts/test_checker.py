from __future__ import annotations

import gc
import tracemalloc
from dataclasses import replace
from typing import Any

import pytest

from goldenpath.contracts import AG_UI, GOLDEN_PATH, Checker, ContractError, EventContract, Numbering, Once, Pairing
from goldenpath.contracts.constant import Constant
from goldenpath.contracts.shapes import Record

Event = dict[str, Any]


def say(type_: str, run: Any = "r", **fields: Any) -> Event:
    return {"type": type_, "run": run, **fields}


def contract(**changes: Any) -> EventContract:
    declared: dict[str, Any] = {
        "name": "talk",
        "events": {type_: {"run": "any"} for type_ in ("hello", "word", "open", "close", "bye", "tick")},
        "first": {"hello"},
        "last": {"bye"},
        "outside": {"tick"},
        "run_key": "run",
    }
    return EventContract(**{**declared, **changes})


TALK = contract()


def rules(checker: Checker, *events: Any) -> list[str]:
    return [violation.rule for event in events for violation in checker.feed(event)]


def test_feeding_answers_with_the_violations_of_that_event_only() -> None:
    checker = TALK.checker()
    assert rules(checker, say("hello")) == []
    assert rules(checker, say("nonsense"), say("word")) == ["EC103"]


def test_the_score_shows_its_denominator() -> None:
    report = contract(required={"word"}).check([say("hello"), say("bye"), say("hello", "s")])
    assert (report.kept, report.obligations) == (5, 7)
    assert report.score == 5 / 7
    assert "score 0.714 (5 of 7 obligations kept, 3 events in 2 runs)" in report.explain()


def test_nothing_checked_is_not_ok() -> None:
    for report in (TALK.check([]), TALK.check([say("tick")])):
        assert (report.ok, report.verdict) == (False, "inconclusive")
    assert TALK.check([]).score == 0.0


def test_a_run_that_has_not_ended_makes_the_report_inconclusive_and_finishing_makes_it_wrong() -> None:
    checker = TALK.checker()
    checker.feed(say("hello"))
    assert checker.report().inconclusive == ("run r has not ended",)
    assert checker.report().score == 1.0
    assert [violation.rule for violation in checker.finish().violations] == ["EC204"]
    assert checker.finish() == checker.finish()


def test_a_partial_check_asks_for_no_end() -> None:
    assert TALK.check([say("hello")], complete=False).verdict == "inconclusive"


def test_the_first_divergence_is_a_small_diff() -> None:
    strict = contract(transitions={"hello": {"word"}})
    events = [say("hello"), say("bye"), say("word"), say("nonsense")]
    assert strict.check(events).first_divergence == "  hello\n- word\n+ bye"


def test_a_divergence_in_form_shows_the_field() -> None:
    events = [say("hello"), {"type": "word"}]
    assert TALK.check(events).first_divergence == "- run: any value\n+ run: nothing"


def test_what_comes_next_is_told_for_each_run() -> None:
    checker = contract(transitions={"hello": {"word"}}).checker()
    assert checker.expected("r") == ("hello",)
    checker.feed(say("hello"))
    assert checker.expected("r") == ("word",)
    assert checker.expected("s") == ("hello",)
    checker.feed(say("word"))
    checker.feed(say("bye"))
    assert checker.expected("r") == ()


def test_interleaved_runs_do_not_disturb_each_other() -> None:
    numbered = contract(clauses=(Numbering("seq"),))
    events = [say(type_, run, seq=seq) for seq, type_ in enumerate(("hello", "word", "bye")) for run in "abc"]
    report = numbered.check(events)
    assert report.ok
    assert report.runs == 3


def test_events_without_a_usable_run_share_one() -> None:
    report = TALK.check([{"type": "hello"}, say("word", []), {"type": "bye"}])
    assert [violation.rule for violation in report.violations] == ["EC104", "EC104"]
    assert report.runs == 1


def test_an_error_ends_a_run_without_completing_it() -> None:
    fallible = contract(terminal={"tock"}, events={**TALK.events, "tock": {}}, required={"word"}, first={"hello"})
    assert fallible.check([say("hello"), say("tock")]).ok


def test_an_event_is_admitted_or_leaves_no_trace() -> None:
    strict = contract(
        transitions={"hello": {"open"}, "open": {"close"}, "close": {"bye"}},
        clauses=(Pairing(name="door", key="id", opens="open", closes=("close",)), Numbering("seq"), Once(("open",))),
    )
    checker = strict.checker()
    refused = [say("word"), say("bye"), {}, 7, say("open", []), say("hello", "s", seq="x") | {"type": "hell"}]
    path = [
        say("hello", seq=1),
        say("open", id="1", seq=2),
        say("close", id="1", seq=3),
        say("bye", seq=4),
    ]
    for event in path:
        for wrong in refused[:1] + refused[2:]:
            assert checker.admit(wrong)
        assert not checker.admit(event)
        assert checker.admit(event)
    report = checker.finish()
    assert (report.verdict, report.events, report.violations) == ("ok", 4, ())


def test_a_whole_run_can_be_admitted_event_by_event() -> None:
    strict = contract(required={"word"})
    checker = strict.checker()
    assert not any(checker.admit(event) for event in (say("hello"), say("word"), say("bye")))
    assert checker.finish().ok


def test_what_is_not_admitted_settles_no_value() -> None:
    checker = AG_UI.checker()
    start = {"type": "RUN_STARTED", "threadId": "t", "runId": "r"}
    assert checker.admit(start | {"threadId": "other", "input": 7})
    assert not checker.admit(start)
    assert not checker.admit({"type": "RUN_FINISHED", "threadId": "t", "runId": "r"})
    assert checker.finish().ok


def test_what_is_not_admitted_settles_no_value_where_runs_interleave() -> None:
    checker = contract(clauses=(Constant({"hello": ("who",)}, per_run=False),)).checker()
    assert checker.admit({"type": "hello", "who": "eve"})
    assert not checker.admit(say("hello", who="alice"))
    assert checker.admit(say("hello", "s", who="eve"))[0].rule == "EC401"


def test_runs_that_follow_one_another_are_admitted_alike() -> None:
    checker = AG_UI.checker()
    start = {"type": "RUN_STARTED", "threadId": "t", "runId": "r"}
    assert checker.admit({"type": "STEP_STARTED", "stepName": "s"})
    assert not checker.admit(start)
    assert checker.admit(start)
    assert checker.admit({"type": "RUN_FINISHED", "threadId": "u", "runId": "r"})
    assert not checker.admit({"type": "RUN_FINISHED", "threadId": "t", "runId": "r"})
    assert checker.finish().ok


def test_without_their_forms_events_without_ids_are_still_no_accident() -> None:
    formless = replace(AG_UI, events=dict.fromkeys(AG_UI.events, Record()))
    for type_ in AG_UI.events:
        for event in ({"type": type_}, {"type": type_, "messageId": [], "toolCallId": {}, "stepName": [], "runId": []}):
            assert formless.check([event, event]).events == 2


def test_counts_stay_exact_when_details_are_dropped() -> None:
    report = TALK.check([say("hello"), *[say("nonsense")] * 1_500, say("bye")])
    assert (len(report.violations), report.omitted) == (1_000, 500)
    assert (report.kept, report.obligations) == (4, 1_504)
    assert "and 1480 more" in report.explain()


def test_a_flood_of_warnings_does_not_hide_an_error() -> None:
    lenient = TALK.graded({"EC103": "warning"})
    report = lenient.check([say("hello"), *[say("nonsense")] * 1_500, say("hello", "r2")])
    assert [violation.rule for violation in report.errors] == ["EC204", "EC204"]


def test_one_event_with_very_many_problems_is_reported_within_bounds() -> None:
    deep = contract(events={**TALK.events, "word": {"run": "any", "all": "array of string"}})
    found = deep.checker().feed(say("word", all=[1] * 5_000))
    assert len(found) <= 101


def test_memory_does_not_grow_with_the_length_of_a_run() -> None:
    bounded = contract(clauses=(Pairing(name="door", key="id", opens="open", closes=("close",), reopens=True),))
    checker = bounded.checker()
    checker.feed(say("hello"))

    def talk() -> None:
        for number in range(2_000):
            checker.feed(say("open", id=str(number)))
            checker.feed(say("close", id=str(number)))

    talk()
    gc.collect()
    tracemalloc.start()
    talk()
    gc.collect()
    grown, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert grown < 4_096


def test_ended_runs_are_forgotten_in_the_end() -> None:
    checker = TALK.checker()
    for number in range(10_050):
        checker.feed(say("hello", number))
        checker.feed(say("bye", number))
    assert rules(checker, say("word", 10_049)) == ["EC203"]
    assert rules(checker, say("word", 0)) == ["EC201"]


def test_giving_up_makes_the_report_inconclusive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("goldenpath.contracts.pairing.USED_IDS", 1)
    once = contract(clauses=(Pairing(name="door", key="id", opens="open", closes=("close",)),))
    doors = [say(type_, id=key) for key in "ab" for type_ in ("open", "close")]
    report = once.check([say("hello"), *doors, say("bye")])
    assert report.inconclusive == ("a run used more than 1 door ids: whether later ones repeat is not known",)


def test_coverage_tells_types_and_named_transitions() -> None:
    report = contract(transitions={"hello": {"word", "bye"}}).check([say("hello"), say("word"), say("bye")])
    assert report.coverage.unseen == ("open", "close")
    assert report.coverage.transitions == {("hello", "word"): True, ("hello", "bye"): False}
    assert "covered 3 of 5 event types, 1 of 2 transitions" in report.explain()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"first": set()}, "first needs at least one type"),
        ({"last": set()}, "last needs at least one type"),
        ({"first": {"helo"}}, "first names 'helo', but events does not; did you mean 'hello'"),
        ({"transitions": {"hello": {"wrd"}}}, "transitions names 'wrd'"),
        ({"outside": {"hello"}}, "hello cannot be both outside runs and in them"),
        ({"clauses": (Once(("wod",)),)}, "once names 'wod'"),
        ({"severities": {"EC1": "off"}}, "there is no rule 'EC1'"),
        ({"severities": {"EC101": "fatal"}}, "EC101 is 'fatal', not one of error, off, warning"),
    ],
)
def test_a_contract_that_contradicts_itself_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ContractError, match=message):
        contract(**changes)


def test_a_contract_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        GOLDEN_PATH.name = "other"  # type: ignore[misc]
    with pytest.raises(TypeError):
        GOLDEN_PATH.events["x"] = {}  # type: ignore[index]
    assert GOLDEN_PATH.without("EC103") != GOLDEN_PATH
    assert len({GOLDEN_PATH, AG_UI, GOLDEN_PATH.without("EC103").without()}) == 3
