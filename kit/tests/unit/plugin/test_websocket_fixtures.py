from __future__ import annotations

import pytest

from goldenpath.plugin.websocket import SCENARIOS
from goldenpath.websocket import MockWebSocketManager


@pytest.mark.parametrize(("name", "scenario"), SCENARIOS.items())
def test_each_fixture_gives_a_fresh_manager_of_its_scenario(
    request: pytest.FixtureRequest, name: str, scenario: str
) -> None:
    manager = request.getfixturevalue(name)
    assert isinstance(manager, MockWebSocketManager)
    assert manager.get_all_events() == []
    assert manager.config == MockWebSocketManager.create_for_scenario(scenario).config


@pytest.mark.asyncio
async def test_a_fixture_delivers_what_is_sent(mock_websocket_manager: MockWebSocketManager) -> None:
    await mock_websocket_manager.connect_user("ada", "thread_1")
    assert await mock_websocket_manager.send_to_thread("thread_1", {"type": "heartbeat"})
    assert mock_websocket_manager.get_events_for_thread("thread_1") == [{"type": "heartbeat"}]
