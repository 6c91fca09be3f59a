"""What only containers have: a service definition with ports, mounts and a health check."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from goldenpath.services.errors import DefinitionError
from goldenpath.services.service import KNOWN, Service

VOLUME_NAME: Final = re.compile(r"[A-Za-z0-9][\w.-]*")


@dataclass(frozen=True)
class Mount:
    """A directory of this machine, or a named volume of the run's own, as a container sees it."""

    source: str
    target: str
    kind: Literal["bind", "volume"] = "bind"
    read_only: bool = False

    def __post_init__(self) -> None:
        if not self.target.startswith("/"):
            raise DefinitionError(f"{self.target!r} is no place for a mount; name it from the root, as in /data")
        if self.kind == "volume" and not VOLUME_NAME.fullmatch(self.source):
            raise DefinitionError(f"{self.source!r} cannot name a volume; use letters, digits, '_', '.' and '-'")


@dataclass(frozen=True)
class Healthcheck:
    """A command that the engine runs in the container to learn whether the service is ready; times are in seconds."""

    test: Sequence[str]
    interval: float = 1.0
    timeout: float = 5.0
    retries: int = 3
    start_period: float = 0.0

    def as_engine_wants(self) -> dict[str, object]:
        """With times in nanoseconds."""
        seconds = {"interval": self.interval, "timeout": self.timeout, "start_period": self.start_period}
        times = {name: int(value * 1e9) for name, value in seconds.items()}
        return {"test": list(self.test), "retries": self.retries, **times}


@dataclass(frozen=True)
class Build:
    """An image made from a Dockerfile."""

    context: str | Path
    dockerfile: str = "Dockerfile"
    args: Mapping[str, str] = field(default_factory=dict)
    target: str | None = None

    @property
    def repository(self) -> str:
        """Where an image without a name goes: equal builds to one place, different ones never to the same."""
        place = repr([str(Path(self.context).absolute()), self.dockerfile, sorted(self.args.items()), self.target])
        return f"goldenpath-build-{hashlib.sha256(place.encode()).hexdigest()[:12]}"


@dataclass(frozen=True)
class ContainerService(Service):
    """A service that runs in a container, with the settings that only containers have.

    `port` is what it listens on inside; it need be said only when neither `ready` nor the image says it. `ports` are
    further ports to publish, each to a free one (None) or to a certain one. `files` are put into the container before
    it starts.
    """

    port: int | None = None
    ports: Mapping[int, int | None] = field(default_factory=dict)
    mounts: Sequence[Mount] = ()
    tmpfs: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)
    entrypoint: Sequence[str] | None = None
    user: str | None = None
    healthcheck: Healthcheck | None = None
    build: Build | None = None

    def __post_init__(self) -> None:
        if self.build is not None and self.image is None:
            object.__setattr__(self, "image", f"{self.build.repository}/{self.name}")
        super().__post_init__()
        if self.image is None and self.kind not in KNOWN:
            raise DefinitionError(f"service {self.name!r} is to run in a container, so it needs an image= or a build=")
        for port in (*self.ports, *([] if self.port is None else [self.port])):
            if not 0 < port < 65536:
                raise DefinitionError(f"service {self.name!r}: {port} is no port; ports are 1 to 65535")
