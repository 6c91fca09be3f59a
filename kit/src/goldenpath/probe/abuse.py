"""What the probe does wrong on purpose, and how an endpoint answers well."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

from goldenpath.live.wire import Frame
from goldenpath.probe.lines import NoLine, in_order, told
from goldenpath.probe.people import Person
from goldenpath.probe.run import Outcome
from goldenpath.probe.session import NotOpened, Place, Session

NONSENSE: Final = "goldenpath-probe"
GARBAGE: Final[Mapping[str, Frame]] = {
    "half a JSON object": '{"type": ',
    "a JSON array": "[1, 2, 3]",
    "a type nobody knows": json.dumps({"type": NONSENSE}),
    "a type that is a number": '{"type": 7}',
    "nested too deeply": '{"type": ' + "[" * 5_000,
    "bytes": b"\x00\xff\xfe\x80",
}


class Abuse:
    """Misbehaves as one user, while another is served."""

    def __init__(self, place: Place, culprit: Person, bystander: Person) -> None:
        self._place = place
        self._culprit = culprit
        self._bystander = bystander
        self.sessions: list[Session] = []

    async def garbage(self) -> None:
        """Each piece on a line of its own."""
        async with self._beside("garbage"):
            for what, frame in GARBAGE.items():
                await self._refused("PB601", what, [frame])

    async def oversize(self, size: int) -> None:
        """One frame that is too large."""
        async with self._beside("a frame that is too large"):
            frame = json.dumps({"type": NONSENSE, "padding": "x" * size})
            await self._refused("PB602", f"a frame of {size:,} bytes", [frame])

    async def flood(self, count: int, template: Any) -> None:
        """Many messages at once."""
        async with self._beside("a flood"):
            message = self._session().message({"type": NONSENSE} if template is None else template)
            await self._refused("PB603", f"a flood of {count:,} messages", [message] * count)

    async def slow_reader(self, questions: int) -> None:
        """Ask, and do not read before another was served."""
        ledger, session = self._place.ledger, self._session()
        seconds = self._place.scenario.limits.answer_seconds
        try:
            await session.open()
        except NotOpened as failure:
            ledger.broke("PB604", f"no connection to be slow on: {failure}", self._culprit.name)
            return
        async with self._beside("a reader that does not read"):
            session.deafen(True)
            run = await session.begin(asyncio.get_running_loop().time())
            for number in range(1, questions if session.lasting else 1):
                try:
                    await session.send(session.message(self._place.scenario.ask.message, number=number))
                except NoLine:
                    break
        session.deafen(False)
        await session.until(lambda: run.outcome is not None or session.ending is not None, seconds)
        outcome, ending = await session.finish(run), session.ending
        served = outcome in {Outcome.ENDED, Outcome.REFUSED} or (ending is not None and in_order(ending))
        ledger.judge("PB604", served, run.detail, self._culprit.name)
        await session.close()

    def _session(self) -> Session:
        session = Session(self._place, self._culprit)
        self.sessions.append(session)
        return session

    async def _refused(self, check: str, what: str, frames: list[Frame]) -> None:
        """Whether what is sent is refused, and by a word, not by an accident."""
        ledger, who, session = self._place.ledger, self._culprit.name, self._session()
        seconds = self._place.scenario.limits.answer_seconds
        try:
            await session.open()
        except NotOpened as failure:
            ledger.broke(check, f"{what}: no connection to send it on: {failure}", who)
            return
        for frame in frames:
            if session.refusal or session.ending is not None:
                break
            try:
                await session.send(frame)
            except NoLine:
                break
        await session.until(lambda: bool(session.refusal) or session.ending is not None, seconds)
        ending = session.ending
        if session.refusal.startswith("HTTP 5"):
            ledger.broke(check, f"{what} was answered {session.refusal}", who)
        elif session.refusal or (ending is not None and in_order(ending) and session.lasting):
            ledger.held(check)
        elif ending is not None and in_order(ending):
            ledger.broke(check, f"{what} was answered as if it were a question", who)
        elif ending is not None:
            ledger.broke(check, f"{what}: {told(ending)}", who)
        else:
            ledger.broke(check, f"{what} was met with silence for {seconds:g} s", who)
        await session.close()

    @asynccontextmanager
    async def _beside(self, what: str) -> AsyncIterator[None]:
        """While the block misbehaves, the bystander asks and must be answered."""
        ledger, name, loop = self._place.ledger, self._bystander.name, asyncio.get_running_loop()
        session = Session(self._place, self._bystander)
        self.sessions.append(session)
        try:
            await session.open()
        except NotOpened as failure:
            ledger.broke("PB605", f"beside {what}: no connection: {failure}", name)
            yield
            return
        run = await session.begin(loop.time())
        yield
        outcome = await session.finish(run)
        ledger.judge("PB605", outcome is Outcome.ENDED, f"beside {what}: {run.detail}", name)
        await session.close()
