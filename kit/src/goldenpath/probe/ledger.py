"""What was tried, what held and what did not, counted check by check."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from goldenpath.probe.checks import CHECKS, Check

KEPT: Final = 20
"""Findings of one check that are kept with their words; all are counted."""


class State(StrEnum):
    """What can be said of a check."""

    HELD = "held"
    BROKEN = "broken"
    NOT_SHOWN = "not shown"
    """It was asked for, and nothing could be said."""
    NOT_ASKED = "not asked"


@dataclass(frozen=True, slots=True)
class Finding:
    """One time that a check did not hold."""

    check: str
    message: str
    who: str = ""
    evidence: str = ""

    def __str__(self) -> str:
        return f"{self.who}: {self.message}" if self.who else self.message


@dataclass(slots=True)
class Entry:
    """One check's account."""

    tried: int = 0
    broken: int = 0
    findings: list[Finding] = field(default_factory=list)
    not_shown: list[str] = field(default_factory=list)
    not_asked: str = ""
    notes: list[str] = field(default_factory=list)

    @property
    def kept(self) -> int:
        """How often it held."""
        return self.tried - self.broken

    @property
    def state(self) -> State:
        """Broken beats not shown, which beats held: what was not tried is never held."""
        if self.broken:
            return State.BROKEN
        if self.not_shown:
            return State.NOT_SHOWN
        return State.HELD if self.tried else State.NOT_ASKED

    @property
    def reason(self) -> str:
        """Why nothing can be said, or what is to be known beside the verdict."""
        if self.state is State.NOT_SHOWN:
            return self.not_shown[0]
        if self.state is State.NOT_ASKED:
            return self.not_asked or "it was not reached"
        return "; ".join(self.notes)


class Ledger:
    """The accounts of all checks; what several processes wrote can be added up."""

    def __init__(self) -> None:
        self.entries: dict[str, Entry] = {id: Entry() for id in CHECKS}

    def __getitem__(self, check: str) -> Entry:
        return self.entries[check]

    def held(self, check: str, times: int = 1) -> None:
        """It was tried, and held."""
        self.entries[check].tried += times

    def broke(self, check: str, message: str, who: str = "", evidence: str = "") -> None:
        """It was tried, and did not hold."""
        entry = self.entries[check]
        entry.tried += 1
        entry.broken += 1
        if len(entry.findings) < KEPT:
            entry.findings.append(Finding(check, message, who, evidence))

    def judge(self, check: str, held: bool, message: str, who: str = "", evidence: str = "") -> None:
        """It was tried; `message` says what was wrong if it did not hold."""
        if held:
            self.held(check)
        else:
            self.broke(check, message, who, evidence)

    def not_shown(self, check: str, reason: str) -> None:
        """It was asked for, but nothing can be said."""
        if reason not in self.entries[check].not_shown:
            self.entries[check].not_shown.append(reason)

    def not_asked(self, check: str, reason: str) -> None:
        """The scenario does not ask for it."""
        self.entries[check].not_asked = reason

    def note(self, check: str, note: str) -> None:
        """Something to be known beside the verdict."""
        if note not in self.entries[check].notes:
            self.entries[check].notes.append(note)

    def add(self, other: Ledger) -> None:
        """Take in what another process wrote."""
        for id, theirs in other.entries.items():
            mine = self.entries[id]
            mine.tried += theirs.tried
            mine.broken += theirs.broken
            mine.findings += theirs.findings[: KEPT - len(mine.findings)]
            for reason in theirs.not_shown:
                self.not_shown(id, reason)
            for note in theirs.notes:
                self.note(id, note)

    def rows(self) -> list[tuple[Check, Entry]]:
        """Each check with its account, in the order of the table."""
        return [(CHECKS[id], entry) for id, entry in self.entries.items()]

    def to_json(self) -> list[dict[str, Any]]:
        """The accounts as JSON-ready objects."""
        return [
            {
                "id": check.id,
                "name": check.name,
                "holds": check.holds,
                "state": entry.state.value,
                "kept": entry.kept,
                "tried": entry.tried,
                "counted": check.counted,
                "reason": entry.reason,
                "findings": [
                    {"who": each.who, "message": each.message, "evidence": each.evidence} for each in entry.findings
                ],
            }
            for check, entry in self.rows()
        ]
