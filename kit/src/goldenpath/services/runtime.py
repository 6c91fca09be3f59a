"""The seam between a handle and what a provider runs: every provider offers this and no more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol, Self


@dataclass(frozen=True)
class Endpoint:
    """Where a running service is reached."""

    url: str
    host: str = ""
    port: int | None = None
    socket: Path | None = None
    admin_url: str | None = None
    data_dir: Path | None = None
    env: Mapping[str, str] = field(default_factory=dict)

    def as_record(self) -> dict[str, Any]:
        """As it is written down for the processes that join a stack."""
        return {name: str(value) if isinstance(value, Path) else value for name, value in asdict(self).items()}

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Self:
        """As it was written down."""
        paths = {name: Path(record[name]) for name in ("socket", "data_dir") if record[name]}
        return cls(**{**record, **paths})


class Runtime(Protocol):
    """A service as one provider runs it."""

    @property
    def endpoint(self) -> Endpoint:
        """Where it is reached; complete once `probe` succeeded."""

    def probe(self) -> None:
        """Ask it, by its own protocol, whether it is ready; raises NotReady with what it answered."""

    def death(self) -> str | None:
        """How it ended, in words; None while it runs."""

    def history(self) -> tuple[Sequence[float], float]:
        """When it was launched, and what the same clock says now."""

    def logs(self, lines: int) -> str:
        """The last lines it wrote."""

    def restart(self) -> None:
        """Stop it if it runs, and launch it again with the data it had."""

    def stop(self) -> None:
        """Stop it and wait until it is gone."""

    def leave(self) -> None:
        """Let go of what only this process holds, quickly; the keeper sees to the rest."""
