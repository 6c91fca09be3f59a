"""Eight scenarios under ten modes, and a client whose bugs each mode brings to light."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from goldenpath.simulation import Simulation
from goldenpath.websocket import (
    SCENARIOS,
    MockBehaviorMode,
    MockWebSocketManager,
    simulate_agent_execution_flow,
)

Mode = MockBehaviorMode
SEEDS = range(200)


def struck(manager: MockWebSocketManager, mode: Mode) -> bool:
    """Whether the mode showed: its fault struck, or in normal mode nothing did and all was delivered."""
    stats = manager.get_network_simulation_stats()
    faults, reasons = stats["faults"], stats["reasons"]
    return {
        Mode.NORMAL: lambda: not reasons and stats["messages_delivered"] == stats["messages_sent"] > 0,
        Mode.NETWORK_PARTITION: lambda: faults["network_partition"] and reasons["network_partition"],
        Mode.SLOW_NETWORK: lambda: faults["latency"] and faults["bandwidth"],
        Mode.PACKET_LOSS: lambda: faults["packet_loss"],
        Mode.MEMORY_PRESSURE: lambda: reasons["memory_pressure"],
        Mode.CONNECTION_LIMIT: lambda: reasons["connection_limit"],
        Mode.MALFORMED_DATA: lambda: faults["malformed_data"] and reasons["malformed_data"],
        Mode.TIMEOUT_PRONE: lambda: faults["timeout"] and reasons["timeout"],
        Mode.AUTH_FAILURE: lambda: faults["auth_failure"] and reasons["auth_failure"],
        Mode.RACE_CONDITIONS: lambda: faults["race_reorder"] and stats["duplicated"],
    }[mode]()


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_mode_shows_in_every_scenario(scenario: str, mode: Mode) -> None:
    async def use(manager: MockWebSocketManager) -> None:
        for user in ("alice", "bob", "carol", "dave"):
            await manager.connect_user(user)
        for _ in range(8):
            await simulate_agent_execution_flow(manager, "t")

    def shows(seed: int) -> bool:
        manager = MockWebSocketManager.create_for_scenario(scenario, mode=mode, seed=seed)
        Simulation(seed).run(use(manager))
        try:
            return struck(manager, mode)
        except KeyError:
            return False

    assert any(map(shows, SEEDS))


class Client:
    """A chat client, small and with bugs to choose from; without any it copes with every mode."""

    def __init__(self, *bugs: str) -> None:
        self.bugs = frozenset(bugs)
        self.shown: list[str] = []
        self.spinning: set[str] = set()
        self.seen: set[tuple[str, int]] = set()
        self.waiting: dict[int, dict[str, Any]] = {}
        self.next = 1
        self.damaged = 0
        self.finished = False
        self.closed = 0

    def receive(self, message: Any) -> None:
        if isinstance(message, str):
            if "trusts that messages are whole" in self.bugs:
                message = json.loads(message)
            else:
                self.damaged += 1
                return
        key = (message["run_id"], message["seq"])
        if key in self.seen and "counts what comes twice" not in self.bugs:
            return
        self.seen.add(key)
        self.show(message)

    def show(self, message: dict[str, Any]) -> None:
        type_, payload = message["type"], message["payload"]
        if "forgets the last event" not in self.bugs or type_ != "agent_completed":
            self.shown.append(type_)
            self.finished = type_ == "agent_completed"
        if type_ == "tool_executing":
            self.spinning.add(payload["tool_call_id"])
        if type_ == "tool_completed":
            self.spinning.discard(payload["tool_call_id"])

    def lost(self, code: int) -> None:
        self.closed = code


class Server:
    """What stands on the other side: it streams one run, as carefully as its client's bugs let it."""

    def __init__(self, manager: MockWebSocketManager, client: Client) -> None:
        self.manager = manager
        self.client = client
        self.claims = 0

    async def serve(self) -> None:
        careless, client = self.client.bugs, self.client
        tries = 1 if "connects only once" in careless else 50
        for _ in range(tries):
            if await self.manager.connect_user("alice", "t", on_message=client.receive, on_close=client.lost):
                break
            await asyncio.sleep(1)
        patience = 0.2 if "is impatient" in careless else 3_600
        tries = 1 if "sends only once" in careless else 50
        for event in EVENTS:
            for _ in range(tries):
                if not self.manager.is_connected("alice") and not careless & {"never reconnects", "connects only once"}:
                    await self.manager.connect_user("alice", "t", on_message=client.receive, on_close=client.lost)
                sent = await asyncio.wait_for(self.manager.send_to_thread("t", event), patience)
                if sent or "believes that all is delivered" in careless:
                    self.claims += 1
                    break
                if self.manager.get_failure_analysis()["most_common"] == "memory_pressure":
                    self.manager.clear_messages()
                await asyncio.sleep(1)


