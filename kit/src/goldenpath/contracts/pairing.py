"""Things that are opened, perhaps continued, and closed: tool calls, streamed messages, steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from goldenpath.contracts.chunks import Chunks
from goldenpath.contracts.clause import Act, Case, Event, Run
from goldenpath.contracts.paths import getter
from goldenpath.contracts.shapes import shown

OPEN_AT_ONCE: Final = 1_024
USED_IDS: Final = 100_000


@dataclass(slots=True)
class Held:
    """What is open in a run, by key, with its owner; the ids that may not come again; the last item sent as chunks."""

    open: dict[Any, Any] = field(default_factory=dict)
    used: set[Any] = field(default_factory=set)
    chunked: str | None = None

    def __copy__(self) -> Held:
        return Held(dict(self.open), set(self.used), self.chunked)


@dataclass(frozen=True, kw_only=True)
class Pairing:
    """What `opens` has one of `closes` follow with the same `key`, and is not left open when the run ends well.

    `continues` may come only in between. `owner` is the field that says in whose name an event speaks; with `per_owner`
    each owner has keys of its own, without it a continuation must not name another owner than the opening did.
    """

    name: str
    key: str
    opens: str
    closes: tuple[str, ...]
    continues: tuple[str, ...] = ()
    reopens: bool = False
    owner: str = ""
    per_owner: bool = False
    chunks: Chunks | None = None
    at_once: int = OPEN_AT_ONCE

    def memory(self) -> Held:
        return Held()

    def acts(self, slot: int) -> Mapping[str, Act]:
        table = {self.opens: self._opening(slot)}
        table |= {type_: self._continuing(slot, closing=False) for type_ in self.continues}
        table |= {type_: self._continuing(slot, closing=True) for type_ in self.closes}
        if self.chunks is not None:
            table[self.chunks.type] = self.chunks.act(self, slot)
        return table

    def at_end(self, slot: int, case: Case, run: Run) -> None:
        for key in run.memories[slot].open:
            case.object_to("EC303", f"the {self.name} {shown(key)} is still open", self._closing, "the end of the run")

    @property
    def _closing(self) -> str:
        return " or ".join(self.closes)

    def _opening(self, slot: int) -> Act:
        read, owner_of = getter(self.key), getter(self.owner)

        def opening(case: Case, run: Run, event: Event) -> None:
            key = read(event)
            if type(key) is not str:
                return
            owner = owner_of(event)
            if self.per_owner:
                key = (str(owner), key)
            self.open(case, run.memories[slot], key, owner)

        return opening

    def open(self, case: Case, held: Held, key: Any, owner: object) -> None:
        """Open an item, unless that breaks a rule."""
        if key in held.open:
            case.object_to("EC301", f"the {self.name} {shown(key)} is already open", self._closing, self.opens)
        elif key in held.used:
            case.object_to("EC304", f"the {self.name} {shown(key)} was used before", "a new id", shown(key))
        elif len(held.open) >= self.at_once:
            case.object_to("EC305", f"more than {self.at_once} of {self.name} are open", self._closing, self.opens)
        else:
            held.open[key] = owner

    def close(self, case: Case, held: Held, key: Any) -> None:
        """Close an open item and, where ids may not come again, remember its id."""
        del held.open[key]
        if not self.reopens:
            if len(held.used) < USED_IDS:
                held.used.add(key)
            else:
                case.give_up(f"a run used more than {USED_IDS} {self.name} ids: whether later ones repeat is not known")

    def _continuing(self, slot: int, *, closing: bool) -> Act:
        read, owner_of = getter(self.key), getter(self.owner)

        def continuing(case: Case, run: Run, event: Event) -> None:
            key = read(event)
            if type(key) is not str:
                return
            held: Held = run.memories[slot]
            if self.per_owner:
                key = (str(owner_of(event)), key)
            if key not in held.open:
                self._not_open(case, held, key, event)
                return
            if self.owner and not self.per_owner:
                owner = owner_of(event)
                if owner is not None and owner != held.open[key]:
                    self.foreign(case, key, held.open[key], owner)
            if closing:
                self.close(case, held, key)

        return continuing

    def _not_open(self, case: Case, held: Held, key: Any, event: Event) -> None:
        if key == held.chunked:
            case.object_to("EC308", f"the {self.name} {shown(key)} is streamed as chunks", "a chunk", event["type"])
        else:
            case.object_to("EC302", f"no {self.name} {shown(key)} is open", self.opens, event["type"])

    def foreign(self, case: Case, key: Any, owner: object, stranger: object) -> None:
        """Object to an event that speaks for another owner than the item has."""
        case.object_to("EC402", f"the {self.name} {shown(key)} belongs to another", shown(owner), shown(stranger))
