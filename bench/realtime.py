"""Events: held against a contract, through the simulated manager, and in virtual time, each beside its peer."""

from __future__ import annotations

import asyncio
import gc
import tracemalloc
from collections.abc import Callable
from time import process_time
from typing import Any
from unittest.mock import AsyncMock

from _measuring import publish, seconds, taking_turns
from ag_ui_validate import create_validator
from simulation import race_seeds_per_s, virtual_hour_ms

from goldenpath.contracts import AG_UI, GOLDEN_PATH, EventContract
from goldenpath.simulation import Simulation
from goldenpath.websocket import MockConfiguration, MockWebSocketManager, simulate_high_load

Event = dict[str, Any]


def golden_run(run: str) -> list[Event]:
    """A run of eleven events as the backend streams them: three rounds of thinking and one tool each."""
    seq = 0

    def event(type_: str, **payload: Any) -> Event:
        nonlocal seq
        seq += 1
        envelope = {"run_id": run, "thread_id": "thr_1", "seq": seq, "epoch": "e1", "timestamp": 1.5 + seq}
        return {"type": type_, **envelope, "agent_name": "triage", "payload": payload}

    events = [event("agent_started", task="cut our cost by 20 %")]
    for step in range(3):
        call = {"tool_call_id": f"call-{step}", "tool_name": "query"}
        events += [
            event("agent_thinking", reasoning="look at the data", step=step, progress=step / 3),
            event("tool_executing", **call, parameters={"days": 30}),
            event("tool_completed", **call, result=[1, 2, 3], duration_ms=12.5, ok=True),
        ]
    return [*events, event("agent_completed", status="completed", result="use a cheaper model", duration_ms=40)]


def ag_ui_run(number: int) -> list[Event]:
    """A run as a chat streams it: some reasoning, one tool, an answer of a hundred words."""
    boundary = {"threadId": "t", "runId": f"run-{number}"}
    thought, message, call = {"messageId": f"t{number}"}, {"messageId": f"m{number}"}, {"toolCallId": f"c{number}"}
    return [
        {"type": "RUN_STARTED", **boundary},
        {"type": "STEP_STARTED", "stepName": "answer"},
        {"type": "REASONING_MESSAGE_START", **thought, "role": "reasoning"},
        *({"type": "REASONING_MESSAGE_CONTENT", **thought, "delta": f"thought {word} "} for word in range(20)),
        {"type": "REASONING_MESSAGE_END", **thought},
        {"type": "TOOL_CALL_START", **call, "toolCallName": "query"},
        *({"type": "TOOL_CALL_ARGS", **call, "delta": delta} for delta in ('{"days"', ": ", "30}")),
        {"type": "TOOL_CALL_END", **call},
        {"type": "TOOL_CALL_RESULT", "messageId": f"r{number}", **call, "content": "[1, 2, 3]"},
        {"type": "TEXT_MESSAGE_START", **message, "role": "assistant"},
        *({"type": "TEXT_MESSAGE_CONTENT", **message, "delta": f"word {word} "} for word in range(100)),
        {"type": "TEXT_MESSAGE_END", **message},
        {"type": "STEP_FINISHED", "stepName": "answer"},
        {"type": "RUN_FINISHED", **boundary},
    ]


def per_event(events: list[Event], check: Callable[[list[Event]], None]) -> Callable[[], float]:
    """CPU seconds for one event."""

    def measure() -> float:
        start = process_time()
        check(events)
        return (process_time() - start) / len(events)

    return measure


def held_against(contract: EventContract) -> Callable[[list[Event]], None]:
    """Check all events and make sure that nothing was wrong with them."""

    def check(events: list[Event]) -> None:
        report = contract.check(events)
        if not report.ok:
            raise SystemExit(report.explain())

    return check


def validate(events: list[Event]) -> None:
    """The same with ag-ui-validate."""
    validator = create_validator()
    for event in events:
        validator.feed(event)
    validator.finalize()
    if validator.report().summary.errors:
        raise SystemExit("ag-ui-validate finds errors in the streams")


async def send_all(manager: Any, events: list[Event]) -> None:
    """Send every event to one thread."""
    send = manager.send_to_thread
    for event in events:
        await send("thread", event)


def per_message(make: Callable[[], Any], events: list[Event]) -> Callable[[], float]:
    """CPU seconds for one awaited send."""

    def measure() -> float:
        manager = make()
        start = process_time()
        asyncio.run(send_all(manager, events))
        return (process_time() - start) / len(events)

    return measure


def contracts() -> dict[str, object]:
    """Contracts alone, and beside ag-ui-validate on the same streams."""
    golden = [event for number in range(1_000) for event in golden_run(f"run-{number}")]
    chat = [event for number in range(80) for event in ag_ui_run(number)]
    (ours,) = taking_turns(per_event(golden, held_against(GOLDEN_PATH)))
    own, theirs = taking_turns(per_event(chat, held_against(AG_UI)), per_event(chat, validate))
    return {
        "contract_events_per_s": round(1 / ours),
        "contract_ag_ui_events_per_s": round(1 / own),
        "ag_ui_validate_events_per_s": round(1 / theirs),
        "contract_vs_ag_ui_validate": round(theirs / own, 2),
    }


def manager() -> dict[str, object]:
    """Events through the simulated manager, with metrics and the contract on, beside an AsyncMock.

    Once as it comes, where the order is judged; once where a message of the wrong order or form would be refused.
    """
    events = [event for number in range(1_000) for event in golden_run(f"run-{number}")]
    strict = MockConfiguration(enforce_event_order=True, validate_message_format=True)
    ours, refusing, mocked = taking_turns(
        per_message(MockWebSocketManager, events),
        per_message(lambda: MockWebSocketManager(strict), events),
        per_message(AsyncMock, events),
    )
    return {
        "events_per_s": round(1 / ours),
        "events_enforced_per_s": round(1 / refusing),
        "asyncmock_events_per_s": round(1 / mocked),
        "events_vs_asyncmock": round(mocked / ours, 2),
    }


def memory() -> dict[str, object]:
    """What ten thousand delivered events cost beside the events themselves."""
    events = [event for number in range(1_000) for event in golden_run(f"run-{number}")][:10_000]
    gc.collect()
    tracemalloc.start()
    kept = MockWebSocketManager()
    asyncio.run(send_all(kept, events))
    gc.collect()
    grown, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return {"memory_per_10k_events_kb": round(grown / 1_024, 1)}


def load() -> dict[str, object]:
    """Fifty users for a virtual minute, ten messages a second each."""

    def minute() -> float:
        busy = MockWebSocketManager.create_for_scenario("performance")
        took = seconds(lambda: Simulation(1).run(simulate_high_load(busy, concurrent_users=50, duration=60)))
        delivered = busy.get_performance_metrics()["messages_delivered"]
        if delivered != 50 * 60 * 10:
            raise SystemExit(f"{delivered} messages were delivered")
        return took

    (took,) = taking_turns(minute, rounds=5)
    return {"load_50_users_60_s_ms": round(took * 1e3)}


def measure() -> dict[str, object]:
    """Every figure of this claim."""
    return {**contracts(), **manager(), **memory(), **load(), **virtual_hour_ms(), **race_seeds_per_s()}


if __name__ == "__main__":
    publish(__doc__ or "", measure)
