"""What a question asks for: read by rules, so that the same question always means the same."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final


class Intent(StrEnum):
    """What the user wants to know."""

    SPEND = "spend"
    SAVINGS = "savings"


@dataclass(frozen=True, slots=True)
class Goal:
    """A question, understood; `reduction` is in percent."""

    intent: Intent
    grouping: str = "model"
    reduction: Decimal | None = None
    keep_latency: bool = False

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {**asdict(self), "reduction": None if self.reduction is None else str(self.reduction)}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Goal:
        """The goal that was made into these values."""
        reduction = None if values["reduction"] is None else Decimal(values["reduction"])
        return cls(**{**values, "intent": Intent(values["intent"]), "reduction": reduction})


_SAVING: Final = re.compile(
    r"\b(cut|cuts|cutting|save|saves|saving|savings|reduc\w*|lower\w*|cheap\w*|optimi[sz]\w*|wast\w*|less)\b",
    re.IGNORECASE,
)
_TEAMS: Final = re.compile(r"\b(team|department|group)s?\b", re.IGNORECASE)
_PERCENT: Final = re.compile(r"(?<![\d.,])(\d{1,3}(?:[.,]\d{1,2})?)\s*(?:%|percent\b|per cent\b)", re.IGNORECASE)
_LATENCY: Final = re.compile(
    r"\b(?:without|not|no|don'?t|keep\w*|same)\b[^.?!]{0,40}\b(?:latency|speed|slow\w*|response times?)\b",
    re.IGNORECASE,
)


def read_goal(question: str) -> Goal:
    """The goal of a question; a percentage outside of 0 to 100 is no target."""
    percent = _PERCENT.search(question)
    reduction = Decimal(percent[1].replace(",", ".")) if percent else None
    if reduction is not None and not 0 < reduction <= 100:
        reduction = None
    asks_to_save = reduction is not None or _SAVING.search(question) is not None
    return Goal(
        Intent.SAVINGS if asks_to_save else Intent.SPEND,
        "team" if _TEAMS.search(question) else "model",
        reduction,
        _LATENCY.search(question) is not None,
    )
