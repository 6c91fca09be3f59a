"""Losing the connection in mid-run, and coming back."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import Final

from goldenpath.probe.ledger import Ledger
from goldenpath.probe.people import Person
from goldenpath.probe.run import Outcome, Run
from goldenpath.probe.session import NotOpened, Place, Session

SHOWN: Final = 10


class Comeback:
    """Cuts a user's connection after some events of a run, and resumes."""

    def __init__(self, place: Place, person: Person) -> None:
        self._place = place
        self._person = person
        self._ledger = place.ledger
        self.session = Session(place, person)

    async def try_it(self) -> None:
        """Ask, cut, come back, resume, and compare."""
        scenario, session, who = self._place.scenario, self.session, self._person.name
        try:
            await session.open()
        except NotOpened as failure:
            self._ledger.broke("PB501", f"no connection to cut: {failure}", who)
            return
        after = session.cut_after = scenario.faults.cut_after
        run = await session.begin(asyncio.get_running_loop().time())
        seconds = scenario.limits.answer_seconds
        await session.until(lambda: len(run.types) >= after or run.outcome is not None, seconds)
        if len(run.types) < after or run.outcome is not None:
            reason = f"the run came to its end, or to nothing, before {after} events had arrived (faults.cut_after)"
            self._ledger.not_shown("PB501", reason)
            await session.close()
            return
        await session.cut()
        session.cut_after = 0
        await (self._resume(run) if scenario.resume is not None else self._ask_again())
        await session.close()

    async def _ask_again(self) -> None:
        """Without a way to resume, a new connection and a new question are all there is."""
        session, who = self.session, self._person.name
        try:
            await session.open()
        except NotOpened as failure:
            self._ledger.broke("PB501", f"after a cut: {failure}", who)
            return
        again = await session.ask(asyncio.get_running_loop().time())
        self._ledger.judge("PB501", again.outcome is Outcome.ENDED, f"the question after a cut: {again.detail}", who)

    async def _resume(self, run: Run) -> None:
        session, resume, who = self.session, self._place.scenario.resume, self._person.name
        assert resume is not None
        if run.id is None and not run.seqs:
            self._ledger.not_shown("PB502", "the events name no run (fields.run), so that none can be resumed")
            return
        heard = len(run.seqs)
        try:
            await session.open()
        except NotOpened as failure:
            self._ledger.broke("PB501", f"after a cut: {failure}", who)
            return
        self._ledger.held("PB501")
        last = run.seqs[-1] if run.seqs else 0
        await session.send(session.message(resume.message, run=run.id, epoch=run.epoch, seq=last))
        outcome = await session.finish(run)
        judge_comeback(run, heard, outcome, who, self._ledger)


def judge_comeback(run: Run, heard: int, outcome: Outcome, who: str, ledger: Ledger) -> None:
    """Whether what came before the cut and what came after it are together the whole run, once."""
    if outcome is Outcome.RESET:
        ledger.held("PB502")
        ledger.held("PB503")
        ledger.note("PB502", "the endpoint answered with a reset instead of the rest")
        return
    if not run.seqs:
        report = run.checker.finish()
        ledger.judge("PB502", report.ok, f"the run is not whole: {(report.errors or [run.detail])[0]}", who)
        ledger.note("PB502", "judged by the contract alone: the events carry no numbers (fields.seq)")
        ledger.not_shown("PB503", "the events carry no numbers (fields.seq), so that repetitions cannot be told")
        return
    told = f"heard before the cut: {run.seqs[:heard]}, after it: {run.seqs[heard:]}"
    missing = left_out(run.seqs)
    if outcome is not Outcome.ENDED:
        ledger.broke("PB502", f"after coming back, the run did not end well: {run.detail}", who, told)
    else:
        ledger.judge("PB502", not missing, f"after coming back, {_numbers(missing)} never arrived", who, told)
    twice = [seq for at, seq in enumerate(run.seqs) if at and seq <= max(run.seqs[:at])]
    ledger.judge("PB503", not twice, f"after coming back, {_numbers(twice)} came again or out of order", who, told)


def left_out(seqs: list[int]) -> list[int]:
    """The numbers between the first and the greatest that never came; of a wide gap only its beginning."""
    came = sorted({seq for seq in seqs if seq >= seqs[0]})
    return [seq for before, after in pairwise(came) for seq in range(before + 1, min(after, before + 1 + SHOWN))]


def _numbers(seqs: list[int]) -> str:
    shown = ", ".join(map(str, seqs[:SHOWN])) + (", ..." if len(seqs) > SHOWN else "")
    return f"event {shown}" if len(seqs) == 1 else f"events {shown}"
