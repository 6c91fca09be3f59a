"""A contract compiled: for each event type one row with all that happens when such an event arrives."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from typing import NamedTuple

from goldenpath.contracts.clause import Act, Run
from goldenpath.contracts.contract import ANY, EventContract
from goldenpath.contracts.pairing import Pairing
from goldenpath.contracts.shapes import Predicate, compiled


class Step(NamedTuple):
    """What happens at one type of event."""

    type: str
    follows: dict[str | None, int]
    well_formed: Predicate
    acts: tuple[Act, ...]
    ends_chunks: bool
    terminal: bool


class Machine:
    """The steps of a contract by event type, and the numbering of a run's marks.

    A run marks each transition it goes through, and apart from these each type that came where it may not.
    """

    def __init__(self, contract: EventContract) -> None:
        self._contract = contract
        transitions = [
            (last, type_)
            for last in (None, *contract.run_types)
            for type_ in contract.run_types
            if type_ in contract.successors(last) and not self.begins_another(last, type_)
        ]
        self.numbers = {transition: number for number, transition in enumerate(transitions)}
        self.displaced = {type_: len(self.numbers) + number for number, type_ in enumerate(contract.run_types)}
        watched = [clause.acts(slot) for slot, clause in enumerate(contract.clauses)]
        self._blanks = [clause.blank for clause in contract.clauses]
        self.steps = {type_: self._step(type_, watched) for type_ in contract.run_types}
        self.required = {type_: self._mask(type_) for type_ in sorted(contract.required)}

    def begins_another(self, last: str | None, type_: str) -> bool:
        """Whether a type that may follow an ended run starts the next one."""
        contract = self._contract
        return last in contract.terminal and type_ in contract.first and type_ not in contract.terminal

    def new_run(self, key: object) -> Run:
        """A run that has seen nothing yet."""
        return Run(key, len(self.numbers) + len(self.displaced), list(self._blanks))

    def copy(self, run: Run) -> Run:
        """The same standing, free to be spoilt."""
        twin = Run(run.key, 0, [copy(memory) for memory in run.memories])
        twin.last, twin.previous, twin.ended = run.last, run.previous, run.ended
        twin.marks, twin.chunks = bytearray(run.marks), copy(run.chunks)
        return twin

    def _step(self, type_: str, watched: list[Mapping[str, Act]]) -> Step:
        contract = self._contract
        pairings = [clause for clause in contract.clauses if isinstance(clause, Pairing)]
        chunk_types = {pairing.chunks.type for pairing in pairings if pairing.chunks}
        return Step(
            type=type_,
            well_formed=compiled(contract.events[type_]),
            follows={last: number for (last, next_), number in self.numbers.items() if self._fast(last, type_, next_)},
            acts=tuple(acts[name] for acts in watched for name in (ANY, type_) if name in acts),
            ends_chunks=type_ not in contract.outlived_by_chunks | chunk_types,
            terminal=type_ in contract.terminal,
        )

    def _fast(self, last: str | None, type_: str, next_: str) -> bool:
        """Whether the transition needs no more than a mark; where runs do not interleave, beginning one does."""
        return next_ == type_ and (last is not None or self._contract.interleaved)

    def _mask(self, type_: str) -> int:
        """The marks that say a type came, as bits of all marks read as one number."""
        marks = [number for (_, next_), number in self.numbers.items() if next_ == type_]
        return sum(1 << 8 * number for number in (*marks, self.displaced[type_]))
