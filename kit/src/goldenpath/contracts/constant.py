"""Values that must stay what they were."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from goldenpath.contracts.clause import Act, Case, Clause, Event, Run
from goldenpath.contracts.paths import getter
from goldenpath.contracts.shape import shown


@dataclass(frozen=True)
class Constant(Clause):
    """All of these fields, by event type, hold one value: within a run, or within all runs of a stream."""

    fields: Mapping[str, tuple[str, ...]]
    per_run: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "fields", MappingProxyType(dict(self.fields)))

    def acts(self, slot: int) -> Mapping[str, Act]:
        return {type_: self._compare(slot, paths) for type_, paths in self.fields.items()}

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

        alone = len(paths) == 1 and "." not in paths[0]
        return Act(compare, unless=f"memory is not None and event.get({paths[0]!r}) == memory" if alone else "")

    def _settled(self, slot: int, case: Case, run: Run, value: Any) -> Any:
        """The value that holds; the first one that comes settles it."""
        if run.memories[slot] is None:
            run.memories[slot] = value if self.per_run else case.known.setdefault(f"constant {slot}", value)
        return run.memories[slot]
