"""A client that comes back gets exactly what it lacks, from any instance, or is told honestly that it cannot be."""

from __future__ import annotations

import signal
from collections.abc import Callable
from typing import Any

import pytest

ENDS = {"agent_completed", "agent_error"}


def seqs(frames: list[dict[str, Any]]) -> list[int]:
    return [frame["seq"] for frame in frames]


def begun(tab: Any) -> list[dict[str, Any]]:
    """The beginning of a run whose agents are held: started, thinking, executing a tool."""
    return [tab.receive() for _ in range(3)]


@pytest.fixture(scope="module")
def one(start_backend: Callable[..., Any]) -> Any:
    return start_backend(AGENTS_QUESTIONS_WAITING="1")


@pytest.fixture(scope="module")
def other(start_backend: Callable[..., Any], one: Any) -> Any:
    return start_backend(beside=one, AGENTS_QUESTIONS_WAITING="1")


@pytest.mark.parametrize("after", [0, 3, 8])
def test_a_run_that_has_ended_is_resumed_from_any_place_on_another_instance(one: Any, other: Any, after: int) -> None:
    visitor = one.visitor()
    with visitor.connected() as tab:
        tab.ask()
        story = tab.receive_run()
    with visitor.at(other).connected() as tab:
        tab.resume(story[0]["run_id"], after)
        announced = tab.receive()
        assert announced["type"] == "resume"
        assert announced["payload"] == {
            "run_id": story[0]["run_id"],
            "thread_id": story[0]["thread_id"],
            "epoch": 1,
            "after": after,
            "last_seq": len(story),
            "state": "completed",
        }
        assert tab.receive_run() == story[after:]


def test_who_has_everything_is_resumed_with_nothing(one: Any) -> None:
    with one.visitor().connected() as tab:
        tab.ask()
        story = tab.receive_run()
        tab.resume(story[0]["run_id"], len(story))
        assert tab.receive()["payload"]["after"] == len(story)
        tab.say(type="cancel", run=story[0]["run_id"])
        assert tab.receive()["payload"]["code"] == "run_not_active"


def test_a_socket_that_breaks_in_mid_run_loses_and_repeats_nothing(one: Any, other: Any) -> None:
    visitor = one.visitor().spend(large="0.30")
    with one.agents_held():
        with visitor.connected() as tab:
            tab.ask()
            before = [tab.receive(), tab.receive()]
        with visitor.at(other).connected() as tab:
            tab.resume(before[0]["run_id"], before[-1]["seq"])
            before += [*tab.told_before_the_answer(before[-1]["seq"]), tab.receive()]
    with visitor.connected() as tab:
        tab.resume(before[0]["run_id"], before[-1]["seq"])
        story = before + tab.receive_run(*tab.told_before_the_answer(before[-1]["seq"]))
    assert seqs(story) == list(range(1, len(story) + 1))
    assert story[-1]["type"] == "agent_completed"


def test_a_tab_on_another_instance_follows_as_it_happens(one: Any, other: Any) -> None:
    visitor = one.visitor().spend(large="0.30")
    with visitor.at(other).connected() as watching, visitor.connected() as asking:
        asking.ask()
        assert watching.receive_run() == asking.receive_run()


def test_a_tab_that_opens_in_mid_run_asks_to_follow_and_is_told_everything(one: Any, other: Any) -> None:
    visitor = one.visitor().spend(large="0.30")
    with visitor.connected() as asking:
        with one.agents_held():
            asking.ask()
            told = begun(asking)
            with visitor.at(other).connected() as late:
                late.say(type="follow")
                assert late.receive()["payload"]["after"] == 0
                assert begun(late) == told


def test_what_one_tab_has_read_back_to_it_is_not_told_to_another_that_has_just_come_back(one: Any) -> None:
    visitor = one.visitor().spend(large="0.30")
    with visitor.connected() as asking:
        with one.agents_held():
            asking.ask()
            told = begun(asking)
            run_id, last = told[0]["run_id"], told[-1]["seq"]
            with visitor.connected() as back, visitor.connected() as reading:
                reading.resume(run_id, 0)
                assert reading.receive()["type"] == "resume"
                assert begun(reading) == told
                back.resume(run_id, last)
                assert back.receive()["payload"]["after"] == last


CANNOT_BE = {"unknown_run": (0, 1), "other_epoch": (0, 2), "ahead_of_the_log": (99, 1)}


@pytest.mark.parametrize("reason", CANNOT_BE)
def test_what_cannot_be_resumed_is_reset(one: Any, reason: str) -> None:
    after, epoch = CANNOT_BE[reason]
    visitor = one.visitor()
    with visitor.connected() as tab:
        tab.ask()
        story = tab.receive_run()
        run_id = story[0]["run_id"] if reason != "unknown_run" else "run_01a1fcae7e2477d6809bbd58925915d0"
        tab.resume(run_id, after, epoch)
        reset = tab.receive()
    assert (reset["type"], reset["payload"]["reason"]) == ("reset", reason)
    snapshot = reset["payload"]["snapshot"]
    if reason == "unknown_run":
        assert snapshot is None
    else:
        assert (snapshot["thread_id"], snapshot["last_seq"], snapshot["state"]) == (
            story[0]["thread_id"],
            len(story),
            "completed",
        )
        assert [message["role"] for message in snapshot["messages"]] == ["user", "assistant"]
        assert snapshot["messages"][1]["content"] == story[-1]["payload"]["result"]["text"]


