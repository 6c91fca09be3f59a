"""A probe from its first connection to its report."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from goldenpath.probe.abuse import Abuse
from goldenpath.probe.asking import not_asked
from goldenpath.probe.comeback import Comeback
from goldenpath.probe.crew import Crew, CrewFailed
from goldenpath.probe.entering import Door
from goldenpath.probe.gaze import Gaze, judge_runs
from goldenpath.probe.latency import END, FIRST
from goldenpath.probe.ledger import Ledger, State
from goldenpath.probe.load import Crowd, Traffic, judge_contract
from goldenpath.probe.people import Person, everybody, population
from goldenpath.probe.reading import Reading
from goldenpath.probe.report import Report
from goldenpath.probe.run import Outcome
from goldenpath.probe.scenario import Scenario
from goldenpath.probe.session import NotOpened, Place, Session
from goldenpath.probe.target import Target
from goldenpath.probe.trespass import Trespass
from goldenpath.probe.verdict import Cause

if TYPE_CHECKING:
    from goldenpath.probe.cluster import ClusterCrew

Say = Callable[[str], None]
MILLISECONDS: Final = 1000
CUTS: Final = 3
"""The connections of so many users, each of another tenant, are cut."""


@dataclass
class Probe:
    """One probe of one endpoint; `run` may be cancelled, and `report` then tells what was seen."""

    target: Target
    scenario: Scenario
    seed: str
    processes: int = 1
    cluster: str = ""
    """A Dask scheduler on whose workers all processes but this one run."""
    say: Say = lambda line: None

    def __post_init__(self) -> None:
        self.ledger = Ledger()
        self.traffic = Traffic()
        self.cause = Cause.DONE
        people = list(everybody(self.scenario, self.seed, self.processes))
        self._gaze = Gaze(people, self.ledger)
        self._unasked = dict(not_asked(self.scenario, self._gaze.views))
        reading = Reading(self.scenario)
        door = Door(self.target, self.scenario, self.ledger)
        self._place = Place(self.target, self.scenario, reading, self.ledger, door)

    async def run(self) -> Report:
        """The whole probe, within its budget; when it is cancelled, what was seen until then."""
        loop = asyncio.get_running_loop()
        begun = loop.time()
        budget = asyncio.timeout(self.scenario.limits.budget)
        try:
            async with budget:
                await self._walk()
        except TimeoutError:
            if not budget.expired():
                raise
            self.cause = Cause.BUDGET
        except asyncio.CancelledError:
            self.cause = Cause.INTERRUPTED
        self._close_the_books()
        seconds = loop.time() - begun
        return Report(
            self.target, self.scenario, self.ledger, self.traffic, seconds, self.cause, self.seed, self.processes
        )

    async def _walk(self) -> None:
        if not await self._reach():
            return
        load = self.scenario.load
        self.say(f"{load.tenants * load.users * self.processes} users log in, connect and ask")
        async with self._crew() as crew:
            people = await self._place.door.admit(population(self.scenario, self.seed))
            if people:
                await Crowd(self._place, people, self._gaze, self.traffic).carry(self.seed)
            try:
                await crew.join(self.ledger, self.traffic)
            except CrewFailed as failure:
                self.ledger.not_shown("PB202", str(failure))
                self.ledger.note("PB202", str(failure))
        if people and self.traffic.connections:
            await self._provoke(people)

    def _crew(self) -> Crew | ClusterCrew:
        """Whoever brings the other shares."""
        if not self.cluster or self.processes == 1:
            return Crew(self.target, self.scenario, self.seed, self.processes)
        from goldenpath.probe.cluster import ClusterCrew

        return ClusterCrew(self.target, self.scenario, self.seed, self.processes, self.cluster)

    async def _reach(self) -> bool:
        """Whether anything listens there."""
        seconds = self.scenario.limits.connect_seconds
        try:
            async with asyncio.timeout(seconds):
                _, writer = await asyncio.open_connection(self.target.host, self.target.port)
        except TimeoutError:
            self.ledger.broke("PB101", f"{self.target.authority} did not accept a connection within {seconds:g} s")
            return False
        except OSError as error:
            self.ledger.broke("PB101", f"{self.target.authority} cannot be reached: {error.strerror or error}")
            return False
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
        self.ledger.held("PB101")
        return True

    async def _provoke(self, people: list[Person]) -> None:
        """What the load does not do: cuts, trespass, misbehaviour."""
        owner = people[0]
        other = next((each for each in people if each.tenant != owner.tenant), people[-1])
        firsts = list({person.tenant: person for person in reversed(people)}.values())[:CUTS]
        acts: list[tuple[str, str, Callable[[], Awaitable[None]]]] = [
            ("PB501", "a connection is cut in mid-run", lambda: self._cut(firsts)),
            ("PB104", "somebody without credentials knocks", lambda: self._trespass.without_credentials(owner)),
            ("PB105", "a used ticket is used again", lambda: self._trespass.with_used_credentials(owner)),
            ("PB403", "users look at what is another's", lambda: self._look(owner, other)),
            ("PB404", "a user resumes another's run", lambda: self._resume(owner, other)),
            ("PB605", "one user misbehaves", lambda: self._abuse(owner, other)),
        ]
        for check, what, act in acts:
            if check not in self._unasked:
                self.say(what)
                await act()

    @property
    def _trespass(self) -> Trespass:
        return Trespass(self._place, self._gaze)

    async def _cut(self, people: list[Person]) -> None:
        for person in people:
            comeback = Comeback(self._place, person)
            await comeback.try_it()
            self._look_over(comeback.session)

    async def _look(self, owner: Person, other: Person) -> None:
        for step in self.scenario.look:
            await self._trespass.look(step, other, owner)
            await self._trespass.look(step, owner, other)

    async def _resume(self, owner: Person, other: Person) -> None:
        session = Session(self._place, owner)
        try:
            await session.open()
        except NotOpened as failure:
            self.ledger.not_shown("PB404", str(failure))
            return
        run = await session.ask(asyncio.get_running_loop().time())
        await session.close()
        self._look_over(session)
        if run.outcome is not Outcome.ENDED or run.id is None:
            self.ledger.not_shown("PB404", f"there was no run to resume: {run.detail or 'it has no id (fields.run)'}")
            return
        judge_contract(run, owner.name, self.ledger)
        await self._trespass.resume(other, run)

    async def _abuse(self, culprit: Person, bystander: Person) -> None:
        abuse, faults = Abuse(self._place, culprit, bystander), self.scenario.faults
        try:
            if faults.garbage:
                await abuse.garbage()
            if faults.oversize:
                await abuse.oversize(faults.oversize)
            if faults.flood and "PB603" not in self._unasked:
                await abuse.flood(faults.flood, faults.flood_message)
            if faults.slow_reader:
                await abuse.slow_reader(faults.slow_reader)
        finally:
            for session in abuse.sessions:
                self._look_over(session)

    def _look_over(self, session: Session) -> None:
        """What came beside the load is looked at too."""
        for run in session.seen_runs:
            self.traffic.seers.setdefault(run, set()).add(session.person.canary.tenant)
        self._gaze.frames(session, f"a socket of {session.person.name}")

    def _close_the_books(self) -> None:
        """Judge what only the whole can tell, and say of every check why it was not tried."""
        self._judge_objectives()
        if "PB402" not in self._unasked and self.traffic.connections:
            judge_runs(self.traffic.seers, self.ledger)
        own_marks = self.traffic.own_marks + self._gaze.own_marks
        if "PB401" not in self._unasked and self.scenario.isolation.echo and not own_marks and self.traffic.events:
            self.ledger.not_shown(
                "PB401",
                "no user found its own mark in what it received, so that finding nobody else's shows nothing "
                "(isolation.echo = false where answers never repeat a question)",
            )
        for id, entry in self.ledger.entries.items():
            if id in self._unasked:
                self.ledger.not_asked(id, self._unasked[id])
            elif entry.state is State.NOT_ASKED:
                self.ledger.not_shown(id, "the probe did not get that far")

    def _judge_objectives(self) -> None:
        limits, spreads = self.scenario.limits, self.traffic.latencies.spreads()
        for check, what, objective in (("PB301", FIRST, limits.first_event_ms), ("PB302", END, limits.end_ms)):
            if objective and what in spreads:
                p95 = spreads[what].p95 * MILLISECONDS
                message = (
                    f"{what} at p95 after {p95:.0f} ms of {spreads[what].count}, the objective is {objective:g} ms"
                )
                self.ledger.judge(check, p95 <= objective, message)
        if limits.runs_per_second and self.traffic.offered:
            rate = self.traffic.rate(self.traffic.ended)
            message = f"{rate:.2f} runs a second ended, the objective is {limits.runs_per_second:g}"
            self.ledger.judge("PB303", rate >= limits.runs_per_second, message)
