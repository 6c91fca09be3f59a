"""The usage records that the demo's tenants bring: months of a company, made by the backend's own generator."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, field
from typing import Final, NamedTuple

GENERATOR: Final = (sys.executable, "-m", "agent_backend.usage")


class Company(NamedTuple):
    """A tenant, and how its records are made: the same ones in every run."""

    name: str
    seed: int
    days: int


COMPANIES: Final = (Company("acme", 7, 90), Company("globex", 11, 45), Company("initech", 23, 30))


class UsageMissing(Exception):
    """The backend's generator gave no records."""


@dataclass(frozen=True)
class Tenant:
    """A tenant of the demo and the usage records it brings."""

    name: str
    usage: bytes = field(repr=False)

    @property
    def records(self) -> int:
        """How many there are."""
        return self.usage.count(b"\n") - 1


class Harvest:
    """The generators at work, beside whatever else starts meanwhile."""

    def __init__(self) -> None:
        self._begun = [(company.name, _begin(company)) for company in COMPANIES]

    def tenants(self) -> list[Tenant]:
        """Wait for all of them."""
        return [Tenant(name, _gathered(name, generator)) for name, generator in self._begun]


def _begin(company: Company) -> subprocess.Popen[bytes]:
    command = [*GENERATOR, "--seed", str(company.seed), "--days", str(company.days)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def _gathered(name: str, generator: subprocess.Popen[bytes]) -> bytes:
    with generator:
        records, complaints = generator.communicate()
    if generator.returncode:
        raise UsageMissing(f"no records for {name}: {complaints.decode(errors='replace').strip()}")
    return records
