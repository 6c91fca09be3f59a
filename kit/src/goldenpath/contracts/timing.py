"""Numbers and times that must go on from event to event of a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from goldenpath.contracts.clause import Act, Case, Event, Run
from goldenpath.contracts.paths import getter

MILLISECONDS: Final = 1_000.0


@dataclass(frozen=True)
class Numbering:
    """A counter that, where events carry it, goes up by one from event to event of a run, and is never reset."""

    key: str

    def memory(self) -> None:
        return None

    def acts(self, slot: int) -> Mapping[str, Act]:
        read = getter(self.key)

        def follow(case: Case, run: Run, event: Event) -> None:
            number = read(event)
            if type(number) is not int:
                return
            before = run.memories[slot]
            run.memories[slot] = number
            if before is None or number == before + 1:
                return
            if number > before:
                message = f"{self.key} jumps from {before} to {number}: {number - before - 1} events are missing"
                case.object_to("EC207", message, str(before + 1), str(number), self.key)
            else:
                run.memories[slot] = before
                message = f"{self.key} {number} comes after {before}"
                case.object_to("EC208", message, str(before + 1), str(number), self.key)

        return {"*": follow}

    def at_end(self, slot: int, case: Case, run: Run) -> None:
        return None


@dataclass(frozen=True)
class Gap:
    """At most `seconds` between two events of a run, by their own timestamps.

    `of` limits the rule to the time before events of these types. Timestamps are ISO 8601 strings, or numbers of
    seconds (`unit=1`) or milliseconds (`unit=1000`).
    """

    seconds: float
    key: str = "timestamp"
    of: tuple[str, ...] = ()
    unit: float = 1.0

    def memory(self) -> None:
        return None

    def acts(self, slot: int) -> Mapping[str, Act]:
        read = getter(self.key)

        def measure(case: Case, run: Run, event: Event) -> None:
            now = seconds(read(event), self.unit)
            before = run.memories[slot]
            if now is None:
                return
            run.memories[slot] = now
            if before is not None and now - before > self.seconds and (not self.of or event["type"] in self.of):
                message = f"{now - before:g} s pass after {run.last}"
                case.object_to("EC209", message, f"at most {self.seconds:g} s", f"{now - before:g} s", self.key)

        return {"*": measure}

    def at_end(self, slot: int, case: Case, run: Run) -> None:
        return None


def seconds(timestamp: Any, unit: float) -> float | None:
    """A timestamp in seconds; None when it is none."""
    if isinstance(timestamp, (int, float)) and not isinstance(timestamp, bool):
        return timestamp / unit
    if isinstance(timestamp, str):
        try:
            return datetime.fromisoformat(timestamp).timestamp()
        except (ValueError, OverflowError):
            return None
    return None
