"""The seam between a handle and what a provider runs: every provider offers this and no more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol


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


class Runtime(Protocol):
    """A service as one provider runs it."""

    @property
    def endpoint(self) -> Endpoint:
        """Where it is reached; complete once `probe` succeeded."""

    def probe(self) -> None:
        """Ask it, by its own protocol, whether it is ready; raises NotReady with what it answered."""

    def death(self) -> str | None:
        """How it ended, in words; None while it runs."""

    def logs(self, lines: int) -> str:
        """The last lines it wrote."""

    def restart(self) -> None:
        """Stop it if it runs, and launch it again with the data it had."""

    def stop(self) -> None:
        """Stop it and wait until it is gone."""
