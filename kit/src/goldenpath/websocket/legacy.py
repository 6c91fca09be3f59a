"""The interface of the hand-written managers that this one replaces."""

from __future__ import annotations

from typing import Any, Final

from goldenpath.websocket.configuration import MockConfiguration
from goldenpath.websocket.errors import MessageFormatError
from goldenpath.websocket.manager import MockWebSocketManager
from goldenpath.websocket.wire import type_of


class LegacyMockWebSocketManager(MockWebSocketManager):
    """Keeps `messages`, `connections`, `events` and `record()`, for tests that still look at them.

    With `strict_mode`, what is no event of the contract is refused by `record`.
    """

    def __init__(self, strict_mode: bool = True, config: MockConfiguration | None = None) -> None:
        super().__init__(config)
        self.strict_mode: Final = strict_mode
        self._recorded: list[Any] = []

    @property
    def messages(self) -> list[dict[str, Any]]:
        """What was delivered, with the thread it was delivered in."""
        return [
            {"thread_id": thread_id, "message": message, "event_type": type_of(message)}
            for thread_id in self.threads
            for message in self.get_events_for_thread(thread_id)
        ]

    @property
    def events(self) -> list[Any]:
        """What was recorded, and then what was delivered."""
        return [*self._recorded, *self.get_all_events()]

    @property
    def connections(self) -> dict[str, list[str]]:
        """The connected users, each with the threads followed."""
        return {user: self.threads_of(user) for user in self.users}

    def record(self, event: Any) -> None:
        """Keep an event that was not sent over this manager."""
        contract = self.config.contract
        if self.strict_mode and contract is not None and type_of(event) not in contract.events:
            raise MessageFormatError(f"{event!r} is no event of {contract.name}; strict_mode=False records anything")
        self._recorded.append(event)

    def reset(self) -> None:
        self._recorded.clear()
        super().reset()
