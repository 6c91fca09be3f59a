"""Checking events as they arrive: constant work for each, bounded memory for each run."""

from __future__ import annotations

from collections.abc import Container, Hashable, Iterable
from functools import partial
from itertools import islice
from typing import Any, Final

from goldenpath.contracts.capture import Unreadable
from goldenpath.contracts.clause import Case, Clause, Event, Run
from goldenpath.contracts.contract import EventContract, nearest
from goldenpath.contracts.machine import Machine
from goldenpath.contracts.rehearsal import Rehearsal
from goldenpath.contracts.report import Report, Violation
from goldenpath.contracts.rules import RULES
from goldenpath.contracts.runs import Runs
from goldenpath.contracts.shape import shown
from goldenpath.contracts.shapes import Record
from goldenpath.contracts.tally import Tally, label

PROBLEMS_PER_EVENT: Final = 100
NOTHING: Final[tuple[Violation, ...]] = ()


class Checker:
    """Holds a stream of events against a contract whose runs may interleave.

    `feed` answers with what is wrong with the event it is given; `report` and `finish` judge all of it. Whatever is
    fed, the answer is a violation, never an exception. One checker serves one thread at a time.
    """

    def __init__(self, contract: EventContract) -> None:
        self.contract: Final = contract
        self.events = 0
        self.known: dict[Any, Any] = {}
        self.runs = Runs(contract.machine)
        self.run: Run | None = None
        self.type: str | None = None
        self._machine: Final[Machine] = contract.machine
        self._steps: Final = self._machine.takers
        self._type_key: Final = contract.type_key
        self._tally: Final = Tally(contract)
        self._fresh: list[Violation] = []
        self._finishing = False
        self._rehearsal: Rehearsal | None = None

    def feed(self, event: Any) -> tuple[Violation, ...]:
        """Take the next event; answer with what is wrong with it."""
        self.events += 1
        try:
            step = self._steps[event[self._type_key]]
        except (KeyError, TypeError):
            step = unsound
        if not step(self, event):
            self._judge(event)
        if not self._fresh:
            return NOTHING
        violations = tuple(self._fresh)
        self._fresh.clear()
        return violations

    def feed_all(self, events: Iterable[Any]) -> None:
        """Take many events; what is wrong with them is in the report."""
        steps, type_key, fresh = self._steps, self._type_key, self._fresh
        for number, event in enumerate(events, self.events + 1):
            self.events = number
            try:
                step = steps[event[type_key]]
            except (KeyError, TypeError):
                step = unsound
            if not step(self, event):
                self._judge(event)
            if fresh:
                fresh.clear()

    def objections(self, event: Any, rules: Container[str] = RULES) -> tuple[Violation, ...]:
        """The errors against these rules that the event would bring, were it the next; nothing is taken."""
        if self._rehearsal is None:
            self._rehearsal = Rehearsal(self)
        found = self._rehearsal.violations(event)
        return tuple(each for each in found if each.severity == "error" and each.rule in rules) if found else NOTHING

    def admit(self, event: Any, rules: Container[str] = RULES) -> tuple[Violation, ...]:
        """Take the event only if it breaks none of these rules; otherwise say which, and be as if it had never come."""
        objections = self.objections(event, rules)
        if objections or self._rehearsal is None:
            return objections
        violations = self.feed(event)
        self._rehearsal.took()
        return violations

    def twin(self) -> Checker:
        """A checker that stands where this one stands, and may go another way."""
        twin = type(self)(self.contract)
        twin.events, twin.known, twin.runs = self.events, dict(self.known), self.runs.copy()
        return twin

    def mend(self, twin: Checker, event: Any) -> None:
        """Let a twin, which was fed this one event more, be a twin again."""
        twin.events, twin.known = self.events, dict(self.known)
        key = event.get(self.contract.run_key) if isinstance(event, dict) else None
        self.runs.mend(twin.runs, key if isinstance(key, Hashable) else None)

    def expected(self, run: object = None) -> tuple[str, ...]:
        """The types that may come next in the run with this key."""
        return tuple(sorted(self.contract.successors(self._last(run))))

    def report(self) -> Report:
        """The verdict so far; runs that have not ended make it inconclusive."""
        return self._tally.report(self.events, self.runs.began, self._running())

    def finish(self) -> Report:
        """The verdict now that no more events will come; runs that have not ended are truncated."""
        self._finishing = True
        for run in self._running():
            self.run, self.type = run, None
            self._tally.fall_due(self._truncated)
            self._retire(run)
        self._finishing = False
        self._fresh.clear()
        return self.report()

    def object_to(self, rule: str, message: str, expected: str = "", actual: str = "", path: str = "") -> None:
        """Report the event at hand for breaking a rule, unless the contract has it switched off."""
        severity = self.contract.severity(rule)
        if severity == "off":
            return
        run = self.run
        after = () if run is None else tuple(type_ for type_ in (run.previous, run.last) if type_ is not None)
        key = None if run is None or run.key is None else label(run.key)
        index = self.events - (not self._finishing)
        violation = Violation(rule, severity, index, key, self.type, message, expected, actual, path, after)
        self._fresh.append(violation)
        self._tally.count(violation)

    def give_up(self, reason: str) -> None:
        """Say that something can no longer be judged."""
        self._tally.give_up(reason)

    def end(self, run: Run) -> None:
        """A run has ended: see that it kept what it still owed, and forget all but that it was there."""
        tally, machine = self._tally, self._machine
        tally.obligations += 1
        if run.last in self.contract.last:
            tally.obligations += len(self.contract.required)
            missing = machine.needed & ~run.marks
            if missing:
                self._miss(missing)
            open_ends = [(slot, clause) for slot, clause in machine.endings if clause.owes(run.memories[slot])]
            if open_ends:
                tally.fall_due(partial(self._settle, run, open_ends))
            else:
                tally.obligations += 1
        self._retire(run)

    def _miss(self, missing: int) -> None:
        """A run ended well without some of what it needed."""
        for type_ in sorted(self.contract.required):
            if missing & self._machine.came[type_]:
                self._tally.obligations -= 1
                self._tally.fall_due(
                    partial(self.object_to, "EC206", f"the run ended without {type_}", type_, "nothing")
                )

    def _settle(self, run: Run, clauses: list[tuple[int, Clause]]) -> None:
        """Let each clause that remembers something of a run say what was left undone."""
        for slot, clause in clauses:
            clause.at_end(slot, self, run)

    def _truncated(self) -> None:
        ending = " or ".join(sorted(self.contract.terminal))
        self.object_to("EC204", "the events stop before the run has ended", ending, "the end of the events")

    def _retire(self, run: Run) -> None:
        """Nothing more is expected of a run."""
        self._tally.saw |= run.marks
        self.runs.retire(run)

    def _last(self, run: object) -> str | None:
        """The last type that came in a run."""
        found = self.runs.find(run)
        return found.last if found else None

    def _running(self) -> list[Run]:
        return list(self.runs.values())

    def run_of(self, event: Event, type_: str) -> Run:
        """The run an event belongs to; events without a usable key share one."""
        try:
            return self.runs[event.get(self.contract.run_key)]
        except TypeError:
            return self.runs[None]

    def _judge(self, event: object) -> None:
        """Object thoroughly to an event with which something is wrong, and let the clauses hear of it if they can."""
        self.run = self.type = None
        if isinstance(event, Unreadable):
            self.object_to("EC100", f"this is not JSON: {event.reason}", "a JSON object", shown(event.text))
            return
        if not isinstance(event, dict):
            self.object_to("EC101", "an event must be a JSON object", "an object", shown(event))
            return
        key = self._type_key
        type_ = event.get(key)
        if not isinstance(type_, str):
            self.object_to("EC102", f"an event must name its {key}", "a string", shown(type_), key)
            return
        self.type = type_
        if type_ not in self.contract.events:
            message = f"{self.contract.name} knows no {shown(type_)}; {nearest(type_, self.contract.events)}"
            self.object_to("EC103", message, "a known type", shown(type_))
            return
        run = self.run = None if type_ in self.contract.outside else self.run_of(event, type_)
        self._check_form(self.contract.events[type_], event)
        if run is not None and self._in_place(type_, run):
            self._machine.steps[type_].take(self, run, event)

    def _check_form(self, shape: Record, event: Event) -> None:
        for problem in islice(shape.problems(event, ""), PROBLEMS_PER_EVENT):
            message = f"{problem.path} should be {problem.expected}, but is {problem.actual}"
            self.object_to(problem.rule, message, problem.expected, problem.actual, problem.path)

    def _in_place(self, type_: str, run: Run) -> bool:
        """Object to an event that may not come here; false when its run has ended and nothing more is to be said."""
        marks = self._machine.marks(run.last, type_)
        if marks is not None:
            run.marks |= marks
            return True
        run.marks |= self._machine.came[type_]
        expected = " or ".join(sorted(self.contract.successors(run.last))) or "nothing more"
        if run.ended:
            self.object_to("EC203", f"the run ended with {run.last}", expected, type_)
            return False
        if run.last is None:
            self.object_to("EC201", f"a run cannot begin with {type_}", expected, type_)
        else:
            self.object_to("EC202", f"{type_} may not follow {run.last}", expected, type_)
        return True


