"""Who was announced before whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from goldenpath.contracts.clause import Act, Case, Clause, Event, Run
from goldenpath.contracts.paths import getter
from goldenpath.contracts.shape import shown

ANNOUNCED: Final = 100_000


@dataclass(frozen=True)
class Lineage(Clause):
    """A `parent` that an `opens` event names must have been announced by an earlier one, in this run or one before."""

    opens: str
    key: str
    parent: str

    def acts(self, slot: int) -> Mapping[str, Act]:
        read, parent_of = getter(self.key), getter(self.parent)

        def announce(case: Case, run: Run, event: Event) -> None:
            name, parent = read(event), parent_of(event)
            if isinstance(parent, str) and (slot, parent) not in case.known:
                message = f"no {shown(parent)} was announced before"
                case.object_to("EC403", message, "the id of an earlier one", shown(parent), self.parent)
            if not isinstance(name, str):
                return
            if len(case.known) < ANNOUNCED:
                case.known[slot, name] = True
            else:
                case.give_up(f"more than {ANNOUNCED} were announced: whether later parents were is not known")

        return {self.opens: Act(announce)}