def test_anothers_run_is_as_unknown_as_one_that_never_was(one: Any) -> None:
    ada = one.visitor()
    with ada.connected() as tab:
        tab.ask()
        run_id = tab.receive_run()[0]["run_id"]
    colleague = ada.colleague("bob@example.test")
    stranger = one.visitor()
    for somebody in (colleague, stranger):
        with somebody.connected() as tab:
            tab.resume(run_id, 0)
            assert tab.receive()["payload"] == {"run_id": run_id, "reason": "unknown_run", "snapshot": None}
            tab.say(type="cancel", run=run_id)
            assert tab.receive()["payload"]["code"] == "run_not_active"


@pytest.mark.parametrize("elsewhere", [False, True], ids=["here", "elsewhere"])
def test_a_run_is_cancelled_by_a_message_on_any_instance(one: Any, other: Any, elsewhere: bool) -> None:
    visitor = one.visitor().spend(large="0.30")
    with visitor.connected() as asking, visitor.at(other if elsewhere else one).connected() as cancelling:
        with one.agents_held():
            asking.ask()
            run_id = asking.receive()["run_id"]
            cancelling.say(type="cancel", run=run_id)
            end = asking.receive_run()[-1]
        assert (end["type"], end["payload"]["code"], end["payload"]["retryable"]) == ("agent_error", "cancelled", False)
        assert one.query("SELECT state FROM runs WHERE id = %s", run_id) == [("cancelled",)]
        asking.ask(thread_id=end["thread_id"])
        assert asking.receive_run()[-1]["type"] == "agent_completed"


def test_a_second_question_waits_its_turn_where_the_policy_says_so_and_a_third_is_refused(one: Any) -> None:
    visitor = one.visitor().spend(large="0.30")
    with visitor.connected() as tab:
        with one.agents_held():
            tab.ask("First?")
            thread_id = begun(tab)[0]["thread_id"]
            tab.ask("Second?", thread_id)
            third = tab.ask("Third?", thread_id)
            refused = tab.receive()
            assert refused["payload"]["code"] == "run_active"
            assert refused["payload"]["client_message_id"] == third
        first, second = tab.receive_run(), tab.receive_run()
        assert first[-1]["type"] == second[-1]["type"] == "agent_completed"
        assert second[0]["payload"]["task"] == "Second?"
        assert {frame["run_id"] for frame in first}.isdisjoint({frame["run_id"] for frame in second})


def test_a_question_that_waits_is_cancelled_at_once(one: Any) -> None:
    visitor = one.visitor().spend(large="0.30")
    with visitor.connected() as tab:
        with one.agents_held():
            tab.ask("First?")
            thread_id = begun(tab)[0]["thread_id"]
            message_id = tab.ask("Second?", thread_id)
            tab.ask("Second?", thread_id, message_id)
            waiting = tab.receive()["payload"]
            assert waiting["state"] == "queued"
            tab.say(type="cancel", run=waiting["run_id"])
            [only] = tab.receive_run()
            assert (only["type"], only["seq"], only["payload"]["code"]) == ("agent_error", 1, "cancelled")
            assert (only["run_id"], only["thread_id"]) == (waiting["run_id"], thread_id)
        assert tab.receive_run()[-1]["type"] == "agent_completed"


def test_an_instance_that_is_told_to_stop_hands_its_runs_over(start_backend: Callable[..., Any]) -> None:
    stopping = start_backend()
    visitor = stopping.visitor().spend(large="0.30")
    with stopping.agents_held():
        with visitor.connected() as tab:
            tab.ask()
            before = begun(tab)
            stopping.process.send_signal(signal.SIGTERM)
            assert tab.closed().code == 1001
        assert stopping.process.wait(30) == 0
        successor = start_backend(beside=stopping)
        with visitor.at(successor).connected() as tab:
            tab.resume(before[0]["run_id"], 3)
            assert tab.receive()["payload"]["state"] == "running"
            closed = tab.receive()
            assert (closed["type"], closed["payload"]["ok"]) == ("tool_completed", False)
            assert closed["payload"]["tool_call_id"] == before[2]["payload"]["tool_call_id"]
    with visitor.at(successor).connected() as tab:
        tab.resume(before[0]["run_id"], 4)
        story = [*before, closed, *tab.receive_run(*tab.told_before_the_answer(4))]
    assert seqs(story) == list(range(1, len(story) + 1))
    assert story[-1]["type"] == "agent_completed"
