"""Whatever is sent, a manager delivers it, fails to, or refuses it by name."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goldenpath.contracts import AG_UI, GOLDEN_PATH, EventContract
from goldenpath.simulation import Simulation
from goldenpath.websocket import MessageRefusedError, MockBehaviorMode, MockConfiguration, MockWebSocketManager

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)
TYPES = st.sampled_from([*GOLDEN_PATH.events, *AG_UI.events, "note", ""])
MESSAGES = JSON | st.fixed_dictionaries(
    {"type": TYPES | JSON}, optional={"run_id": JSON | st.just("r"), "payload": JSON, "seq": JSON}
)
EVERYTHING = [mode for mode in MockBehaviorMode if mode is not MockBehaviorMode.CONNECTION_LIMIT]


@pytest.mark.parametrize("contract", [GOLDEN_PATH, AG_UI, None], ids=["golden-path", "ag-ui", "none"])
@pytest.mark.parametrize("enforced", [True, False])
@pytest.mark.parametrize("mode", [[], EVERYTHING], ids=["calm", "every fault"])
def test_any_messages_at_all(contract: EventContract | None, enforced: bool, mode: list[MockBehaviorMode]) -> None:
    enforced = enforced and contract is not None
    config = MockConfiguration(
        contract=contract, mode=mode, enforce_event_order=enforced, validate_message_format=enforced, seed=5
    )

    @given(st.lists(MESSAGES, max_size=8))
    @settings(max_examples=60, deadline=None)
    def send(messages: list[Any]) -> None:
        manager, refused, answers = MockWebSocketManager(config), 0, list[bool]()

        async def use() -> None:
            nonlocal refused
            for message in messages:
                try:
                    answers.append(await manager.send_to_thread("t", message))
                except MessageRefusedError:
                    refused += 1

        Simulation(5).run(use)
        assert all(answer in (True, False) for answer in answers)
        assert len(answers) + refused == len(messages)
        stats = manager.get_network_simulation_stats()
        assert stats["refused"] == refused
        assert stats["messages_sent"] == len(answers)
        assert not refused or enforced
        json.dumps([manager.get_failure_analysis(), stats, manager.get_performance_metrics()])
        if contract is not None:
            assert 0.0 <= manager.get_compliance_score() <= 1.0
            assert manager.get_report("t").explain()

    send()


def test_what_is_no_json_at_all_is_carried_too() -> None:
    circle: list[Any] = []
    circle.append(circle)
    config = MockConfiguration(latency_ms=1, bandwidth_limit=1_000_000, memory_limit=1_000_000)
    manager = MockWebSocketManager(config)
    for message in (circle, object(), {1: {2}}, b"bytes", {("a",): 1}):
        assert Simulation().run(manager.send_to_thread("t", message)) is True
    assert manager.get_performance_metrics()["memory_bytes"] > 0
