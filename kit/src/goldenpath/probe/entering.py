"""HTTP steps done as a user: logging in, getting a ticket, looking at things."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Final

from goldenpath.probe.http import Answer, HttpFailure, request
from goldenpath.probe.ledger import Ledger
from goldenpath.probe.people import Person
from goldenpath.probe.scenario import Scenario, Step
from goldenpath.probe.target import Target
from goldenpath.probe.templates import TemplateError, dig, fill

AT_ONCE: Final = 10
"""So many users log in at a time: hashing passwords is dear to a server, and this is no test of it."""
SHOWN: Final = 200


class StepFailed(Exception):
    """A step was not answered as expected."""


class Door:
    """Takes users to the endpoint, step by step."""

    def __init__(self, target: Target, scenario: Scenario, ledger: Ledger) -> None:
        self._target = target
        self._scenario = scenario
        self._ledger = ledger
        self._gate = asyncio.Semaphore(AT_ONCE)

    async def admit(self, tenants: Sequence[Sequence[Person]]) -> list[Person]:
        """Log everybody in, the first user of each tenant before the others; those for whom it worked."""
        admitted: list[Person] = []

        async def tenant(people: Sequence[Person]) -> None:
            if await self._login(people[0]):
                results = await asyncio.gather(*(self._login(person) for person in people[1:]))
                admitted.append(people[0])
                admitted.extend(person for person, ok in zip(people[1:], results, strict=True) if ok)

        await asyncio.gather(*(tenant(people) for people in tenants))
        order = {person.name: at for at, person in enumerate(person for people in tenants for person in people)}
        return sorted(admitted, key=lambda person: order[person.name])

    async def _login(self, person: Person) -> bool:
        async with self._gate:
            for step in self._scenario.login:
                if step.who == "everyone" or (step.who == "first") == (person.first is None):
                    try:
                        await self.take(step, person)
                    except StepFailed as failure:
                        self._ledger.broke("PB102", str(failure), person.name)
                        return False
                    self._ledger.held("PB102")
        return True

    async def ticket(self, person: Person) -> None:
        """The steps before each connection; raises StepFailed."""
        for step in self._scenario.ticket:
            await self.take(step, person)

    async def take(self, step: Step, person: Person) -> Answer:
        """One step; raises StepFailed where it is answered otherwise than expected."""
        try:
            answer = await self.ask(step, person)
            if answer.status not in step.expect:
                expected = " or ".join(map(str, step.expect))
                told = answer.body[:SHOWN].decode(errors="replace")
                raise StepFailed(f"{step.title} answered {answer.status}, expected {expected}: {told}")
            if step.capture:
                body = answer.json()
                person.values |= {name: dig(body, path) for name, path in step.capture.items()}
        except (HttpFailure, TemplateError) as failure:
            raise StepFailed(f"{step.title}: {failure}") from failure
        return answer

    async def ask(self, step: Step, person: Person) -> Answer:
        """What a step is answered, whatever it is."""
        try:
            url = str(fill(step.url, person.value))
            headers = {name: str(value) for name, value in fill(step.headers, person.value).items()}
            body = None if step.json is None else json.dumps(fill(step.json, person.value)).encode()
        except KeyError as missing:
            raise TemplateError(f"{person.name} has no value for {{{missing.args[0]}}}") from None
        seconds = self._scenario.limits.connect_seconds
        return await request(self._target, step.method, url, headers, body, seconds)
