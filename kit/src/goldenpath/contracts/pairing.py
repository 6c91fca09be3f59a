"""Things that are opened, perhaps continued, and closed: tool calls, streamed messages, steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from goldenpath.contracts.chunks import Chunks
from goldenpath.contracts.clause import Act, Case, Clause, Event, Run
from goldenpath.contracts.paths import getter, reader
from goldenpath.contracts.shape import shown

OPEN_AT_ONCE: Final = 1_024
USED_IDS: Final = 100_000


class Held:
    """What is open in a run, by key, with its owner; the keys that may not come again; the last item sent as chunks."""

    __slots__ = ("chunked", "open", "used")

    def __init__(self) -> None:
        self.open: dict[Any, Any] = {}
        self.used: set[Any] = set()
        self.chunked: str | None = None

    def __copy__(self) -> Held:
        twin = Held()
        twin.open, twin.used, twin.chunked = dict(self.open), set(self.used), self.chunked
        return twin


NOTHING_HELD: Final = Held()


@dataclass(frozen=True, kw_only=True)
class Pairing(Clause):
    """What `opens` has one of `closes` follow with the same `key`, and is not left open when the run ends well.

    `continues` may come only in between. `owner` is the field that says in whose name an event speaks; with `per_owner`
    each owner has keys of its own, without it a continuation must not name another owner than the opening did.
    """

    blank: ClassVar[Held] = NOTHING_HELD

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

    def acts(self, slot: int) -> Mapping[str, Act]:
        table = {self.opens: self._opening(slot)}
        table |= {type_: self._continuing(slot, closing=False) for type_ in self.continues}
        table |= {type_: self._continuing(slot, closing=True) for type_ in self.closes}
        if self.chunks is not None:
            table[self.chunks.type] = self.chunks.act(self, slot)
        return table

    def owes(self, memory: Held) -> bool:
        return bool(memory.open)

    def at_end(self, slot: int, case: Case, run: Run) -> None:
        for key in run.memories[slot].open:
            case.object_to("EC303", f"{self.named(key)} is still open", " or ".join(self.closes), "the end of the run")

    def open(self, case: Case, run: Run, slot: int, key: Any, owner: object) -> bool:
        """Open an item and answer whether it is open, which it is not when it was already or too many are."""
        held: Held = run.memories[slot]
        if held is NOTHING_HELD:
            held = run.memories[slot] = Held()
        if key in held.open:
            self._object(case, "EC301", f"{self.named(key)} is already open")
            return False
        if len(held.open) >= self.at_once:
            self._object(case, "EC305", f"{self.named(key)} would be one more than {self.at_once}")
            return False
        if key in held.used:
            self._object(case, "EC304", f"{self.named(key)} was used before")
        held.open[key] = owner
        return True

    def close(self, case: Case, held: Held, key: Any) -> None:
        """Close an open item."""
        del held.open[key]
        if not self.reopens:
            self._use_up(case, held, key)

    def _use_up(self, case: Case, held: Held, key: Any) -> None:
        """Remember an id that may not come again."""
        if len(held.used) < USED_IDS:
            held.used.add(key)
        else:
            case.give_up(f"a run used more than {USED_IDS} {self.name} ids: whether later ones repeat is not known")

    def _object(self, case: Case, rule: str, message: str) -> None:
        case.object_to(rule, message, " or ".join(self.closes) if rule != "EC304" else "a new id", self.opens)

    def foreign(self, case: Case, key: Any, owner: object, stranger: object) -> None:
        """Object to an event that speaks for another owner than the item has."""
        case.object_to("EC402", f"{self.named(key)} belongs to another", shown(owner), shown(stranger), self.owner)

    def named(self, key: Any) -> str:
        """An item in words."""
        return f"{self.name} {shown(key[1] if self.per_owner else key)}"

    def _opening(self, slot: int) -> Act:
        read, owner_name, per_owner, at_once = reader(self.key), self.owner, self.per_owner, self.at_once

        def opening(case: Case, run: Run, event: Event) -> None:
            owner = event.get(owner_name) if owner_name else None
            try:
                key = (owner, read(event)) if per_owner else read(event)
                held: Held = run.memories[slot]
                usual = key not in held.open and key not in held.used and held is not NOTHING_HELD
            except (KeyError, TypeError):
                return
            if usual and len(held.open) < at_once:
                held.open[key] = owner
            else:
                self.open(case, run, slot, key, owner)

        return Act(opening)

    def _continuing(self, slot: int, *, closing: bool) -> Act:
        read, owner_name, per_owner, reopens = reader(self.key), self.owner, self.per_owner, self.reopens
        owned = bool(owner_name) and not per_owner

        def continuing(case: Case, run: Run, event: Event) -> None:
            held: Held = run.memories[slot]
            try:
                key = (event.get(owner_name), read(event)) if per_owner else read(event)
                owner = held.open[key]
            except (KeyError, TypeError):
                self._stray(case, held, event)
                return
            if owned and (stranger := event.get(owner_name)) is not None and stranger != owner:
                self.foreign(case, key, owner, stranger)
            if closing:
                del held.open[key]
                if not reopens:
                    self._use_up(case, held, key)

        foreign = f"{owner_name!r} not in event and " if owned else ""
        spared = "." not in self.key and not closing and not per_owner
        return Act(continuing, unless=f"{foreign}event[{self.key!r}] in memory.open" if spared else "")

    def _stray(self, case: Case, held: Held, event: Event) -> None:
        """What continues or closes nothing is objected to; what has no key at all is left to the rules of form."""
        key = getter(self.key)(event)
        if not isinstance(key, str):
            return
        if key == held.chunked:
            case.object_to("EC308", f"{self.name} {shown(key)} is streamed as chunks", "a chunk", str(case.type))
        else:
            case.object_to("EC302", f"no {self.name} {shown(key)} is open", self.opens, str(case.type))
