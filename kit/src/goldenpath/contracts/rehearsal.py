"""Trying an event before it is taken: a second checker that stays in step with the first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from goldenpath.contracts.report import Violation

if TYPE_CHECKING:
    from goldenpath.contracts.checker import Checker

NOTHING: Final = object()


class Rehearsal:
    """Feeds events to a twin first, so that one which is refused has never touched the checker itself.

    An event that is then taken costs two steps, whatever the run has seen before. Only a refused one spoils the twin,
    which is then mended from the checker, where the event would have left its traces.
    """

    def __init__(self, checker: Checker) -> None:
        self._checker: Final = checker
        self._twin = checker.twin()
        self._at = checker.events
        self._tried: Any = NOTHING
        self._found: tuple[Violation, ...] = ()

    def violations(self, event: Any) -> tuple[Violation, ...]:
        """What would be wrong with the event, were it the next."""
        if self._at != self._checker.events:
            self._twin, self._at = self._checker.twin(), self._checker.events
        elif self._tried is event:
            return self._found
        elif self._tried is not NOTHING:
            self._checker.mend(self._twin, self._tried)
        self._tried, self._found = event, self._twin.feed(event)
        return self._found

    def took(self) -> None:
        """The checker was fed the event that was tried last."""
        self._tried, self._at = NOTHING, self._checker.events
