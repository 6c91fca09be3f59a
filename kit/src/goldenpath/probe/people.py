"""The users that a probe brings along: throwaway accounts, each with a canary of its own."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from goldenpath.probe.scenario import Scenario
from goldenpath.tenancy import Canary

MARK = "question"
"""The label of the mark that a user puts into its questions."""


@dataclass(slots=True)
class Person:
    """One user; `first` is the first of its tenant, `theirs` whose things it looks at."""

    tenant: str
    user: str
    canary: Canary
    seed: str
    first: Person | None = None
    theirs: Person | None = None
    values: dict[str, Any] = field(default_factory=dict)
    moment: dict[str, Any] = field(default_factory=dict)
    """Values of the message that is being written."""

    @property
    def name(self) -> str:
        """Who it is, for people."""
        return f"{self.tenant}/{self.user}"

    def value(self, name: str) -> Any:
        """What fills a gap of this name."""
        owner, _, key = name.rpartition(".")
        if owner:
            other = self.first if owner == "first" else self.theirs
            return (other or self).value(key)
        if key == "unique":
            return secrets.token_hex(16)
        if key in self.moment:
            return self.moment[key]
        return self.values[key]


def population(scenario: Scenario, seed: str, share: int = 0) -> list[list[Person]]:
    """The users of one process, tenant by tenant; the same for the same seed and share."""
    return [
        _tenant(scenario, seed, f"probe-{seed[:8]}-{share * scenario.load.tenants + number + 1}")
        for number in range(scenario.load.tenants)
    ]


def everybody(scenario: Scenario, seed: str, shares: int) -> Iterator[Person]:
    """The users of all processes: each must know the marks of all."""
    for share in range(shares):
        for tenant in population(scenario, seed, share):
            yield from tenant


def _tenant(scenario: Scenario, seed: str, tenant: str) -> list[Person]:
    shared = Canary(tenant, seed=seed)
    people: list[Person] = []
    for number in range(scenario.load.users):
        user = f"user{number + 1}"
        own = Canary(f"{tenant}/{user}", seed=seed) if scenario.isolation.between == "users" else shared
        person = Person(tenant, user, own, seed, people[0] if people else None)
        person.values = {
            "tenant": tenant,
            "user": user,
            "seed": seed,
            "email": f"{user}@{tenant}.example",
            "password": Canary(f"password of {tenant}/{user}", seed=seed).token("password"),
            "canary": own.token(MARK),
        }
        people.append(person)
    return people
