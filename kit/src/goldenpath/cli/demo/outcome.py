"""All that a demo did, for those who tell it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from goldenpath.cli.demo.check import Check
from goldenpath.cli.demo.isolation import isolation_check
from goldenpath.cli.demo.journey import Journey
from goldenpath.cli.demo.sins import Confession
from goldenpath.cli.demo.takeover import Takeover
from goldenpath.tenancy import LeakReport


@dataclass(frozen=True)
class Outcome:
    """What came out."""

    journeys: list[Journey]
    takeover: Takeover
    isolation: LeakReport
    confession: Confession
    seconds: float

    @property
    def general(self) -> list[Check]:
        """The promises that are to nobody in particular."""
        return [self.takeover.check(), isolation_check(self.isolation), self.confession.check()]

    def checks(self) -> Iterator[Check]:
        """Every promise."""
        for journey in self.journeys:
            yield from journey.checks
        yield from self.general

    @property
    def promised(self) -> int:
        """How many there are."""
        return len(list(self.checks()))

    @property
    def held(self) -> int:
        """How many held."""
        return sum(check.held for check in self.checks())

    @property
    def ok(self) -> bool:
        """Whether all did."""
        return self.held == self.promised

    @property
    def events(self) -> int:
        """How many events of runs were streamed."""
        return sum(len(journey.moments) for journey in self.journeys)
