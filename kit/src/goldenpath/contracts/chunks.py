"""The chunk form of a pairing: one event type that opens, continues and closes an item without saying so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from goldenpath.contracts.clause import Act, Case, Event, Run
from goldenpath.contracts.paths import getter
from goldenpath.contracts.shape import shown

if TYPE_CHECKING:
    from goldenpath.contracts.pairing import Pairing


@dataclass(slots=True)
class ChunkStream:
    """The item whose chunks are arriving."""

    pairing: Pairing
    slot: int
    key: str
    owner: object
    said: dict[str, Any]

    def end(self, case: Case, run: Run) -> None:
        held = run.memories[self.slot]
        self.pairing.close(case, held, self.key)
        held.chunked = self.key
        run.chunks = None


@dataclass(frozen=True)
class Chunks:
    """Events of `type` stand for a whole item: the first must carry `opening`, none may contradict an earlier one."""

    type: str
    opening: tuple[str, ...]
    steady: tuple[str, ...] = ()

    def act(self, pairing: Pairing, slot: int) -> Act:
        """What happens at a chunk."""
        read, owner_of = getter(pairing.key), getter(pairing.owner)

        def chunk(case: Case, run: Run, event: Event) -> None:
            key, owner, stream = read(event), owner_of(event), run.chunks
            if isinstance(stream, ChunkStream):
                if stream.slot == slot and (key is None or key == stream.key):
                    self._continue(case, stream, event, owner)
                    return
                stream.end(case, run)
            self._begin(case, run, event, pairing, slot, key, owner)

        return Act(chunk)

    def _continue(self, case: Case, stream: ChunkStream, event: Event, owner: object) -> None:
        if owner is not None and owner != stream.owner:
            stream.pairing.foreign(case, stream.key, stream.owner, owner)
        for name in (*self.opening, *self.steady):
            if name in event and stream.said.setdefault(name, event[name]) != event[name]:
                message = f"a chunk of {stream.pairing.named(stream.key)} changes {name}"
                case.object_to("EC307", message, shown(stream.said[name]), shown(event[name]))

    def _begin(
        self, case: Case, run: Run, event: Event, pairing: Pairing, slot: int, key: object, owner: object
    ) -> None:
        missing = [name for name in self.opening if not isinstance(event.get(name), str)]
        if missing or not isinstance(key, str):
            message = f"the first chunk of a {pairing.name} must carry {' and '.join(self.opening)}"
            case.object_to("EC306", message, " and ".join(missing), "nothing")
        elif key in run.memories[slot].open:
            parts = " or ".join((*pairing.continues, *pairing.closes))
            case.object_to("EC308", f"{pairing.named(key)} was opened by {pairing.opens}", parts, self.type)
        elif pairing.open(case, run, slot, key, owner):
            said = {name: event[name] for name in (*self.opening, *self.steady) if name in event}
            run.chunks = ChunkStream(pairing, slot, key, owner, said)
