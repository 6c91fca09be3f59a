"""What all external services have in common: a corner of a server that is not ours to stop."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from typing import Final

from goldenpath.services.errors import ServiceError
from goldenpath.services.runtime import Endpoint
from goldenpath.services.service import Service
from goldenpath.services.site import Site

PREFIX: Final = "goldenpath_"
"""How everything is called that is made on an external server; nothing else there is ever touched."""
CONNECT_TIMEOUT: Final = 3


class Corner:
    """Part of an external server, set apart for one stack."""

    def __init__(
        self,
        service: Service,
        endpoint: Endpoint,
        probe: Callable[[], None],
        give_back: Callable[[], None] | None = None,
    ) -> None:
        self._name = service.name
        self.endpoint = endpoint
        self.probe = probe
        self._give_back = give_back

    def death(self) -> str | None:
        """Never: a server that does not answer may be anywhere between here and there."""
        return None

    def history(self) -> tuple[list[float], float]:
        """Nothing was launched."""
        return [], 0.0

    def logs(self, lines: int) -> str:
        """Where to look."""
        return "(an external server keeps its own log)"

    def restart(self) -> None:
        """Refuse: it is not ours."""
        raise ServiceError(f"service {self._name!r} is external; it is not this stack's to restart")

    def stop(self) -> None:
        """Give the corner back."""
        if self._give_back is not None:
            self._give_back()

    def leave(self) -> None:
        """Nothing: the keeper gives the corner back."""


def corner_name(service: Service, site: Site) -> str:
    """What the stack's corner is called: the prefix, the stack, the service."""
    return f"{PREFIX}{site.identity}_{service.name.replace('-', '_')}"


def give_back_at_the_end(site: Site, kind: str, url: str, name: str) -> None:
    """Have the keeper remove the corner however this process ends; said before the corner is made."""
    env = {**site.environ, "PYTHONPATH": os.pathsep.join(os.path.abspath(path) for path in sys.path)}
    order = json.dumps({"kind": kind, "url": url, "name": name})
    site.keeper.farewell([sys.executable, "-m", "goldenpath.services.external.farewell"], env, order)
