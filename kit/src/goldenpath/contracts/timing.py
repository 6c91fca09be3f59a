"""Numbers and times that must go on from event to event of a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from goldenpath.contracts.clause import Act, Case, Clause, Event, Run
from goldenpath.contracts.paths import getter
from goldenpath.contracts.shape import shown


@dataclass(frozen=True)
class Numbering(Clause):
    """A counter that, where events carry it, goes up by one from event to event of a run, and is never reset."""

    key: str

    def acts(self, slot: int) -> Mapping[str, Act]:
        name, at_top, read = self.key, "." not in self.key, getter(self.key)

        def follow(case: Case, run: Run, event: Event) -> None:
            number = event.get(name) if at_top else read(event)
            if type(number) is not int:
                return
            before = run.memories[slot]
            if before is None or number == before + 1:
                run.memories[slot] = number
            else:
                run.memories[slot] = max(number, before)
                self._object(case, before, number)

        return {"*": Act(follow)}

    def _object(self, case: Case, before: int, number: int) -> None:
        if number > before:
            missing = shown(number - before - 1)
            rule, message = "EC207", f"{self.key} goes from {shown(before)} to {shown(number)}: {missing} are missing"
        else:
            rule, message = "EC208", f"{self.key} {shown(number)} comes after {shown(before)}"
        case.object_to(rule, message, shown(before + 1), shown(number), self.key)


@dataclass(frozen=True)
class Gap(Clause):
    """At most `seconds` between two events of a run, by their own timestamps.

    `of` limits the rule to the time before events of these types. Timestamps are ISO 8601 strings, or numbers of
    seconds (`unit=1`) or milliseconds (`unit=1000`).
    """

    seconds: float
    key: str = "timestamp"
    of: tuple[str, ...] = ()
    unit: float = 1.0

    def acts(self, slot: int) -> Mapping[str, Act]:
        read = getter(self.key)

        def measure(case: Case, run: Run, event: Event) -> None:
            now = seconds(read(event), self.unit)
            before = run.memories[slot]
            if now is None:
                return
            run.memories[slot] = now
            if before is not None and now - before > self.seconds and (not self.of or case.type in self.of):
                message = f"{now - before:g} s pass after {run.last}"
                case.object_to("EC209", message, f"at most {self.seconds:g} s", f"{now - before:g} s", self.key)

        return {"*": Act(measure)}


def seconds(timestamp: Any, unit: float) -> float | None:
    """A timestamp in seconds; None when it is none."""
    if isinstance(timestamp, (int, float)) and not isinstance(timestamp, bool):
        try:
            return timestamp / unit
        except OverflowError:
            return None
    if isinstance(timestamp, str):
        try:
            return datetime.fromisoformat(timestamp).timestamp()
        except (ValueError, OverflowError):
            return None
    return None
