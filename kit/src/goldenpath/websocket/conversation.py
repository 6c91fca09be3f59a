"""One thread of messages: what was delivered in it, and whether that keeps the contract."""

from __future__ import annotations

from typing import Any, Final

from goldenpath.contracts import Checker, EventContract
from goldenpath.websocket.errors import EventOrderError, MessageFormatError
from goldenpath.websocket.lane import Lane
from goldenpath.websocket.wire import Sink

FORM: Final = frozenset({"EC101", "EC102", "EC103", "EC104", "EC105", "EC106", "EC107"})
ORDER: Final = frozenset({"EC201", "EC202", "EC203", "EC205", "EC301", "EC302", "EC304"})
"""Not whether a run is complete: that is for its end to show, and not for a message to be refused over."""
NO_RULES: Final[frozenset[str]] = frozenset()


class Conversation:
    """A thread, the lines to those who follow it, and its log: what came over the first of these lines."""

    def __init__(self, name: str, contract: EventContract | None, refused: frozenset[str]) -> None:
        self.name: Final = name
        self.log: Final[list[Any]] = []
        self.lanes: list[Lane] = []
        self._contract = contract
        self._refused = refused
        self._sent: Checker | None = None
        self.delivered: Checker | None = None
        self.forget()

    def forget(self) -> None:
        """Begin anew, with the same lines."""
        self.log.clear()
        contract = self._contract
        self.delivered = contract.checker() if contract is not None else None
        self._sent = contract.checker() if contract is not None and self._refused else None
        self._arrange()
        for lane in self.lanes:
            lane.log.clear()

    def follow(self, lane: Lane) -> None:
        """Add a line."""
        self.lanes = [*self.lanes, lane]
        self._arrange()

    def expect_users(self) -> None:
        """From now on users follow, and no longer whoever looks at the log: what reaches none of them is lost."""
        self.lanes = [lane for lane in self.lanes if lane.user]
        self._arrange()

    def leave(self, lane: Lane) -> None:
        """Take a line away."""
        self.lanes = [each for each in self.lanes if each is not lane]
        self._arrange()

    def _arrange(self) -> None:
        """Let the first line write the log."""
        record: tuple[Sink, ...] = (self.log.append,)
        if self.delivered is not None:
            record = (self.log.append, self.delivered.feed)
        for place, lane in enumerate(self.lanes):
            lane.lead(record if place == 0 else ())

    def refuse(self, message: Any) -> None:
        """Raise if what is enforced forbids to send this message next."""
        checker = self._sent
        if checker is None:
            return
        objections = checker.objections(message, self._refused)
        if not objections:
            return
        first = objections[0]
        if first.rule in FORM:
            raise MessageFormatError(f"{first.message} ({first.rule}, enforced by validate_message_format)")
        expected = checker.expected(message.get(checker.contract.run_key))
        raise EventOrderError(
            f"{first.message} in thread {self.name!r} ({first.rule}, enforced by enforce_event_order); "
            f"expected next: {', '.join(expected) or 'nothing, the run has ended'}",
            expected,
        )

    def note_sent(self, message: Any) -> None:
        """A message was not refused: what may come next depends on it."""
        if self._sent is not None:
            self._sent.admit(message, NO_RULES)
