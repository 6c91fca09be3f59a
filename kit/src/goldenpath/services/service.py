"""What a service is: a definition, as data, that every provider understands."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from goldenpath.services.errors import DefinitionError
from goldenpath.services.limiter import RestartLimit
from goldenpath.services.ready import Ready

NAME: Final = re.compile(r"[a-z][a-z0-9_-]{0,29}")
KNOWN: Final = ("postgres", "redis", "clickhouse")
"""The kinds that need nothing but their name."""
KINDS: Final = (*KNOWN, "command", "image", "address")


@dataclass(frozen=True)
class Limits:
    """What a service may use; only the docker provider can enforce it."""

    memory: str | None = None
    cpus: float | None = None


@dataclass(frozen=True)
class Service:
    """A service of a stack: a known kind (`Service("postgres")`), a command of yours, or an image.

    With an image, `command` is what runs in it instead of the image's own.
    `needs` names the services that must be ready before it. `env` and `command` may refer to them:
    `{"DATABASE_URL": "{postgres.url}"}`. `options` are the server's own settings, such as `{"wal_level": "logical"}`.
    `tcp=True` lets it listen on a free port of the loopback as well as on its Unix socket, and `tcp=5433` on that one.
    """

    name: str
    kind: str = ""
    needs: Sequence[str] = ()
    provider: str | None = None
    version: str | None = None
    tcp: bool | int = False
    options: Mapping[str, str] = field(default_factory=dict)
    command: Sequence[str] | None = None
    image: str | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: str | Path | None = None
    ready: Ready | None = None
    limits: Limits = Limits()
    url: str | None = None
    start_timeout: float = 30.0
    stop_timeout: float = 5.0
    restart_limit: RestartLimit = field(default_factory=RestartLimit)

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name):
            raise DefinitionError(
                f"{self.name!r} cannot name a service: use up to 30 of a-z, 0-9, '-' and '_', a letter first"
            )
        if self.url is not None and (self.command is not None or self.image is not None):
            raise DefinitionError(
                f"service {self.name!r}: url= says that it runs already, so it has neither command= nor image="
            )
        if isinstance(self.needs, str) or isinstance(self.command, str):
            raise DefinitionError(f"service {self.name!r}: needs= and command= are lists of strings, not one string")
        if self.command is not None and not self.command:
            raise DefinitionError(f"service {self.name!r} has an empty command; give the program and its arguments")
        object.__setattr__(self, "kind", self.kind or self._kind())
        if self.kind not in KINDS:
            raise DefinitionError(f"service {self.name!r}: there is no kind {self.kind!r}; use {', '.join(KINDS)}")

    def _kind(self) -> str:
        if self.image is not None:
            return self.name if self.name in KNOWN else "image"
        if self.command is not None:
            return "command"
        if self.name in KNOWN:
            return self.name
        if self.url is not None:
            return "address"
        near = get_close_matches(self.name, KNOWN, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(KNOWN)}"
        raise DefinitionError(
            f"there is no service {self.name!r}; {hint} Anything else needs a command= or an image=, "
            f"or kind= one of the known, as in Service({self.name!r}, kind='postgres')"
        )

    @property
    def fixed_port(self) -> int | None:
        """The port it was told to listen on; None for any."""
        return None if isinstance(self.tcp, bool) else self.tcp
