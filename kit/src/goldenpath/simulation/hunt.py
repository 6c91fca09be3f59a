"""Hunting a seed under which simulated code fails, and telling what it takes to see it fail again."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from traceback import walk_tb
from types import TracebackType
from typing import Any, Final

from goldenpath.simulation import properties
from goldenpath.simulation.network import Fault
from goldenpath.simulation.rule import Rule
from goldenpath.simulation.shrinking import smallest
from goldenpath.simulation.simulation import Simulated, Simulation

LAST_LINES: Final = 25
"""So much of the timeline goes with a failure."""


@dataclass(frozen=True)
class Failure:
    """A seed under which it fails, with the smallest set of faults that still makes it fail."""

    seed: int
    error: BaseException
    faults: tuple[Fault, ...]
    happened: int
    """How many faults the failing run had before it was shrunk."""
    simulation: Simulation

    @property
    def only(self) -> tuple[str, ...]:
        """The tokens of the faults, for `only=`."""
        return tuple(fault.token for fault in self.faults)


@dataclass
class Hunt:
    """What a hunt over many seeds has seen."""

    runs: int = 0
    fired: Counter[str] = field(default_factory=Counter)
    witnessed: dict[str, bool] = field(default_factory=dict)
    failure: Failure | None = None

    def note(self, simulation: Simulation) -> None:
        """Count what happened in one more run."""
        self.runs += 1
        self.fired += simulation.network.fired
        for name, happened in simulation.properties.witnessed().items():
            self.witnessed[name] = happened or self.witnessed.get(name, False)


@dataclass(frozen=True)
class Hunter:
    """Runs one simulated function under many seeds, and a failing one under fewer and fewer faults."""

    simulated: Simulated[Any]
    faults: tuple[Rule, ...] = ()
    allow: tuple[str, ...] = ()
    failures: tuple[type[BaseException], ...] = (Exception,)
    """What counts as failing; anything else, such as a skip, ends the hunt as it is."""

    def hunt(self, seeds: Iterable[int], *, only: Collection[str] | None = None, shrink: bool = True) -> Hunt:
        """Run seed after seed until one fails."""
        hunt = Hunt()
        for seed in seeds:
            simulation, error = self._run(seed, only)
            hunt.note(simulation)
            if error is not None:
                hunt.failure = self._examined(simulation, error, shrink)
                break
        return hunt

    def _run(self, seed: int, only: Collection[str] | None) -> tuple[Simulation, BaseException | None]:
        simulation = Simulation(seed, faults=self.faults, only=only, allow=self.allow)
        try:
            simulation.run_one_of_many(self.simulated)
        except self.failures as error:
            return simulation, error
        return simulation, None

    def _examined(self, simulation: Simulation, error: BaseException, shrink: bool) -> Failure:
        failing = simulation, error
        happened = tuple(simulation.network.faults or ())

        def still_fails(faults: Sequence[Fault]) -> bool:
            nonlocal failing
            candidate, outcome = self._run(simulation.seed, [fault.token for fault in faults])
            if outcome is None or _mark(outcome) != _mark(error):
                return False
            failing = candidate, outcome
            return True

        faults = tuple(smallest(happened, still_fails)) if shrink and happened else happened
        return Failure(simulation.seed, failing[1], faults, len(happened), failing[0])


def simulate(
    simulated: Simulated[Any],
    seeds: Iterable[int] = range(100),
    *,
    faults: Iterable[Rule] = (),
    only: Collection[str] | None = None,
    allow: Collection[str] = (),
    shrink: bool = True,
) -> Hunt:
    """Run an async function under each seed; the first failing one is shrunk and raised, with how to replay it.

    With a seed or two (a replay) nothing is said about what should happen `sometimes`; that takes all the seeds.
    """
    hunter = Hunter(simulated, tuple(faults), tuple(allow))
    hunt = hunter.hunt(seeds, only=only, shrink=shrink and only is None)
    if hunt.runs == 0:
        raise ValueError("no seed was given, so nothing was simulated")
    if hunt.failure is not None:
        name = getattr(simulated, "__name__", "fn")
        raise explained(hunt, lambda failure: _call(name, failure, bool(hunter.faults)))
    if only is None:
        properties.require(hunt.witnessed, hunt.runs)
    return hunt


def explained(hunt: Hunt, replay: Callable[[Failure], str]) -> BaseException:
    """The error of the failing seed, with notes that say what it took and how to see it again."""
    failure = hunt.failure
    if failure is None:
        raise ValueError("this hunt has found no failure")
    error = failure.error.with_traceback(_within_the_simulated(failure.error.__traceback__))
    error.add_note(f"fails under seed {failure.seed}, the {_ordinal(hunt.runs)} tried, at {failure.simulation.now:g} s")
    for line in _causes(failure):
        error.add_note(line)
    error.add_note(f"replay: {replay(failure)}")
    lines = failure.simulation.timeline.text().splitlines() if failure.simulation.trace.events else []
    if lines:
        error.add_note("\n".join(["timeline:", *(["  ..."] if len(lines) > LAST_LINES else []), *lines[-LAST_LINES:]]))
    return error


def _causes(failure: Failure) -> list[str]:
    """Which faults it took, of those that happened."""
    if not failure.happened:
        return []
    taken = f"takes {len(failure.faults) or 'none'} of the faults of that run, {failure.happened} in number"
    return [taken] + [
        f"  {fault.rule!r} at {fault.at:g} s on {fault.message.type} {fault.message.sender} -> {fault.message.receiver}"
        for fault in failure.faults
    ]


def _within_the_simulated(traceback: TracebackType | None) -> TracebackType | None:
    """The traceback without the frames of the machinery that it begins with, unless it has no others."""
    machinery = Path(__file__).parent, Path(asyncio.__file__).parent
    inner = traceback
    while inner is not None and Path(inner.tb_frame.f_code.co_filename).parent in machinery:
        inner = inner.tb_next
    return inner or traceback


def _call(name: str, failure: Failure, faulty: bool) -> str:
    faults = ", faults=faults" if faulty else ""
    only = f", only={list(failure.only)}" if failure.happened else ""
    return f"simulate({name}, seeds=[{failure.seed}]{faults}{only})"


def _ordinal(number: int) -> str:
    suffix = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{suffix}"


def _mark(error: BaseException) -> tuple[object, ...]:
    """What makes two failures the same one: the kind of error, and the line it was raised at."""
    place = [(frame.f_code.co_filename, line) for frame, line in walk_tb(error.__traceback__)][-1:]
    return type(error), place, str(error) if isinstance(error, properties.PropertyError) else ""
