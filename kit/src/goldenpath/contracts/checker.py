"""Checking events as they arrive: constant work for each, bounded memory for each run."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from itertools import islice
from typing import Any, Final

from goldenpath.contracts.capture import Unreadable
from goldenpath.contracts.clause import Event, Run
from goldenpath.contracts.contract import EventContract, nearest
from goldenpath.contracts.machine import Machine, Step
from goldenpath.contracts.report import Report, Violation
from goldenpath.contracts.shapes import Record, shown
from goldenpath.contracts.tally import Tally

ENDED_RUNS: Final = 10_000
PROBLEMS_PER_EVENT: Final = 100
NOTHING: Final[tuple[Violation, ...]] = ()


def label(key: object) -> str:
    """A run's key, for messages."""
    return key if isinstance(key, str) else shown(key)


class Runs(dict[Any, Run]):
    """The runs that have not ended, by key; asking for one that is not there begins it."""

    def __init__(self, machine: Machine) -> None:
        super().__init__()
        self.began = 0
        self._machine: Final = machine
        self._ended: Final[dict[Any, Run]] = {}

    def __missing__(self, key: object) -> Run:
        run = self._ended.get(key)
        if run is None:
            run = self[key] = self._machine.new_run(key)
            self.began += 1
        return run

    def find(self, key: object) -> Run | None:
        """The run with this key, without beginning it."""
        return self.get(key) or self._ended.get(key)

    def retire(self, run: Run) -> None:
        """A run has ended: remember that it did, for as long as there is room."""
        run.ended = True
        if self.pop(run.key, None) is run:
            self._ended[run.key] = run
            if len(self._ended) > ENDED_RUNS:
                del self._ended[next(iter(self._ended))]


