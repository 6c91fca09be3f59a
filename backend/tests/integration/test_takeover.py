"""Instances die at every point where it matters, and the user gets the whole story once and in its order."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from agent_backend.execution import FaultPoint
from goldenpath import GOLDEN_PATH

INSTANCE = [sys.executable, str(Path(__file__).with_name("instance.py"))]
QUESTION = "Cut our cost by 20 %"
BOUND = 15.0
ENDS = {"agent_completed", "agent_error"}
CRASHES = [
    (FaultPoint.ADMITTED, ""),
    (FaultPoint.FETCHED, ""),
    (FaultPoint.CLAIMED, ""),
    (FaultPoint.EVENT_COMMITTED, "agent_started"),
    (FaultPoint.EVENT_COMMITTED, "tool_executing"),
    (FaultPoint.EVENT_COMMITTED, "agent_completed"),
    (FaultPoint.EVENT_TOLD, "tool_completed"),
    (FaultPoint.STEP_BEGUN, "reporting"),
    (FaultPoint.STEP_WORKED, "triage"),
    (FaultPoint.STEP_STORED, "triage"),
    (FaultPoint.ENDED, ""),
]


@contextmanager
def paused(backend: Any) -> Iterator[None]:
    """While this lasts the instance does nothing, as one that is swapped out or cut off."""
    os.kill(backend.process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(backend.process.pid, signal.SIGCONT)


def told_until_death(visitor: Any) -> tuple[str, list[dict[str, Any]]]:
    """Ask, and take down what is told until the socket breaks."""
    received: list[dict[str, Any]] = []
    with visitor.connected() as tab:
        message_id = tab.ask(QUESTION)
        with pytest.raises(ConnectionClosed):
            while True:
                received.append(tab.receive())
    return message_id, received


def told_after(tab: Any, message_id: str, received: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Come back with what is here already, and take down the rest."""
    if received:
        tab.resume(received[-1]["run_id"], received[-1]["seq"])
    else:
        tab.ask(QUESTION, message_id=message_id)
    rest = tab.told_before_the_answer(len(received))
    while (rest or received or [{"type": ""}])[-1]["type"] not in ENDS:
        rest.append(tab.receive())
    return rest


def steps(backend: Any, run_id: str) -> list[tuple[str, int]]:
    """The stored steps of a run, and the claim under which each was completed."""
    return backend.query("SELECT name, fence FROM run_steps WHERE run_id = %s ORDER BY position", run_id)


@pytest.fixture(scope="module")
def survivor(start_backend: Callable[..., Any]) -> Any:
    return start_backend(command=INSTANCE)


def test_the_crashes_cover_every_fault_point() -> None:
    assert {point for point, _ in CRASHES} == set(FaultPoint)


@pytest.mark.parametrize(("point", "detail"), CRASHES, ids=str)
def test_a_run_whose_instance_is_killed_is_finished_by_another(
    start_backend: Callable[..., Any], survivor: Any, point: FaultPoint, detail: str
) -> None:
    with paused(survivor):
        dying = start_backend(beside=survivor, command=[*INSTANCE, point, detail])
        visitor = dying.visitor().spend(large="0.30", small="0.10")
        message_id, received = told_until_death(visitor)
        died = monotonic()
        [(run_id,)] = dying.query("SELECT id FROM runs WHERE client_message_id = %s", message_id)
        completed = steps(dying, run_id)
    with visitor.at(survivor).connected() as tab:
        rest = told_after(tab, message_id, received)
    assert monotonic() - died < BOUND

    story = received + rest
    assert [event["seq"] for event in story] == list(range(1, len(story) + 1))
    assert story[-1]["type"] == "agent_completed"
    assert GOLDEN_PATH.check(story).ok, GOLDEN_PATH.check(story).explain()
    logged = dying.query("SELECT seq, type, payload FROM run_events WHERE run_id = %s ORDER BY seq", run_id)
    assert logged == [(event["seq"], event["type"], event["payload"]) for event in story]

    assert steps(dying, run_id)[: len(completed)] == completed
    assert steps(dying, run_id)[-1][0] == "reporting"
    again = {event["agent_name"] for event in rest if event["type"] in {"agent_thinking", "tool_executing"}}
    assert not again & {name for name, _ in completed}
    roles = dying.query("SELECT role FROM messages WHERE run_id = %s ORDER BY id", run_id)
    assert roles == [("user",), ("assistant",)]
