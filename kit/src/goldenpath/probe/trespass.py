"""Trying what nobody may: entering without credentials or with used ones, looking at what is somebody else's."""

from __future__ import annotations

import asyncio

from goldenpath.probe.entering import Door, StepFailed
from goldenpath.probe.gaze import Gaze
from goldenpath.probe.http import HttpFailure
from goldenpath.probe.lines import NoLine, Opening
from goldenpath.probe.people import Person
from goldenpath.probe.run import Run
from goldenpath.probe.scenario import Step
from goldenpath.probe.session import NotOpened, Place, Session
from goldenpath.probe.templates import TemplateError, placeholders


class Trespass:
    """What a user, or nobody, tries."""

    def __init__(self, place: Place, gaze: Gaze) -> None:
        self._place = place
        self._gaze = gaze

    async def without_credentials(self, person: Person) -> None:
        """The same request without anything that says who one is."""
        session = Session(self._place, person)
        try:
            opening = self._place.opening(person).anonymous()
        except KeyError as missing:
            self._place.ledger.not_shown("PB104", f"{person.name} has no value for {{{missing.args[0]}}}")
            return
        await self._refused("PB104", session, "somebody without credentials", opening)

    async def with_used_credentials(self, person: Person) -> None:
        """A second socket with the credentials of the first."""
        first = Session(self._place, person)
        try:
            await first.open()
        except NotOpened as failure:
            self._place.ledger.not_shown("PB105", f"no first socket could be opened: {failure}")
            return
        await self._refused("PB105", Session(self._place, person), "a used ticket", first.opening)
        await first.close()

    async def _refused(self, check: str, session: Session, what: str, opening: Opening | None) -> None:
        """Whether a question from there is refused: at the handshake, by an end of the socket, or by an error."""
        ledger, seconds = self._place.ledger, self._place.scenario.limits.answer_seconds
        try:
            await session.open(opening)
        except NotOpened:
            ledger.held(check)
            await session.close()
            return
        run = await session.begin(asyncio.get_running_loop().time())
        await session.until(lambda: bool(run.types) or run.outcome is not None or session.ending is not None, seconds)
        if run.types and not (run.outcome is not None and session.refusal):
            ledger.broke(check, f"{what} was let in and served", session.person.name)
        elif run.outcome is None and session.ending is None:
            ledger.broke(check, f"{what} was let in", session.person.name)
        else:
            ledger.held(check)
        await session.close()

    async def resume(self, person: Person, run: Run) -> None:
        """Ask for the rest of somebody else's run, from its beginning."""
        resume, ledger = self._place.scenario.resume, self._place.ledger
        assert resume is not None
        session = Session(self._place, person)
        try:
            await session.open()
            await session.send(session.message(resume.message, run=run.id, epoch=run.epoch, seq=0))
        except (NotOpened, NoLine) as failure:
            ledger.not_shown("PB404", str(failure))
            return
        seconds = self._place.scenario.limits.answer_seconds

        def answered() -> bool:
            refused = bool(session.refusal) or session.ending is not None
            return refused or resume.reset in session.types or run.id in session.seen_runs

        await session.until(answered, seconds)
        given = run.id in session.seen_runs
        ledger.judge("PB404", not given, f"{person.name} was given events of run {run.id}", person.name)
        self._gaze.frames(session, f"the answer to a foreign resume by {person.name}")
        await session.close()

    async def look(self, step: Step, person: Person, owner: Person) -> None:
        """Ask for something of the owner's; what the owner itself cannot get proves nothing."""
        ledger, door = self._place.ledger, self._place.door
        person.theirs = owner
        foreign = any(name.startswith("theirs.") for name in placeholders((step.url, step.json, step.headers)))
        try:
            if foreign and not await _serves(door, step, owner):
                ledger.not_shown(
                    "PB403", f"{step.title}: the owner is not served either, so that a refusal shows nothing"
                )
                return
            answer = await door.ask(step, person)
        except (HttpFailure, TemplateError, StepFailed) as failure:
            ledger.not_shown("PB403", f"{step.title}: {failure}")
            return
        expected = " or ".join(map(str, step.expect))
        told = f"{step.title} answered {answer.status}, expected {expected}"
        ledger.judge("PB403", answer.status in step.expect, told, person.name)
        self._gaze.answer(person, step.title, answer)


async def _serves(door: Door, step: Step, owner: Person) -> bool:
    """Whether the owner gets what is its own."""
    owner.theirs = owner
    return 200 <= (await door.ask(step, owner)).status < 300
