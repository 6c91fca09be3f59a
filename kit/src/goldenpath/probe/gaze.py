"""Looks for the marks of everybody else in what each user receives."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from goldenpath.probe.http import Answer
from goldenpath.probe.ledger import Ledger
from goldenpath.probe.people import Person
from goldenpath.probe.session import Session
from goldenpath.tenancy import LeakSearch
from goldenpath.tenancy.leak import Leak
from goldenpath.tenancy.places import PLACES

SHORTEST: Final = 8
"""An id shorter than this may well be given to two users."""


class Gaze:
    """The eyes of all users; the marks of all are known, those of other processes too."""

    def __init__(self, everybody: Iterable[Person], ledger: Ledger) -> None:
        canaries = {person.canary.tenant: person.canary for person in everybody}
        self.views = len(canaries)
        self._search = LeakSearch(*canaries.values())
        self._ledger = ledger
        self.own_marks = 0
        """How many views held the viewer's own mark: one that never does would not show a foreign one either."""

    def frames(self, session: Session, where: str) -> None:
        """Look at what has arrived in a conversation since the last look."""
        frames, session.frames = session.frames, []
        if not frames or self.views < 2:
            return
        viewer = session.person.canary.tenant
        leaks = self._search.eyes_of(viewer).frames(where, frames)
        self.own_marks += self._search.finds(PLACES["frames"](frames), viewer)
        self._tell(leaks, session.person)

    def answer(self, person: Person, where: str, answer: Answer) -> None:
        """Look at an HTTP answer."""
        if self.views >= 2:
            content = (answer.status, answer.headers, answer.body)
            self._tell(self._search.eyes_of(person.canary.tenant).response(where, content), person)

    def _tell(self, leaks: list[Leak], person: Person) -> None:
        """A view is broken once, whatever the number of marks in it."""
        if not leaks:
            self._ledger.held("PB401")
            return
        owners = sorted({leak.tenant for leak in leaks})
        others = f"; and {len(leaks) - 1} more, of {', '.join(owners)}" if len(leaks) > 1 else ""
        self._ledger.broke("PB401", f"{leaks[0]}{others}", person.name, leaks[0].excerpt)


def judge_runs(seers: dict[str, set[str]], ledger: Ledger) -> None:
    """Whether any run was heard of by more than one viewer."""
    shared = {run: names for run, names in seers.items() if len(names) > 1 and len(run) >= SHORTEST}
    for run, names in shared.items():
        ledger.broke("PB402", f"events of run {run} reached {' and '.join(sorted(names))}")
    ledger.held("PB402", len(seers) - len(shared))
    if not seers:
        ledger.not_shown("PB402", "no event names its run (fields.run)")
