"""What the factory's doubles cost beside the same things hand-built from unittest.mock."""

from __future__ import annotations

import asyncio
import tracemalloc
from collections.abc import Callable
from functools import partial
from typing import Any
from unittest.mock import AsyncMock, MagicMock

from _measuring import publish, seconds, taking_turns

from goldenpath import SSotMockFactory

BATCH = 2_000
HAND_BATCH = 20
CALLS = 20_000


def websocket() -> Any:
    mock = MagicMock()
    mock.connection_id, mock.user_id = "test-connection", "test-user"
    for name in [
        "accept",
        "close",
        "receive",
        "receive_text",
        "receive_bytes",
        "receive_json",
        "send",
        "send_text",
        "send_bytes",
        "send_json",
    ]:
        setattr(mock, name, AsyncMock())
    return mock


def agent() -> Any:
    mock = MagicMock()
    mock.agent_type = "supervisor"
    mock.execute = AsyncMock(return_value={"status": "completed"})
    mock.get_capabilities = MagicMock(return_value=["text_processing", "data_analysis"])
    return mock


def session() -> Any:
    mock = MagicMock()
    for name in ["execute", "scalar", "scalars", "commit", "rollback", "close"]:
        setattr(mock, name, AsyncMock())
    mock.execute.return_value = MagicMock()
    mock.execute.return_value.fetchone.return_value = None
    mock.execute.return_value.fetchall.return_value = []
    return mock


HAND_BUILT: dict[str, Callable[[], Any]] = {"websocket": websocket, "agent": agent, "database_session": session}
KINDS = list(HAND_BUILT)


def each(make: Callable[[], object], count: int) -> float:
    """Seconds for one, over a batch."""

    def batch() -> None:
        for _ in range(count):
            make()

    return seconds(batch) / count


async def _calls(method: Callable[..., Any]) -> None:
    for _ in range(CALLS):
        await method("x")


def bytes_of(make: Callable[[], object], count: int) -> float:
    """Memory of one, over a batch that is kept."""
    make()
    tracemalloc.start()
    kept = [make() for _ in range(count)]
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(kept) == count
    return size / count


def measure() -> dict[str, object]:
    factory = SSotMockFactory()
    makers: dict[str, tuple[Callable[[], object], Callable[[], object]]] = {
        "websocket": (websocket, factory.create_websocket_mock),
        "agent": (agent, factory.create_agent_mock),
        "database_session": (session, factory.create_database_session_mock),
        "suite": (
            lambda: {kind: make() for kind, make in HAND_BUILT.items()},
            partial(factory.create_mock_suite, KINDS),
        ),
    }
    figures: dict[str, object] = {}
    for name, (hand, ours) in makers.items():
        built, made = taking_turns(lambda hand=hand: each(hand, HAND_BATCH), lambda ours=ours: each(ours, BATCH))
        figures[f"{name}_vs_handbuilt"] = built / made
        figures[f"{name}_per_second"] = 1 / made
    hand_socket, our_socket = websocket(), factory.create_websocket_mock()

    def hand_calls() -> float:
        hand_socket.reset_mock()
        return seconds(lambda: asyncio.run(_calls(hand_socket.send_text)))

    def our_calls() -> float:
        our_socket.reset_mock()
        return seconds(lambda: asyncio.run(_calls(our_socket.send_text)))

    by_hand, by_factory = taking_turns(hand_calls, our_calls)
    figures["websocket_calls_vs_asyncmock"] = by_hand / by_factory
    figures["websocket_calls_per_second"] = CALLS / by_factory
    figures["websocket_bytes"] = bytes_of(factory.create_websocket_mock, BATCH)
    figures["websocket_bytes_handbuilt"] = bytes_of(websocket, HAND_BATCH)
    return figures


if __name__ == "__main__":
    publish("The mock factory beside hand-built mocks.", measure)
