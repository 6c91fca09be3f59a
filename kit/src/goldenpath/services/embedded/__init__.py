"""Services that run on this machine from binaries, without Docker."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any, Final

from goldenpath.services.errors import DefinitionError, UnavailableError
from goldenpath.services.runtime import Endpoint, Runtime
from goldenpath.services.service import Service
from goldenpath.services.site import Site

__all__ = ["adopt", "launch", "obstacle"]

HOMES: Final = {
    "postgres": "goldenpath.services.embedded.postgres",
    "redis": "goldenpath.services.embedded.redis",
    "clickhouse": "goldenpath.services.embedded.clickhouse",
    "command": "goldenpath.services.embedded.command",
}


def obstacle(service: Service, environ: Mapping[str, str]) -> str | None:
    """Why the service cannot be embedded here; None when it can."""
    if service.image is not None or service.kind not in HOMES:
        what = "an image" if service.image is not None else service.kind
        return f"{what} cannot be embedded ({', '.join(HOMES)} can); use 'docker' or 'external'"
    return None


def launch(service: Service, site: Site) -> Runtime:
    """Start a service of any kind that can be embedded; it may still be starting when this returns."""
    runtime: Runtime = _home(service).launch(service, site)
    return runtime


def adopt(service: Service, site: Site, endpoint: Endpoint) -> Runtime:
    """Use the service that another process launched."""
    runtime: Runtime = _home(service).adopt(service, site, endpoint)
    return runtime


def _home(service: Service) -> Any:
    hindrance = obstacle(service, {})
    if hindrance:
        raise DefinitionError(f"service {service.name!r}: {hindrance}")
    if service.limits.memory or service.limits.cpus:
        raise UnavailableError(
            f"service {service.name!r}: only the docker provider can enforce limits; drop limits= or use 'docker'"
        )
    return import_module(HOMES[service.kind])
