"""An event contract: which events a run streams, in what form, in what order, and what must be complete at its end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, NoReturn

from goldenpath.contracts.clause import Clause
from goldenpath.contracts.notation import record_of
from goldenpath.contracts.rules import RULES, SEVERITIES, Severity
from goldenpath.contracts.shapes import Record

if TYPE_CHECKING:
    from goldenpath.contracts.checker import Checker
    from goldenpath.contracts.machine import Machine
    from goldenpath.contracts.report import Report

ANY: Literal["*"] = "*"


class ContractError(ValueError):
    """A contract that contradicts itself or names what it does not declare; `place` is where, in its own words."""

    def __init__(self, message: str, place: tuple[str | int, ...] = ()) -> None:
        super().__init__(message)
        self.place = place


@dataclass(frozen=True, kw_only=True, repr=False)
class EventContract:
    """What the events of a run must be, as data.

    `events` maps each type to the form of the whole event: a `Record`, or the table of fields that `record_of` reads.
    A run begins with one of `first` and ends with one of
    `terminal`; those of `last` end it well, and then every type in `required` must have come and every clause holds.
    `transitions` says what may follow a type ("*" stands for the types not named; without any, everything may);
    after a terminal type nothing may follow that is not named. `outside` are known types that belong to no run.

    Runs are told apart by `run_key`; they may interleave, unless `interleaved` is false: then one run follows the
    other and only its first event needs to carry the key.
    """

    name: str
    events: Mapping[str, Any]
    first: frozenset[str]
    last: frozenset[str]
    terminal: frozenset[str] = frozenset()
    transitions: Mapping[str, frozenset[str]] = field(default_factory=dict)
    required: frozenset[str] = frozenset()
    outside: frozenset[str] = frozenset()
    clauses: tuple[Clause, ...] = ()
    outlived_by_chunks: frozenset[str] = frozenset()
    type_key: str = "type"
    run_key: str = "run_id"
    interleaved: bool = True
    severities: Mapping[str, Severity] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("first", "last", "terminal", "required", "outside", "outlived_by_chunks"):
            object.__setattr__(self, name, frozenset(getattr(self, name)))
        object.__setattr__(self, "terminal", self.terminal | self.last)
        forms = {type_: self._form(notation) for type_, notation in self.events.items()}
        object.__setattr__(self, "events", MappingProxyType(forms))
        allowed = {before: frozenset(after) for before, after in self.transitions.items()}
        object.__setattr__(self, "transitions", MappingProxyType(allowed))
        object.__setattr__(self, "severities", MappingProxyType(dict(self.severities)))
        object.__setattr__(self, "clauses", tuple(self.clauses))
        self._refuse_contradictions()

    def __repr__(self) -> str:
        return f"EventContract({self.name!r}, {len(self.events)} event types)"

    def __hash__(self) -> int:
        return hash((self.name, tuple(self.events)))

    def check(self, events: Iterable[object], *, complete: bool = True) -> Report:
        """Check events; with `complete=False` a run that has not ended is inconclusive, not wrong."""
        checker = self.checker()
        checker.feed_all(events)
        return checker.finish() if complete else checker.report()

    def checker(self) -> Checker:
        """A checker to feed events to as they arrive."""
        from goldenpath.contracts.checker import Checker, SerialChecker

        return Checker(self) if self.interleaved else SerialChecker(self)

    def without(self, *rules: str) -> EventContract:
        """The same contract with these rules (by id) switched off."""
        return self.graded(dict.fromkeys(rules, "off"))

    def graded(self, severities: Mapping[str, Severity]) -> EventContract:
        """The same contract with other severities: error, warning or off, by rule id."""
        return replace(self, severities={**self.severities, **severities})

    def severity(self, rule: str) -> Severity:
        """How gravely this contract takes a rule."""
        return self.severities.get(rule, RULES[rule].severity)

    @cached_property
    def run_types(self) -> tuple[str, ...]:
        """The types that belong to runs."""
        return tuple(type_ for type_ in self.events if type_ not in self.outside)

    def successors(self, last: str | None) -> frozenset[str]:
        """The types that may follow `last`; those that may begin a run when it is None."""
        if last is None:
            return self.first
        if last in self.transitions:
            return self.transitions[last]
        if last in self.terminal:
            return frozenset()
        return self.transitions.get(ANY, frozenset(self.run_types))

    @cached_property
    def machine(self) -> Machine:
        """The contract compiled into tables, once."""
        from goldenpath.contracts.machine import Machine

        return Machine(self)

    def _form(self, notation: Any) -> Record:
        return notation if isinstance(notation, Record) else record_of({f"{self.type_key}?": "any", **notation})

    def _refuse_contradictions(self) -> None:
        for name in ("first", "last"):
            if not getattr(self, name):
                self._refuse(f"{name} needs at least one type", (name,))
        for name in ("first", "last", "terminal", "required", "outside", "outlived_by_chunks"):
            self._refuse_unknown(getattr(self, name), (name,))
        for before, after in self.transitions.items():
            self._refuse_unknown(after | ({before} - {ANY}), ("transitions", before))
        for slot, clause in enumerate(self.clauses):
            kind = type(clause).__name__.lower()
            number = sum(type(earlier) is type(clause) for earlier in self.clauses[:slot])
            self._refuse_unknown(frozenset(clause.acts(slot)) - {ANY}, (kind, number))
        misplaced = self.outside & (self.first | self.terminal | self.required)
        if misplaced:
            self._refuse(f"{named(misplaced)} cannot be both outside runs and in them", ("outside",))
        for rule, severity in self.severities.items():
            if rule not in RULES:
                self._refuse(f"there is no rule {rule!r}; {nearest(rule, RULES)}", ("severities", rule))
            if severity not in SEVERITIES:
                self._refuse(f"{rule} is {severity!r}, not one of {named(SEVERITIES)}", ("severities", rule))

    def _refuse_unknown(self, types: Iterable[str], place: tuple[str | int, ...]) -> None:
        for type_ in sorted(types):
            if type_ not in self.events:
                self._refuse(f"{place[0]} names {type_!r}, but events does not; {nearest(type_, self.events)}", place)

    def _refuse(self, message: str, place: tuple[str | int, ...]) -> NoReturn:
        raise ContractError(f"contract {self.name!r}: {message}", place)


def named(names: Iterable[str]) -> str:
    """Names in a row."""
    return ", ".join(sorted(names))


def nearest(name: str, known: Mapping[str, Any]) -> str:
    """The hint that mends a misspelt name."""
    near = get_close_matches(name, known, n=1)
    return f"did you mean {near[0]!r}?" if near else f"declared are: {', '.join(known)}"
