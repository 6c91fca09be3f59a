"""Events as a scenario says they are to be read, and as the contract wants to see them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from goldenpath.contracts import EventContract
from goldenpath.contracts.paths import getter
from goldenpath.contracts.presets import contract_named
from goldenpath.probe.scenario import Scenario

Event = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Seen:
    """What matters of one event."""

    type: str
    run: str | None
    seq: int | None
    epoch: Any
    event: dict[str, Any]


class Reading:
    """Reads the events of one scenario."""

    def __init__(self, scenario: Scenario) -> None:
        fields = scenario.fields
        self.contract: EventContract = contract_named(scenario.contract)
        self.refusals = frozenset(fields.refusals) | (self.contract.terminal - self.contract.last)
        self.spare = (frozenset(fields.ignore) | frozenset(fields.refusals) | self.contract.outside) - (
            frozenset(self.contract.events) - self.contract.outside
        )
        """Types that belong to no run."""
        self.reset = scenario.resume.reset if scenario.resume is not None else None
        self._type, self._run = getter(fields.type), getter(fields.run)
        self._seq, self._epoch = getter(fields.seq), getter(fields.epoch)
        self._as_it_is = (fields.type, fields.run) == (self.contract.type_key, self.contract.run_key)

    def of(self, event: dict[str, Any]) -> Seen:
        """What matters of an event."""
        type_, run, seq = self._type(event), self._run(event), self._seq(event)
        return Seen(
            type_ if isinstance(type_, str) else "",
            str(run) if isinstance(run, (str, int)) and not isinstance(run, bool) else None,
            seq if isinstance(seq, int) and not isinstance(seq, bool) else None,
            self._epoch(event),
            event,
        )

    def canonical(self, seen: Seen) -> dict[str, Any]:
        """The event with its type and run where the contract looks for them."""
        if self._as_it_is:
            return seen.event
        contract = self.contract
        return {**seen.event, contract.type_key: seen.type, contract.run_key: seen.run}