class SerialChecker(Checker):
    """Holds a stream against a contract whose runs follow one another, so that their events need no key."""

    def __init__(self, contract: EventContract) -> None:
        super().__init__(contract)
        self.current = self._machine.new_run(None)

    def run_of(self, event: Event, type_: str) -> Run:
        if self.current.last is None or self._machine.begins_another(self.current.last, type_):
            key = event.get(self.contract.run_key)
            self.current = self._machine.new_run(key if isinstance(key, str) else None)
            self.runs.began += 1
        return self.current

    def _retire(self, run: Run) -> None:
        self._tally.saw |= run.marks
        run.ended = True

    def _last(self, run: object) -> str | None:
        return self.current.last

    def _running(self) -> list[Run]:
        return [self.current] if self.current.last is not None and not self.current.ended else []

    def twin(self) -> Checker:
        twin = SerialChecker(self.contract)
        twin.events, twin.known, twin.current = self.events, dict(self.known), self._machine.copy(self.current)
        return twin

    def mend(self, twin: Checker, event: Any) -> None:
        twin.events, twin.known = self.events, dict(self.known)
        if isinstance(twin, SerialChecker):
            twin.current = self._machine.copy(self.current)


def unsound(case: Case, event: Event) -> bool:
    """The step of an event that has no known type."""
    return False
