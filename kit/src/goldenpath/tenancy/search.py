"""Looks for the marks of all tenants in what each of them can see."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from goldenpath.tenancy.canary import Canary
from goldenpath.tenancy.heap import Sighting, heaps, masked
from goldenpath.tenancy.leak import Leak
from goldenpath.tenancy.needles import Needles
from goldenpath.tenancy.places import PLACES
from goldenpath.tenancy.report import LeakReport
from goldenpath.tenancy.walking import Leaf, TooDeep

NOBODY: Final = "nobody"
"""Looks with the eyes of someone who belongs to no tenant: no mark at all may be seen."""


class LeakSearch:
    """Searches with the eyes of one tenant after another, and keeps what was found."""

    def __init__(self, *canaries: Canary, hashes: Iterable[str] = (), seed: int | None = None) -> None:
        tenants = [canary.tenant for canary in canaries]
        if len(set(tenants)) != len(tenants) or NOBODY in tenants:
            raise ValueError(f"each tenant has one canary, and none is called {NOBODY!r}; got {', '.join(tenants)}")
        self.report = LeakReport(marks={tenant: set() for tenant in tenants})
        self._canaries = canaries
        self._needles = Needles(hashes=hashes)
        self._prepared: dict[str, int] = {}
        """How many marks of each canary are looked for so far."""
        self._seed = seed

    def eyes_of(self, tenant: str = NOBODY) -> Eyes:
        """What this tenant can see is to be looked at now."""
        known = [canary.tenant for canary in self._canaries]
        if tenant != NOBODY and tenant not in known:
            raise ValueError(f"there is no canary of {tenant!r}; there are: {', '.join(known)}")
        return Eyes(self, tenant)

    def needles(self) -> Needles:
        """What to look for: marks planted since the last look are among it."""
        for canary in self._canaries:
            for secret in canary.secrets[self._prepared.get(canary.tenant, 0) :]:
                self._needles.add(secret)
                self.report.marks[canary.tenant].add(secret.label)
            self._prepared[canary.tenant] = len(canary.secrets)
        if not any(self._prepared.values()):
            raise ValueError("no canary has a mark yet, so that nothing could be found: plant some first")
        return self._needles

    def look(self, place: str, where: str, pieces: Iterable[Leaf], viewer: str) -> list[Leak]:
        """Search these pieces; what is the viewer's own is no leak."""
        report, needles = self.report, self.needles()
        found: dict[tuple[str, ...], Leak] = {}
        try:
            for heap in heaps(pieces):
                report.searched[place] += len(heap.pieces)
                report.bytes_searched += len(heap.data)
                for sighting in heap.sightings(needles, lambda tenant: tenant != viewer):
                    leak = self._leak(sighting, place, where, viewer)
                    found.setdefault((leak.tenant, leak.label, leak.encoding, leak.path), leak)
        except TooDeep as unfinished:
            report.inconclusive.append(str(unfinished))
        report.leaks.extend(found.values())
        return list(found.values())

    def finds(self, pieces: Iterable[Leaf], tenant: str) -> bool:
        """Whether a mark of this tenant is among these pieces; nothing is reported."""
        needles = self.needles()
        return any(True for heap in heaps(pieces) for _ in heap.sightings(needles, tenant.__eq__))

    def _leak(self, sighting: Sighting, place: str, where: str, viewer: str) -> Leak:
        return Leak(
            "TL001",
            sighting.secret.tenant,
            viewer,
            place,
            masked(self._needles, where),
            masked(self._needles, sighting.path),
            sighting.secret.label,
            sighting.encoding,
            sighting.excerpt,
            seed=self._seed,
        )

    def judge(self, rule: str, tenant: str, viewer: str, where: str, detail: str) -> Leak:
        """Note a leak that is no mark: that a thing exists could be told."""
        leak = Leak(rule, tenant, viewer, "response", where, detail=detail, seed=self._seed)
        self.report.leaks.append(leak)
        return leak


class Eyes:
    """One tenant's view. Each method searches one kind of place, named in the test's own words, and tells its leaks."""

    def __init__(self, search: LeakSearch, tenant: str) -> None:
        self.tenant = tenant
        self._search = search

    def frames(self, where: str, frames: Iterable[Any]) -> list[Leak]:
        """Frames that arrived on this tenant's sockets."""
        return self._look("frames", where, frames)

    def response(self, where: str, response: Any) -> list[Leak]:
        """An HTTP answer to this tenant: headers and body."""
        return self._look("response", where, response)

    def calls(self, where: str, recorder: Any) -> list[Leak]:
        """What a double was called with on this tenant's behalf."""
        return self._look("calls", where, recorder)

    def logs(self, where: str, records: Iterable[Any]) -> list[Leak]:
        """Log records, or lines, that this tenant can read."""
        return self._look("logs", where, records)

    def cache(self, where: str, cache: Any, *, match: str = "*") -> list[Leak]:
        """This tenant's part of a cache: a mapping or a Redis client, and which keys are this tenant's."""
        return self._look("cache", where, cache, match)

    def sql(self, where: str, statements: Iterable[Any]) -> list[Leak]:
        """Statements, with their parameters, that ran on this tenant's behalf."""
        return self._look("sql", where, statements)

    def files(self, where: str, path: str | Path) -> list[Leak]:
        """Files that this tenant can read."""
        return self._look("files", where, path)

    def error(self, where: str, error: BaseException) -> list[Leak]:
        """An error that this tenant was shown."""
        return self._look("error", where, error)

    def value(self, where: str, value: Any) -> list[Leak]:
        """Anything else that this tenant was given."""
        return self._look("value", where, value)

    def _look(self, place: str, where: str, thing: Any, *options: Any) -> list[Leak]:
        return self._search.look(place, where, PLACES[place](thing, *options), self.tenant)
