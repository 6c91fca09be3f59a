"""Who is connected, and to what: the lines of a manager and the conversations they follow."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from itertools import chain
from typing import Final

from goldenpath.websocket.conversation import Conversation
from goldenpath.websocket.lane import Lane
from goldenpath.websocket.wire import Wire

Line = tuple[Conversation, Lane]


class Registry:
    """Conversations by thread, and lines by user.

    What is sent to a user who follows no thread has a conversation apart: a user id is no thread id, however alike.
    """

    def __init__(self, wire: Wire, conversation: Callable[[str], Conversation]) -> None:
        self.threads: Final[dict[str, Conversation]] = {}
        self.users: Final[dict[str, list[Line]]] = {}
        self._private: Final[dict[str, Conversation]] = {}
        self._wire: Final = wire
        self._new_conversation: Final = conversation

    def thread(self, thread_id: str) -> Conversation:
        """The conversation of a thread; a new one is followed by whoever looks at its log."""
        conversation = self.threads.get(thread_id)
        if conversation is None:
            conversation = self.threads[thread_id] = self._new_conversation(thread_id)
            conversation.follow(Lane(self._wire, thread_id))
        return conversation

    def lines_of_thread(self, thread_id: str) -> list[Line]:
        """The lines to those who follow a thread."""
        conversation = self.thread(thread_id)
        return [(conversation, lane) for lane in conversation.lanes]

    def lines_of_user(self, user_id: str) -> list[Line]:
        """The lines to a user."""
        return list(self.users.get(user_id, ()))

    def lines_of_all(self, exclude: Collection[str]) -> list[Line]:
        """The lines to all users but these."""
        return [line for user, lines in self.users.items() if user not in exclude for line in lines]

    def __len__(self) -> int:
        return sum(map(len, self.users.values()))

    def __iter__(self) -> Iterator[Conversation]:
        return chain(list(self.threads.values()), list(self._private.values()))

    def add(self, lane: Lane, thread_id: str | None) -> None:
        """Connect a user's line."""
        if thread_id is not None:
            conversation = self.thread(thread_id)
        else:
            conversation = self._private.get(lane.user) or self._new_conversation(lane.user)
            self._private[lane.user] = conversation
        conversation.follow(lane)
        self.users.setdefault(lane.user, []).append((conversation, lane))

    def drop(self, conversation: Conversation, lane: Lane) -> None:
        """Take a line off the books."""
        conversation.leave(lane)
        lines = [line for line in self.users.get(lane.user, ()) if line[1] is not lane]
        if lines:
            self.users[lane.user] = lines
        else:
            self.users.pop(lane.user, None)
