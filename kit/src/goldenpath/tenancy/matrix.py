"""For everything a test names, one tenant acts and another one looks: what may it see?"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Literal, Self

from goldenpath.simulation import Rule, Simulation
from goldenpath.tenancy.canary import Canary
from goldenpath.tenancy.places import PLACES
from goldenpath.tenancy.rehearsal import Actor, Rehearsal
from goldenpath.tenancy.report import LeakReport
from goldenpath.tenancy.search import LeakSearch

Kind = Literal["route", "event", "key", "query"]
KINDS: Final[dict[Kind, str]] = {"route": "response", "event": "frames", "key": "value", "query": "value"}
"""The kinds of cells, and as which place what is looked at there is searched."""

World = Callable[[Simulation | None], AbstractAsyncContextManager[Any]]
Enter = Callable[[Actor], Awaitable[Any]]
Act = Callable[[Actor], Awaitable[Any]]
Look = Callable[[Actor, Any], Awaitable[Any]]


@dataclass(frozen=True)
class Cell:
    """One thing that is tried in both directions."""

    kind: Kind
    name: str
    act: Act
    look: Look
    secret: bool
    unknown: Any
    place: str

    @property
    def title(self) -> str:
        """How reports call it."""
        return f"{self.kind} {self.name}"


@dataclass(frozen=True)
class View:
    """Something else that is searched when all is done: what a tenant can see, or what nobody's eyes should find."""

    place: str
    name: str
    get: Callable[[Any], Any]
    of_tenant: bool


class TenantMatrix:
    """Tenants, a world they meet in, and what is tried there.

    `world` opens the system under test; `enter` logs an actor in and returns its session; `reconnect` loses the actor's
    connection and returns the session that it comes back with.
    """

    def __init__(
        self,
        world: World,
        enter: Enter,
        *,
        reconnect: Enter | None = None,
        tenants: tuple[str, str] = ("acme", "globex"),
        hashes: Iterable[str] = (),
    ) -> None:
        if len(set(tenants)) != 2:
            raise ValueError(f"a matrix is between two tenants, got {tenants!r}")
        self.world = world
        self.enter = enter
        self.reconnect = reconnect
        self.tenants = tenants
        self.cells: list[Cell] = []
        self.views: list[View] = []
        self._hashes = tuple(hashes)

    def route(self, name: str, *, act: Act, look: Look, secret: bool = True, unknown: Any = None) -> Self:
        """An HTTP route: `look(actor, made)` requests what `act` made and returns the answer.

        Where existence is secret the answer is 404 and, with `unknown` (an id that nothing has), the same as to that
        id, to the byte; otherwise it is a refusal.
        """
        return self._add("route", name, act, look, secret, unknown)

    def event(self, name: str, *, act: Act, look: Look) -> Self:
        """An event: `look` returns the frames that the actor's sockets got."""
        return self._add("event", name, act, look)

    def key(self, name: str, *, act: Act, look: Look) -> Self:
        """A cache key: `act` has something cached, `look` asks for it under the same name."""
        return self._add("key", name, act, look)

    def query(self, name: str, *, act: Act, look: Look) -> Self:
        """A query: `look` returns the rows, or the list, that the actor is given."""
        return self._add("query", name, act, look)

    def sees(self, place: str, name: str, get: Callable[[Actor], Any]) -> Self:
        """Something else that each actor can see, searched when all is done: `matrix.sees("logs", …)`."""
        return self._view(View(place, name, get, of_tenant=True))

    def shared(self, place: str, name: str, get: Callable[[Any], Any]) -> Self:
        """Something of the world in which no tenant's data belongs, searched when all is done."""
        return self._view(View(place, name, get, of_tenant=False))

    async def once(self, *, seed: object = None) -> LeakReport:
        """Try every cell in turn, on the loop that runs: the way for real services."""
        self._require_cells()
        canaries = self._canaries(seed)
        search = LeakSearch(*canaries, hashes=self._hashes)
        await Rehearsal(self, search, canaries).in_turn(None)
        search.report.runs = 1
        return search.report

    def over(
        self,
        seeds: Iterable[int] = range(100),
        *,
        faults: Iterable[Rule] = (),
        allow: Iterable[str] = (),
        looks: int = 2,
    ) -> LeakReport:
        """Try all cells at once in a simulation under each seed, with reconnects in between; tells leaks by seed.

        With faults a message may be lost, so that a tenant that does not see its own data proves nothing.
        """
        self._require_cells()
        faults, allow, total = tuple(faults), tuple(allow), LeakReport()
        for seed in seeds:
            canaries = self._canaries(seed)
            search = LeakSearch(*canaries, hashes=self._hashes, seed=seed)
            rehearsal = Rehearsal(self, search, canaries, looks=looks, control=not faults)
            simulation = Simulation(seed, faults=faults, allow=allow)
            try:
                simulation.run_one_of_many(partial(rehearsal.at_once, simulation))
            except Exception as error:
                error.add_note(f"under seed {seed} of the matrix; replay: over(seeds=[{seed}])")
                raise
            total.add(search.report)
        return total

    def _add(self, kind: Kind, name: str, act: Act, look: Look, secret: bool = True, unknown: Any = None) -> Self:
        cell = Cell(kind, name, act, look, secret, unknown, KINDS[kind])
        if any(cell.title == other.title for other in self.cells):
            raise ValueError(f"the matrix has a {cell.title!r} already; reports tell cells apart by their names")
        self.cells.append(cell)
        return self

    def _view(self, view: View) -> Self:
        if view.place not in PLACES:
            raise ValueError(f"there is no place {view.place!r}; there are: {', '.join(PLACES)}")
        self.views.append(view)
        return self

    def _require_cells(self) -> None:
        if not self.cells:
            raise ValueError("the matrix is empty: name what is to be tried with route, event, key or query")

    def _canaries(self, seed: object) -> list[Canary]:
        return [Canary(tenant, seed=seed) for tenant in self.tenants]