class Checker:
    """Holds a stream of events against a contract whose runs may interleave.

    `feed` answers with what is wrong with the event it is given; `report` and `finish` judge all of it. Whatever is
    fed, the answer is a violation, never an exception. One checker serves one thread at a time.
    """

    def __init__(self, contract: EventContract) -> None:
        self.contract: Final = contract
        self.known: dict[Any, Any] = {}
        self.events = 0
        self._machine: Final[Machine] = contract.machine
        self._steps: Final = self._machine.steps
        self._type_key: Final = contract.type_key
        self._run_key = contract.run_key
        self._runs: Final = Runs(self._machine)
        self._tally: Final = Tally(contract)
        self._fresh: list[Violation] = []
        self._run: Run | None = None
        self.type: str | None = None
        self._finishing = False

    def feed(self, event: Any) -> tuple[Violation, ...]:
        """Take the next event; answer with what is wrong with it."""
        self.events += 1
        sound = False
        try:
            step = self._steps[event[self._type_key]]
            if step.well_formed(event):
                run = self._runs[event[self._run_key]]
                run.marks[step.follows[run.last]] = 1
                sound = True
        except (KeyError, TypeError):
            pass  # something is wrong with the event, and judging it will say what
        if not sound:
            judged = self._judge(event)
            if judged is None:
                return self._event_done()
            step, run = judged
        type_, _, _, acts, ends_chunks, terminal = step
        self._run = run
        self.type = type_
        if ends_chunks and run.chunks is not None:
            run.chunks.end(self, run)
        for act in acts:
            act(self, run, event)
        run.previous = run.last
        run.last = type_
        violations = self._event_done() if self._fresh else NOTHING
        return violations + self._end(run) if terminal and not run.ended else violations

    def feed_all(self, events: Iterable[object]) -> None:
        """Take many events; what is wrong with them is in the report."""
        feed = self.feed
        for event in events:
            feed(event)

    def admit(self, event: Any) -> tuple[Violation, ...]:
        """Take the event only if no error is in it; otherwise say what is, and be as if it had never come."""
        rehearsal = self._rehearsal(event)
        errors = tuple(violation for violation in rehearsal.feed(event) if violation.severity == "error")
        return errors or self.feed(event)

    def expected(self, run: object = None) -> tuple[str, ...]:
        """The types that may come next in the run with this key."""
        return tuple(sorted(self.contract.successors(self._last(run))))

    def report(self) -> Report:
        """The verdict so far; runs that have not ended make it inconclusive."""
        return self._tally.report(self.events, self._runs.began, [label(run.key) for run in self._running()])

    def finish(self) -> Report:
        """The verdict now that no more events will come; runs that have not ended are truncated."""
        self._finishing = True
        for run in self._running():
            self._run, self.type = run, None
            ending = " or ".join(sorted(self.contract.terminal))
            self.object_to("EC204", "the events stop before the run has ended", ending, "the end of the events")
            self._tally.saw(run.marks)
            self._tally.owe(1, broken=self._settle())
            self._retire(run)
        self._finishing = False
        return self.report()

    def object_to(self, rule: str, message: str, expected: str = "", actual: str = "", path: str = "") -> None:
        """Report the event at hand for breaking a rule, unless the contract has it switched off."""
        severity = self.contract.severity(rule)
        if severity == "off":
            return
        run = self._run
        after = () if run is None else tuple(type_ for type_ in (run.previous, run.last) if type_ is not None)
        key = None if run is None or run.key is None else label(run.key)
        index = self.events - (not self._finishing)
        self._fresh.append(Violation(rule, severity, index, key, self.type, message, expected, actual, path, after))

    def give_up(self, reason: str) -> None:
        """Say that something can no longer be judged."""
        self._tally.give_up(reason)

    def _event_done(self) -> tuple[Violation, ...]:
        """Hand out what was objected to this event."""
        violations = tuple(self._fresh)
        self._tally.owe(0, broken=self._settle())
        return violations

    def _settle(self) -> int:
        """Keep the objections at hand; 1 when there is an error among them."""
        fresh = self._fresh
        self._tally.keep(fresh)
        broken = any(violation.severity == "error" for violation in fresh)
        fresh.clear()
        return int(broken)

    def _end(self, run: Run) -> tuple[Violation, ...]:
        """A run has ended: settle what it still owes, and forget all but that it was there."""
        seen = self._tally.saw(run.marks)
        violations: tuple[Violation, ...] = ()
        if run.last in self.contract.last:
            for type_, transitions in self._machine.required.items():
                if not seen & transitions:
                    self.object_to("EC206", f"the run ended without {type_}", type_, "nothing")
                    violations += tuple(self._fresh)
                    self._tally.owe(0, broken=self._settle())
            for slot, clause in enumerate(self.contract.clauses):
                clause.at_end(slot, self, run)
            violations += tuple(self._fresh)
            self._tally.owe(len(self._machine.required) + 1, broken=self._settle())
        self._tally.owe(1, broken=0)
        self._retire(run)
        return violations

    def _retire(self, run: Run) -> None:
        """A run has ended."""
        self._runs.retire(run)

    def _last(self, run: object) -> str | None:
        """The last type that came in a run."""
        found = self._runs.find(run)
        return found.last if found else None

    def _rehearsal(self, event: Any) -> Checker:
        """A checker at the same point, in which an event can be tried."""
        twin = Checker(self.contract)
        twin.events, twin.known = self.events, dict(self.known)
        key = event.get(self._run_key) if isinstance(event, dict) else None
        run = self._runs.find(key if isinstance(key, Hashable) else None)
        if run is not None:
            twin._runs[run.key] = self._machine.copy(run)
        return twin

    def _running(self) -> list[Run]:
        return list(self._runs.values())

    def _run_of(self, event: Event, step: Step) -> Run:
        """The run an event belongs to; events without a usable key share one."""
        try:
            return self._runs[event.get(self._run_key)]
        except TypeError:
            return self._runs[None]

    def _judge(self, event: object) -> tuple[Step, Run] | None:
        """Object thoroughly to an event with which something may be wrong; None when no clause should hear of it."""
        self._run = self.type = None
        if isinstance(event, Unreadable):
            self.object_to("EC100", f"this is not JSON: {event.reason}", "a JSON object", shown(event.text))
            return None
        if not isinstance(event, dict):
            self.object_to("EC101", "an event must be a JSON object", "an object", shown(event))
            return None
        key = self._type_key
        type_ = event.get(key)
        if not isinstance(type_, str):
            self.object_to("EC102", f"an event must name its {key}", "a string", shown(type_), key)
            return None
        self.type = type_
        if type_ in self.contract.outside:
            self._check_form(self.contract.events[type_], event)
            return None
        step = self._steps.get(type_)
        if step is None:
            message = f"{self.contract.name} knows no {shown(type_)}; {nearest(type_, self.contract.events)}"
            self.object_to("EC103", message, "a known type", shown(type_))
            return None
        run = self._run = self._run_of(event, step)
        self._check_form(self.contract.events[type_], event)
        return (step, run) if self._in_place(step, run) else None

    def _check_form(self, shape: Record, event: Event) -> None:
        for problem in islice(shape.problems(event, ""), PROBLEMS_PER_EVENT):
            message = f"{problem.path} should be {problem.expected}, but is {problem.actual}"
            self.object_to(problem.rule, message, problem.expected, problem.actual, problem.path)

    def _in_place(self, step: Step, run: Run) -> bool:
        """Object to an event that may not come here; false when its run has ended and nothing more is to be said."""
        mark = self._machine.numbers.get((run.last, step.type))
        if mark is not None:
            run.marks[mark] = 1
            return True
        run.marks[self._machine.displaced[step.type]] = 1
        expected = " or ".join(sorted(self.contract.successors(run.last))) or "nothing more"
        if run.ended:
            self.object_to("EC203", f"the run ended with {run.last}", expected, step.type)
            return False
        if run.last is None:
            self.object_to("EC201", f"a run cannot begin with {step.type}", expected, step.type)
        else:
            self.object_to("EC202", f"{step.type} may not follow {run.last}", expected, step.type)
        return True


class SerialChecker(Checker):
    """Holds a stream against a contract whose runs follow one another, so that their events need no key."""

    def __init__(self, contract: EventContract) -> None:
        super().__init__(contract)
        self._run_key = contract.type_key
        self._turn_to(self._machine.new_run(None))

    def _turn_to(self, run: Run) -> None:
        """Make every type of event lead to this run."""
        self._current = run
        self._runs.update(dict.fromkeys(self._steps, run))

    def _retire(self, run: Run) -> None:
        run.ended = True

    def _last(self, run: object) -> str | None:
        return self._current.last

    def _rehearsal(self, event: Any) -> Checker:
        twin = SerialChecker(self.contract)
        twin.events, twin.known = self.events, dict(self.known)
        twin._turn_to(self._machine.copy(self._current))
        return twin

    def _running(self) -> list[Run]:
        return [self._current] if self._current.last is not None and not self._current.ended else []

    def _run_of(self, event: Event, step: Step) -> Run:
        if self._current.last is None or self._machine.begins_another(self._current.last, step.type):
            key = event.get(self.contract.run_key)
            self._turn_to(self._machine.new_run(key if isinstance(key, str) else None))
            self._runs.began += 1
        return self._current
