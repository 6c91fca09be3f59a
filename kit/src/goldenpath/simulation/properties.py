"""What has to hold in a simulated run: always, eventually, or in some run at least."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from math import inf
from typing import Final, NamedTuple

from goldenpath.simulation.loop import VirtualLoop
from goldenpath.simulation.network import PARTITION, Network


class PropertyError(AssertionError):
    """A stated property did not hold."""


class _Promise(NamedTuple):
    holds: Callable[[], object]
    deadline: float


class Properties:
    """The properties that one simulated run has stated; checked after every step from the first one stated on."""

    def __init__(self, loop: VirtualLoop, network: Network) -> None:
        self._loop = loop
        self._network = network
        self._invariants: dict[str, Callable[[], object]] = {}
        self._promises: dict[str, _Promise] = {}
        self._witnessed: dict[str, bool] = {}
        self._expected_faults: set[str] = set()

    def always(self, name: str, holds: Callable[[], object]) -> None:
        """Fail as soon as the condition does not hold after a step."""
        self._invariants[name] = holds
        self._loop.after_step = self._check

    def eventually(self, name: str, holds: Callable[[], object], within: float = inf) -> None:
        """Fail if the condition has not held once within so many virtual seconds, or by the end of the run."""
        deadline = self._loop.time() + within
        self._promises[name] = _Promise(holds, deadline)
        self._loop.after_step = self._check
        if deadline < inf:
            self._loop.call_at(deadline, lambda: None)  # a step at the deadline, so that it is checked then

    def sometimes(self, name: str, happened: bool | None = None) -> None:
        """See `goldenpath.simulation.sometimes`."""
        if happened is not None:
            self._witnessed[name] = self._witnessed.get(name, False) or bool(happened)
            return
        configured = [rule.name for rule in self._network.rules] + [PARTITION]
        if name not in configured:
            raise KeyError(f"no fault is called {name!r}; configured are: {', '.join(configured)}")
        self._expected_faults.add(name)

    def _check(self) -> None:
        for name, holds in self._invariants.items():
            if not holds():
                raise PropertyError(f"always {name!r}: does not hold at {self._loop.time():g} s")
        for name, promise in tuple(self._promises.items()):
            if promise.holds():
                del self._promises[name]
            elif self._loop.time() >= promise.deadline:
                raise PropertyError(f"eventually {name!r}: has not come true by {promise.deadline:g} s")

    def judge_promises(self) -> None:
        """At the end of the run: what has not come true by now never will."""
        self._check()
        for name in self._promises:
            raise PropertyError(f"eventually {name!r}: never came true; the run ended at {self._loop.time():g} s")

    def witnessed(self) -> Mapping[str, bool]:
        """Each thing that has to happen sometimes, and whether it did in this run."""
        return self._witnessed | {name: self._network.fired[name] > 0 for name in self._expected_faults}


current: Final[ContextVar[Properties]] = ContextVar("goldenpath properties")
"""The properties of the run that the calling code is part of."""


def always(name: str, holds: Callable[[], object]) -> None:
    """State that a condition holds after every step of this simulated run, from now on."""
    _of_this_run("always").always(name, holds)


def eventually(name: str, holds: Callable[[], object], within: float = inf) -> None:
    """State that a condition comes true once within so many virtual seconds, or else by the end of this run."""
    _of_this_run("eventually").eventually(name, holds, within)


def sometimes(name: str, happened: bool | None = None) -> None:
    """State that something happens in one of the runs at least; a test whose faults never fire tests nothing.

    Without `happened` it means the fault of this name: the test fails if it was configured and never fired. With it,
    the condition has to be true once, in whichever run.
    """
    _of_this_run("sometimes").sometimes(name, happened)


def require(witnessed: Mapping[str, bool], runs: int) -> None:
    """Fail for what should have happened sometimes and did not in any run."""
    if missing := sorted(name for name, happened in witnessed.items() if not happened):
        names = ", ".join(map(repr, missing))
        raise PropertyError(f"sometimes {names}: never happened in {runs} run{'' if runs == 1 else 's'}")


def _of_this_run(asked: str) -> Properties:
    properties = current.get(None)
    if properties is None:
        raise RuntimeError(
            f"{asked}() speaks about a simulated run; call it inside Simulation.run, simulate or the mark"
        )
    return properties
