"""One run of a matrix: everybody acts, everybody looks, and what was seen is judged."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from goldenpath.simulation import Simulation
from goldenpath.tenancy.answer import Answer
from goldenpath.tenancy.canary import Canary
from goldenpath.tenancy.places import PLACES
from goldenpath.tenancy.search import NOBODY, LeakSearch

if TYPE_CHECKING:
    from goldenpath.tenancy.matrix import Cell, TenantMatrix

SPREAD: Final = 1.0
"""Virtual seconds over which acts, looks and reconnects are spread."""
NOT_FOUND: Final = 404
REFUSED: Final = 400
"""From this status on nothing was given or done."""


@dataclass
class Actor:
    """A tenant on the stage."""

    tenant: str
    canary: Canary
    world: Any
    session: Any = None

    def token(self, label: str) -> str:
        """This tenant's mark for that label, to put into its data."""
        return self.canary.token(label)


class Rehearsal:
    """Plays a matrix once, in turn or all at once."""

    def __init__(
        self,
        matrix: TenantMatrix,
        search: LeakSearch,
        canaries: Iterable[Canary],
        *,
        looks: int = 1,
        control: bool = True,
    ) -> None:
        self._matrix = matrix
        self._search = search
        self._canaries = tuple(canaries)
        self._looks = looks
        self._control = control

    async def in_turn(self, simulation: Simulation | None) -> None:
        """One cell after the other, in both directions."""
        async with self._matrix.world(simulation) as world:
            actors = await self._entered(world)
            for cell in self._matrix.cells:
                for owner, other in (actors, actors[::-1]):
                    await self._try(cell, owner, other, 0.0)
            self._look_around(world, actors)

    async def at_once(self, simulation: Simulation) -> None:
        """All cells in both directions at the same time, at moments that the seed decides, with reconnects."""
        async with self._matrix.world(simulation) as world:
            actors = await self._entered(world)
            async with asyncio.TaskGroup() as group:
                for cell in self._matrix.cells:
                    for owner, other in (actors, actors[::-1]):
                        group.create_task(self._try(cell, owner, other, SPREAD))
                for actor in actors:
                    group.create_task(self._come_and_go(actor))
            self._look_around(world, actors)

    async def _entered(self, world: Any) -> list[Actor]:
        actors = [Actor(canary.tenant, canary, world) for canary in self._canaries]
        for actor in actors:
            actor.session = await self._matrix.enter(actor)
        return actors

    async def _come_and_go(self, actor: Actor) -> None:
        for _ in range(self._looks if self._matrix.reconnect is not None else 0):
            await _pause(SPREAD)
            assert self._matrix.reconnect is not None
            actor.session = await self._matrix.reconnect(actor)

    async def _try(self, cell: Cell, owner: Actor, other: Actor, spread: float) -> None:
        await _pause(spread)
        made = await cell.act(owner)
        for _ in range(self._looks):
            await _pause(spread)
            await self._look(cell, owner, other, made)
        await self._look_at_its_own(cell, owner, made)
        self._search.report.cells.add(f"{cell.title}: {owner.tenant} acts, {other.tenant} looks")

    async def _look(self, cell: Cell, owner: Actor, other: Actor, made: Any) -> None:
        eyes = self._search.eyes_of(other.tenant)
        try:
            seen = await cell.look(other, made)
        except Exception as refusal:
            if cell.kind == "route":
                raise
            eyes.error(cell.title, refusal)
            return
        self._search.look(cell.place, cell.title, PLACES[cell.place](seen), other.tenant)
        if cell.kind == "route":
            await self._judge(cell, owner, other, made, Answer.of(seen))

    async def _judge(self, cell: Cell, owner: Actor, other: Actor, made: Any, answer: Answer) -> None:
        """Whether the answer to a route gives away that the thing is there."""

        def leak(rule: str, detail: str) -> None:
            self._search.judge(rule, owner.tenant, other.tenant, cell.title, detail)

        if answer.status < REFUSED:
            leak("TL004", f"{other.tenant} is answered {answer.status} about what is {owner.tenant}'s")
        elif cell.secret and answer.status != NOT_FOUND:
            leak(
                "TL002", f"{other.tenant} is answered {answer.status}, not {NOT_FOUND}, about what is {owner.tenant}'s"
            )
        elif cell.secret and cell.unknown is not None:
            reference = _without(Answer.of(await cell.look(other, cell.unknown)), cell.unknown)
            differences = _without(answer, made).differs_from(reference)
            if differences:
                leak(
                    "TL003", f"{other.tenant} can tell what is {owner.tenant}'s from nothing: {', '.join(differences)}"
                )

    async def _look_at_its_own(self, cell: Cell, owner: Actor, made: Any) -> None:
        """The owner looks too: what it is given may hold what is another's, and has to hold its own.

        A look that does not find the owner's mark would not find it in front of others, and proves nothing.
        """
        pieces = list(PLACES[cell.place](await cell.look(owner, made)))
        self._search.look(cell.place, cell.title, pieces, owner.tenant)
        if self._control and not self._search.finds(pieces, owner.tenant):
            self._search.report.inconclusive.append(
                f"{cell.title}: {owner.tenant} does not find its own mark there either; "
                "let `act` put actor.token(…) into the data that `look` returns"
            )

    def _look_around(self, world: Any, actors: list[Actor]) -> None:
        for view in self._matrix.views:
            for actor in actors if view.of_tenant else [None]:
                thing = view.get(world if actor is None else actor)
                viewer = NOBODY if actor is None else actor.tenant
                self._search.look(view.place, view.name, PLACES[view.place](thing), viewer)


def _without(answer: Answer, identifier: Any) -> Answer:
    """The answer without the id that was asked about, which may well be repeated in it."""
    word = str(identifier)
    headers = tuple((name, value.replace(word, "<id>")) for name, value in answer.headers)
    return replace(answer, headers=headers, body=answer.body.replace(word.encode(), b"<id>"))


async def _pause(spread: float) -> None:
    if spread:
        await asyncio.sleep(random.random() * spread)
