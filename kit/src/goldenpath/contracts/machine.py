"""A contract compiled: for each type of event the functions that take it, and what a run's marks mean."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from typing import Final

from goldenpath.contracts.clause import Act, Clause, Run
from goldenpath.contracts.contract import ANY, EventContract
from goldenpath.contracts.pairing import Pairing
from goldenpath.contracts.stepping import Kind, Step, stepping


class Machine:
    """The steps of a contract by event type.

    A run's marks are the bits of one number: one for each type that came, and one for each transition out of a type
    that the contract names in its transitions.
    """

    def __init__(self, contract: EventContract) -> None:
        self._contract: Final = contract
        self.came: Final = {type_: 1 << number for number, type_ in enumerate(contract.run_types)}
        named = [(last, type_) for last in contract.transitions if last != ANY for type_ in contract.transitions[last]]
        inside = sorted(step for step in named if not self.begins_another(*step))
        self.needed: Final = sum(self.came[type_] for type_ in contract.required)
        self.went: Final = {step: 1 << len(self.came) + number for number, step in enumerate(inside)}
        self.steps: Final = {type_: self._step(type_) for type_ in contract.run_types}
        self.takers: Final = {type_: step.step for type_, step in self.steps.items()}
        self._blanks: Final = [clause.blank for clause in contract.clauses]
        self.endings: Final = [
            (slot, clause) for slot, clause in enumerate(contract.clauses) if type(clause).owes is not Clause.owes
        ]

    def begins_another(self, last: str | None, type_: str) -> bool:
        """Whether a type that may follow an ended run starts the next one."""
        contract = self._contract
        return last in contract.terminal and type_ in contract.first and type_ not in contract.terminal

    def new_run(self, key: object) -> Run:
        """A run in which nothing has come yet."""
        return Run(key, self._blanks.copy())

    def copy(self, run: Run) -> Run:
        """The same standing, free to be spoilt."""
        twin = Run(run.key, [copy(memory) for memory in run.memories])
        twin.marks, twin.last, twin.previous, twin.ended = run.marks, run.last, run.previous, run.ended
        twin.chunks = copy(run.chunks)
        return twin

    def marks(self, last: str | None, type_: str) -> int | None:
        """The marks of a type that comes after another; None when it may not."""
        if type_ not in self._contract.successors(last) or self.begins_another(last, type_):
            return None
        return self.came[type_] | self.went.get((last or "", type_), 0)

    def _step(self, type_: str) -> Step:
        contract = self._contract
        places = {last: self.marks(last, type_) for last in (None, *contract.run_types)}
        pairings = [clause for clause in contract.clauses if isinstance(clause, Pairing)]
        chunk_types = {pairing.chunks.type for pairing in pairings if pairing.chunks}
        kind = Kind(
            type=type_,
            shape=contract.events[type_],
            follows={last: marks for last, marks in places.items() if marks is not None},
            acts=tuple(self._acts(type_)),
            repeats=places[type_] == self.came[type_],
            run=self._run(type_),
            ends_chunks=bool(chunk_types) and type_ not in contract.outlived_by_chunks | chunk_types,
            terminal=type_ in contract.terminal,
        )
        return stepping(kind, contract.type_key)

    def _acts(self, type_: str) -> list[tuple[int, Act]]:
        watched: list[tuple[int, Mapping[str, Act]]] = [
            (slot, clause.acts(slot)) for slot, clause in enumerate(self._contract.clauses)
        ]
        return [(slot, acts[name]) for slot, acts in watched for name in (ANY, type_) if name in acts]

    def _run(self, type_: str) -> str:
        """How the run of a well-formed event is found."""
        contract = self._contract
        if contract.interleaved:
            return f"case.runs[event[{contract.run_key!r}]]"
        return f"case.run_of(event, {type_!r})" if type_ in contract.first else "case.current"
