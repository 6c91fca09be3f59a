"""Services that run on this machine from binaries, without Docker."""

from __future__ import annotations

from importlib import import_module
from typing import Final

from goldenpath.services.errors import DefinitionError
from goldenpath.services.runtime import Runtime
from goldenpath.services.service import Service
from goldenpath.services.site import Site

__all__ = ["launch"]

HOMES: Final = {
    "postgres": "goldenpath.services.embedded.postgres",
    "redis": "goldenpath.services.embedded.redis",
    "command": "goldenpath.services.embedded.command",
}


def launch(service: Service, site: Site) -> Runtime:
    """Start a service of any kind that can be embedded; it may still be starting when this returns."""
    home = HOMES.get(service.kind)
    if home is None:
        raise DefinitionError(
            f"service {service.name!r}: {service.kind} cannot be embedded ({', '.join(HOMES)} can); "
            "use provider='docker' or 'external'"
        )
    runtime: Runtime = import_module(home).launch(service, site)
    return runtime
