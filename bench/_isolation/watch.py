"""Looks at everything that anybody is given: no mark and no id in it may be another's."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from goldenpath.tenancy import Canary
from goldenpath.tenancy.needles import Needles, layers

BETWEEN: Final = b"\0\xff\0"
HEAP: Final = 1 << 18
ID: Final = re.compile(rb"(?:ten|usr|thr|run|msg|use|ses)_[0-9a-f]{32}")
MOST: Final = 50
"""Findings that are kept in words; the others are counted."""


@dataclass(eq=False)
class Viewer:
    """Somebody who looks: whose marks he may see, and which ids he has said himself, so that they may come back."""

    name: str
    marks: frozenset[str]
    said: set[str] = field(default_factory=set)
    ids_matter: bool = True


class Watch:
    """Takes what was given to whom, and counts what should not have been."""

    def __init__(self) -> None:
        self.deliveries: Counter[str] = Counter()
        self.findings: Counter[str] = Counter()
        self.kinds: Counter[str] = Counter()
        """The events that were seen, by type."""
        self.told: dict[tuple[str, int], tuple[str, Any]] = {}
        self.announced: set[tuple[str, str]] = set()
        self._needles = Needles()
        self._known: dict[str, int] = {}
        self._canaries: list[Canary] = []
        self._waiting: dict[Viewer, list[bytes]] = defaultdict(list)
        self._sizes: Counter[Viewer] = Counter()
        self._ids: dict[Viewer, set[bytes]] = defaultdict(set)

    @property
    def total(self) -> int:
        return self.deliveries.total()

    def add(self, canary: Canary) -> Canary:
        """Look for its marks from now on, those that it gets later as well."""
        self._canaries.append(canary)
        return canary

    def find(self, what: str) -> None:
        """Something is wrong that is no mark."""
        self.findings[what] += 1

    def look(self, place: str, data: bytes, viewer: Viewer) -> None:
        """One delivery; it is searched together with its neighbours."""
        self.deliveries[place] += 1
        self._waiting[viewer].append(data)
        self._sizes[viewer] += len(data)
        if self._sizes[viewer] > HEAP:
            self._search(viewer)

    def event(self, frame: Mapping[str, Any]) -> None:
        """An event of a run must be the same for all who see it, and as the log has it."""
        self.kinds[frame["type"]] += 1
        if frame["seq"]:
            told = frame["type"], frame["payload"]
            if self.told.setdefault((frame["run_id"], frame["seq"]), told) != told:
                self.find("an event was told under the number of another")

    def finish(self, owners: Mapping[str, str], log: Mapping[tuple[str, int], tuple[str, Any]]) -> None:
        """Search what waits, and hold ids and events against the log; `owners` says which viewer an id belongs to."""
        for viewer in tuple(self._waiting):
            self._search(viewer)
        for viewer, ids in self._ids.items():
            for each in map(bytes.decode, ids):
                owner = owners.get(each, viewer.name)
                if owner not in {viewer.name, *viewer.marks} and each not in viewer.said:
                    self.find(f"{viewer.name} was given the {each[:3]} id of another")
        for key, told in self.told.items():
            if log.get(key) != told:
                self.find("an event was told that the log does not have")
        for user, run_id in self.announced:
            if owners.get(run_id, user) != owners.get(user, user):
                self.find("a run was announced to somebody else's channel")

    def report(self) -> list[str]:
        """What was found, each with its number."""
        return [f"{what}: {count}" for what, count in self.findings.most_common(MOST)]

    def _search(self, viewer: Viewer) -> None:
        self._learn()
        pieces = self._waiting.pop(viewer, [])
        del self._sizes[viewer]
        whole = BETWEEN.join(pieces)
        for data in (whole, *(inner for piece in pieces for _, inner in layers(piece))):
            for match in self._needles.find(data):
                if match.secret.tenant not in viewer.marks:
                    self.find(f"{viewer.name} saw {match.secret.mask} as {match.encoding}")
        if viewer.ids_matter:
            self._ids[viewer].update(ID.findall(whole))

    def _learn(self) -> None:
        for canary in self._canaries:
            for secret in canary.secrets[self._known.get(canary.tenant, 0) :]:
                self._needles.add(secret)
            self._known[canary.tenant] = len(canary.secrets)


def nobody(name: str, *, ids_matter: bool = False) -> Viewer:
    """Eyes for what no tenant's data belongs into."""
    return Viewer(name, frozenset(), ids_matter=ids_matter)


def foreign(findings: Iterable[str]) -> int:
    """How many of the findings are marks or ids of others, and no other breach."""
    return sum(" saw <" in finding or " id of another" in finding for finding in findings)
