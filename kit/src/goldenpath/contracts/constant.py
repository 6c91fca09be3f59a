"""Values that must stay what they were."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar

from goldenpath.contracts.clause import Act, Case, Event, Run
from goldenpath.contracts.paths import getter
from goldenpath.contracts.shapes import shown


@dataclass(frozen=True)
class Constant:
    """All of these fields, by event type, hold one value: within a run, or within all runs of a stream."""

    blank: ClassVar[None] = None

    fields: Mapping[str, tuple[str, ...]]
    per_run: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "fields", MappingProxyType(dict(self.fields)))

    def acts(self, slot: int) -> Mapping[str, Act]:
        return {type_: self._compare(slot, paths) for type_, paths in self.fields.items()}

    def at_end(self, slot: int, case: Case, run: Run) -> None:
        return None

    def _compare(self, slot: int, paths: tuple[str, ...]) -> Act:
        readers = [(path, getter(path)) for path in paths]

        def compare(case: Case, run: Run, event: Event) -> None:
            for path, read in readers:
                value = read(event)
                if value is None:
                    continue
                constant = self._settled(slot, case, run, value)
                if value != constant:
                    case.object_to("EC401", f"{path} was {shown(constant)}", shown(constant), shown(value), path)

        return compare

    def _settled(self, slot: int, case: Case, run: Run, value: Any) -> Any:
        """The value that holds; the first one that comes settles it."""
        if self.per_run:
            if run.memories[slot] is None:
                run.memories[slot] = value
            return run.memories[slot]
        return case.known.setdefault(f"constant {slot}", value)
