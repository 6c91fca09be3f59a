"""One user's conversation with the endpoint: questions go out, what comes back is told apart run by run."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from goldenpath.live import Ending
from goldenpath.live.journal import event_of
from goldenpath.live.wire import Frame
from goldenpath.probe.entering import Door, StepFailed
from goldenpath.probe.latency import Latencies
from goldenpath.probe.ledger import Ledger
from goldenpath.probe.lines import Line, NoLine, Opening, Refused, SocketLine, StreamLine, own, told
from goldenpath.probe.people import Person
from goldenpath.probe.reading import Reading
from goldenpath.probe.run import Outcome, Run
from goldenpath.probe.scenario import WEBSOCKET, Scenario
from goldenpath.probe.target import Target
from goldenpath.probe.templates import TemplateError, dig, fill

SHOWN = 160


class NotOpened(Exception):
    """The user could not be connected."""


@dataclass(frozen=True, slots=True)
class Place:
    """Everything that is the same for all conversations of a probe."""

    target: Target
    scenario: Scenario
    reading: Reading
    ledger: Ledger
    door: Door

    def opening(self, person: Person) -> Opening:
        """The request that connects a user."""
        connect = self.scenario.connect

        def texts(table: Any) -> dict[str, str]:
            return {name: str(value) for name, value in fill(table, person.value).items()}

        path = self.target.path or str(fill(connect.path, person.value))
        words = tuple(str(word) for word in fill(list(connect.subprotocols), person.value))
        return Opening(path, texts(connect.query), texts(connect.headers), words)

    def line(self, opening: Opening, session: Session) -> Line:
        """A line of the kind that the scenario is about."""
        kind = SocketLine if self.scenario.transport == WEBSOCKET else StreamLine
        return kind(self.target, opening, session)


@dataclass(slots=True)
class Session:
    """A user's conversation; it survives its line."""

    place: Place
    person: Person
    latencies: Latencies | None = None
    frames: list[Frame] = field(default_factory=list)
    runs: dict[str, Run] = field(default_factory=dict)
    asked: list[Run] = field(default_factory=list)
    current: Run | None = None
    seen_runs: set[str] = field(default_factory=set)
    """The ids of all runs that anything was heard of, one's own or not."""
    types: set[str] = field(default_factory=set)
    events: int = 0
    ending: Ending | None = None
    refusal: str = ""
    opening: Opening | None = None
    _line: Line | None = None
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _ready: bool = False
    cut_after: int = 0
    """After so many events of the present run nothing more is heard: the cable is cut."""

    async def open(self, opening: Opening | None = None) -> Session:
        """Connect, with a fresh ticket unless told how; raises NotOpened."""
        place, connect = self.place, self.place.scenario.connect
        seconds = place.scenario.limits.connect_seconds
        self.ending, self._ready, self.refusal = None, not connect.ready, ""
        try:
            if opening is None:
                await place.door.ticket(self.person)
                opening = place.opening(self.person)
            self.opening = opening
            self._line = place.line(opening, self)
            await self._line.open(seconds)
        except (StepFailed, Refused, NoLine, TemplateError) as failure:
            raise NotOpened(str(failure)) from failure
        except KeyError as missing:
            raise NotOpened(f"{self.person.name} has no value for {{{missing.args[0]}}}") from None
        if not await self.until(lambda: self._ready or self.ending is not None, seconds):
            raise NotOpened(f"the socket was accepted, but {connect.ready} did not come within {seconds:g} s")
        if self.ending is not None:
            raise NotOpened(f"the socket was accepted, and then {told(self.ending)}")
        return self

    @property
    def lasting(self) -> bool:
        """Whether all questions go over one connection."""
        return self.place.scenario.transport == WEBSOCKET

    @property
    def _severed(self) -> bool:
        """Whether the cable is cut already, though the line has yet to follow."""
        return bool(self.cut_after) and self.current is not None and len(self.current.types) >= self.cut_after

    async def close(self) -> None:
        """Leave."""
        if self._line is not None and not await self._line.close(self.place.scenario.limits.connect_seconds):
            self.place.ledger.note("PB103", "the endpoint does not answer the close of a socket")

    async def cut(self) -> None:
        """Leave as a cut cable does."""
        if self._line is not None:
            await self._line.cut()

    def deafen(self, deaf: bool) -> None:
        """Read nothing from now on, or read again."""
        if self._line is not None:
            self._line.deafen(deaf)

    async def send(self, frame: Frame) -> None:
        """Send a frame as it is; raises NoLine."""
        if self._line is None:
            raise NoLine("there is no connection")
        await self._line.send(frame, self.place.scenario.limits.connect_seconds)

    def message(self, template: Any, **moment: Any) -> str:
        """A message with its gaps filled, as it goes over the line."""
        self.person.moment = moment
        filled = fill(template, self.person.value)
        return filled if isinstance(filled, str) else json.dumps(filled)

    async def begin(self, due: float, number: int = 0) -> Run:
        """Ask; the run goes on by itself."""
        loop = asyncio.get_running_loop()
        reading = self.place.reading
        run = Run(due, reading, reading.contract.checker(), loop.create_future(), self.latencies)
        self.current = run
        self.asked.append(run)
        if self.ending is not None and self.lasting:
            run.settle(Outcome.LOST, f"before it could be asked, {told(self.ending)}")
            return run
        self.ending = None
        try:
            await self.send(self.message(self.place.scenario.ask.message, number=number))
        except NoLine as gone:
            run.settle(Outcome.LOST, str(gone))
        return run

    async def finish(self, run: Run) -> Outcome:
        """Wait for the end of a run; late is what has not ended in time."""
        seconds = self.place.scenario.limits.answer_seconds
        await asyncio.wait({run.done}, timeout=seconds)
        heard = f"after {len(run.types)} events, the last {run.types[-1]!r}" if run.types else "nothing was heard"
        run.settle(Outcome.LATE, f"it did not end within {seconds:g} s; {heard}")
        return run.done.result()

    async def ask(self, due: float, number: int = 0) -> Run:
        """Ask and wait for the answer."""
        run = await self.begin(due, number)
        await self.finish(run)
        return run

    async def until(self, true: Callable[[], bool], seconds: float) -> bool:
        """Wait until something that is heard makes this true; false when the time is up first."""
        try:
            async with asyncio.timeout(seconds):
                while not true():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            return true()
        return True

    def hear(self, frame: Frame) -> None:
        """A frame has arrived."""
        if self._severed:
            return
        self.frames.append(frame)
        self.events += 1
        self._changed.set()
        event = event_of(frame)
        if event is None:
            shown = frame[:SHOWN] if isinstance(frame, str) else frame[:SHOWN].hex()
            self.place.ledger.broke("PB203", "a frame is no JSON object", self.person.name, shown)
            return
        self.place.ledger.held("PB203")
        self._take(event)

    def _take(self, event: dict[str, Any]) -> None:
        reading, current = self.place.reading, self.current
        seen = reading.of(event)
        self.types.add(seen.type)
        self._ready = self._ready or seen.type == self.place.scenario.connect.ready
        if seen.type in reading.refusals:
            self.refusal = json.dumps(event)[:SHOWN]
        if seen.type == reading.reset and current is not None:
            current.settle(Outcome.RESET, json.dumps(event)[:SHOWN])
        if seen.type in reading.spare:
            if seen.type in reading.refusals and current is not None and not current.types:
                current.settle(Outcome.REFUSED, f"it was refused: {self.refusal}")
            return
        run = self._run_of(seen.run)
        if seen.run is not None:
            self.seen_runs.add(seen.run)
        if run is not None:
            self._capture(event)
            run.note(seen, asyncio.get_running_loop().time())

    def _run_of(self, name: str | None) -> Run | None:
        """The run that an event belongs to; None where it belongs to none of this user's."""
        if name in self.runs:
            return self.runs[name]
        current = self.current
        if current is None or name is None:
            return current
        if current.id is None and name not in self.seen_runs:
            current.id = name
            self.runs[name] = current
            return current
        return None

    def _capture(self, event: dict[str, Any]) -> None:
        for name, path in self.place.scenario.ask.capture.items():
            try:
                self.person.values[name] = dig(event, path)
            except TemplateError:
                continue

    def refused(self, reason: str) -> None:
        """What was sent was not taken."""
        self.refusal = reason
        if self.current is not None:
            self.current.settle(Outcome.REFUSED, f"it was refused: {reason}")
        self._changed.set()

    def over(self, ending: Ending) -> None:
        """Nothing more comes."""
        if self._severed:
            return
        self.ending = ending
        if self.current is not None and not own(ending):
            self.current.settle(Outcome.LOST, f"before the run ended, {told(ending)}")
        self._changed.set()
