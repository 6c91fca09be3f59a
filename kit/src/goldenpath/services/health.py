"""How a service and a whole stack are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

State = Literal["ready", "unready", "dead"]


@dataclass(frozen=True)
class Health:
    """The state of a service and what it was judged by."""

    state: State
    detail: str

    @property
    def ok(self) -> bool:
        """Whether the service answers."""
        return self.state == "ready"


@dataclass(frozen=True)
class ServiceReport:
    """One service of a health report."""

    state: State
    detail: str
    kind: str
    provider: str
    reason: str
    url: str
    restarts: int
    last_output: str


@dataclass(frozen=True)
class HealthReport:
    """How every service of a stack is, who runs it and why; URLs without passwords, output of what is not well."""

    stack: str
    services: Mapping[str, ServiceReport]

    @property
    def ok(self) -> bool:
        """Whether every service answers."""
        return all(report.state == "ready" for report in self.services.values())

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        services = {name: asdict(report) for name, report in self.services.items()}
        return {"stack": self.stack, "ok": self.ok, "services": services}

    def __str__(self) -> str:
        lines = [f"stack {self.stack}: {'well' if self.ok else 'NOT WELL'}"]
        for name, each in self.services.items():
            lines.append(f"  {name}: {each.state} ({each.detail}); {each.provider}, because {each.reason}; {each.url}")
            lines.extend(f"    | {line}" for line in each.last_output.splitlines())
        return "\n".join(lines)
