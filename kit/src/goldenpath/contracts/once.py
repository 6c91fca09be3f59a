"""Events that may happen once in a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from goldenpath.contracts.clause import Act, Case, Clause, Event, Run


@dataclass(frozen=True)
class Once(Clause):
    """None of these types comes twice in a run."""

    blank: ClassVar[frozenset[str]] = frozenset()

    types: tuple[str, ...]

    def acts(self, slot: int) -> Mapping[str, Act]:
        def count(case: Case, run: Run, event: Event) -> None:
            type_ = case.type
            if type_ in run.memories[slot]:
                case.object_to("EC205", f"{type_} came before in this run", "another type", str(type_))
            run.memories[slot] |= {type_}

        return dict.fromkeys(self.types, Act(count))
