"""A test that may build doubles where none belong: for a reason, and until a date."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

MARK: Final = "allow_mocks"
EXAMPLE: Final = f'@pytest.mark.{MARK}(reason="...", until="YYYY-MM-DD")'


@dataclass(frozen=True, slots=True)
class Exemption:
    """Why, and how long."""

    reason: str
    until: date

    @classmethod
    def of(cls, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Exemption:
        """Read a mark; a ValueError says what is wrong with it."""
        reason, until = kwargs.get("reason"), kwargs.get("until")
        if args or set(kwargs) != {"reason", "until"} or not isinstance(reason, str) or not reason.strip():
            raise ValueError(f"an exemption has a reason and an end: {EXAMPLE}")
        try:
            return cls(reason, date.fromisoformat(str(until)))
        except (TypeError, ValueError):
            raise ValueError(f"until={until!r} is no date: {EXAMPLE}") from None

    def holds(self, today: date) -> bool:
        """Whether it has not expired; its last day is included."""
        return today <= self.until
