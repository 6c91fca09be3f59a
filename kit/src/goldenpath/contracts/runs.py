"""The runs of a stream: those that go on, and as many of the ended ones as there is room for."""

from __future__ import annotations

from typing import Any, Final

from goldenpath.contracts.clause import Run
from goldenpath.contracts.machine import Machine

ENDED_RUNS: Final = 10_000


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

    def copy(self) -> Runs:
        """The same runs, free to be spoilt."""
        twin, copied = Runs(self._machine), self._machine.copy
        twin.update((key, copied(run)) for key, run in self.items())
        twin._ended.update((key, copied(run)) for key, run in self._ended.items())
        return twin

    def mend(self, twin: Runs, key: object) -> None:
        """Let a copy, in which only the run with this key was spoilt, be a copy again."""
        if len(twin._ended) == ENDED_RUNS and key in twin._ended and key not in self._ended:
            twin._ended.clear()  # to end the run, the oldest was forgotten
            twin._ended.update((each, self._machine.copy(run)) for each, run in self._ended.items())
        for theirs, ours in ((twin, self), (twin._ended, self._ended)):
            if key in ours:
                theirs[key] = self._machine.copy(ours[key])
            else:
                theirs.pop(key, None)
