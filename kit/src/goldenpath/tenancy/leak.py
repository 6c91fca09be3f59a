"""What can be wrong between tenants: rules with stable ids, and one finding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class LeakRule:
    """One way in which one tenant learns something of another."""

    id: str
    name: str
    mends: str


RULES: Final = {
    rule.id: rule
    for rule in (
        LeakRule("TL001", "data seen", "the path and the encoding say by which way it came there"),
        LeakRule("TL002", "existence told", "answer as to a thing that does not exist: 404"),
        LeakRule("TL003", "told apart", "give the same answer as to a thing that does not exist, to the byte"),
        LeakRule("TL004", "let in", "refuse it: 404, or 403 where it is no secret that the thing exists"),
    )
}


@dataclass(frozen=True)
class Leak:
    """One tenant's data, or the knowledge that it exists, where another tenant can see it."""

    rule: str
    tenant: str
    """Whose it is."""
    seen_by: str
    place: str
    where: str
    """What was looked at, in the test's own words."""
    path: str = ""
    label: str = ""
    encoding: str = ""
    excerpt: str = ""
    """What stands around it, with every secret masked."""
    detail: str = ""
    seed: int | None = None

    def __str__(self) -> str:
        whose = f"{self.tenant}'s {self.label}" if self.label else f"something of {self.tenant}'s"
        encoded = f" ({self.encoding})" if self.encoding not in {"", "plain"} else ""
        said = self.detail or f"{whose}{encoded} is seen by {self.seen_by}"
        under = f", seed {self.seed}" if self.seed is not None else ""
        at = f" at {self.path}" if self.path else ""
        return f"{self.rule} {RULES[self.rule].name}: {said}, in {self.place} {self.where!r}{at}{under}"
