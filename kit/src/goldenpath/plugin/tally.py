"""The count of assertions that this process executed: rewritten test modules and wrapped functions add to it."""

from __future__ import annotations

from typing import Final


class Tally:
    """Assert statements reached, and calls of functions that assert.

    Two attributes and no method: one of them is raised by code put before every `assert`, where a call would cost more
    than the assertion. Threads may lose a count to each other; they cannot bring a test that asserts down to none.
    """

    __slots__ = ("calls", "inside", "statements")

    def __init__(self) -> None:
        self.statements = 0
        self.calls = 0
        self.inside = False


TALLY: Final = Tally()