def event(seq: int, type_: str, **payload: Any) -> dict[str, Any]:
    return {"type": type_, "run_id": "r", "thread_id": "t", "seq": seq, "payload": payload}


EVENTS = [
    event(1, "agent_started", task="a task" * 200),
    event(2, "agent_thinking", reasoning="a thought" * 200, step=1, progress=0.1),
    event(3, "tool_executing", tool_call_id="c", tool_name="query", parameters={}),
    event(4, "tool_completed", tool_call_id="c", tool_name="query", result="rows" * 400, duration_ms=1, ok=True),
    event(5, "agent_completed", status="completed", result="an answer", duration_ms=9),
]
TYPES = [each["type"] for each in EVENTS]


def outcome(mode: Mode, seed: int, *bugs: str) -> str:
    """What went wrong for the user in one simulated session; "" when nothing did."""
    manager = MockWebSocketManager.create_for_scenario("basic", mode=mode, seed=seed)
    client = Client(*bugs)

    async def session() -> None:
        for other in ("bob", "carol", "dave"):
            await manager.connect_user(other)
        server = asyncio.ensure_future(Server(manager, client).serve())
        await asyncio.sleep(1)
        for other in ("bob", "carol"):
            await manager.disconnect_user(other)
        await server
        await asyncio.sleep(10)

    try:
        Simulation(seed).run(session)
    except Exception as error:
        return type(error).__name__
    if sorted(client.shown) != sorted(TYPES):
        return f"shows {client.shown}"
    return f"spins for {client.spinning}" if client.spinning else ""


CAUGHT: dict[Mode, str] = {
    Mode.NORMAL: "forgets the last event",
    Mode.NETWORK_PARTITION: "connects only once",
    Mode.SLOW_NETWORK: "is impatient",
    Mode.PACKET_LOSS: "sends only once",
    Mode.MEMORY_PRESSURE: "believes that all is delivered",
    Mode.CONNECTION_LIMIT: "connects only once",
    Mode.MALFORMED_DATA: "trusts that messages are whole",
    Mode.TIMEOUT_PRONE: "sends only once",
    Mode.AUTH_FAILURE: "never reconnects",
    Mode.RACE_CONDITIONS: "counts what comes twice",
}


def hunted(mode: Mode, *bugs: str) -> list[str]:
    return [wrong for seed in range(40) if (wrong := outcome(mode, seed, *bugs))]


def test_every_mode_has_a_bug_to_catch() -> None:
    assert CAUGHT.keys() == set(Mode)


@pytest.mark.parametrize("mode", Mode)
def test_each_mode_catches_its_bug(mode: Mode) -> None:
    assert hunted(mode, CAUGHT[mode])


@pytest.mark.parametrize("mode", Mode)
def test_a_client_without_bugs_copes_with_each_mode(mode: Mode) -> None:
    assert hunted(mode) == []


@pytest.mark.parametrize("mode", [mode for mode in Mode if mode is not Mode.NORMAL])
def test_no_bug_but_that_of_the_normal_mode_shows_where_nothing_goes_wrong(mode: Mode) -> None:
    assert hunted(Mode.NORMAL, CAUGHT[mode]) == []
