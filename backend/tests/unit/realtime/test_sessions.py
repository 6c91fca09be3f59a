from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from agent_backend.context import Kind, Principal, UnifiedIDManager
from agent_backend.realtime import SessionChecks, UnifiedWebSocketManager
from agent_backend.storage import StoreUnavailable


class Rows:
    """Which sessions have ended, and how often somebody looked."""

    def __init__(self) -> None:
        self.ended: set[str | None] = set()
        self.looks = 0

    async def over(self, principals: Collection[Principal]) -> list[Principal]:
        self.looks += 1
        return [each for each in principals if each.session_id in self.ended]


@pytest.mark.asyncio
async def test_sockets_whose_session_is_over_are_closed_after_one_look_at_all_and_the_others_are_checked(
    open_socket: Any, ada: Principal, ids: UnifiedIDManager, clock: Any
) -> None:
    rows, manager = Rows(), UnifiedWebSocketManager(clock)
    here, there = (replace(ada, session_id=ids.new(Kind.SESSION)) for _ in range(2))
    (ended, gone), (kept, stays) = await open_socket(here), await open_socket(there)
    rows.ended.add(here.session_id)
    await SessionChecks(manager, rows.over, clock, timedelta(minutes=1)).check([ended, kept])
    for socket in (ended, kept):
        await socket.drained(10)
    assert [message.get("code") for message in gone.sent][-1] == 3500
    assert "websocket.close" not in [message["type"] for message in stays.sent]
    assert (ended.checked, kept.checked, rows.looks) == (False, True, 1)


@pytest.mark.asyncio
async def test_a_store_that_does_not_answer_closes_no_socket_and_lets_none_be_served(
    open_socket: Any, ada: Principal, clock: Any
) -> None:
    async def away(_: Collection[Principal]) -> list[Principal]:
        raise StoreUnavailable("PostgreSQL", "away")

    socket, peer = await open_socket(ada)
    checks = SessionChecks(UnifiedWebSocketManager(clock), away, clock, timedelta(minutes=1))
    with pytest.raises(StoreUnavailable):
        await checks.check([socket])
    await socket.drained(10)
    assert (socket.checked, [message["type"] for message in peer.sent]) == (
        False,
        ["websocket.accept", "websocket.send"],
    )
