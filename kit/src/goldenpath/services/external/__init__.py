"""Services that somebody else runs: a corner of a server of yours, set apart for a stack and given back at its end."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Final

from goldenpath.services.errors import DefinitionError
from goldenpath.services.external.hosts import refuse_production
from goldenpath.services.provider import url_variable
from goldenpath.services.runtime import Endpoint, Runtime
from goldenpath.services.service import Service
from goldenpath.services.site import Site

__all__ = ["adopt", "launch", "obstacle"]

HOMES: Final = {
    "postgres": "goldenpath.services.external.postgres",
    "redis": "goldenpath.services.external.redis",
    "clickhouse": "goldenpath.services.external.clickhouse",
    "command": "goldenpath.services.external.address",
    "image": "goldenpath.services.external.address",
    "address": "goldenpath.services.external.address",
}


def obstacle(service: Service, environ: Mapping[str, str]) -> str | None:
    """Why there is no external service; None when its URL is known."""
    if service.url or environ.get(url_variable(service)):
        return None
    return f"neither url= nor {url_variable(service)} says where it is"


def launch(service: Service, site: Site) -> Runtime:
    """Take a corner of the server at the service's URL."""
    missing = obstacle(service, site.environ)
    if missing:
        raise DefinitionError(f"service {service.name!r} is to be external, but {missing}")
    url = service.url or site.environ[url_variable(service)]
    refuse_production(service.name, url, site.environ)
    runtime: Runtime = import_module(HOMES[service.kind]).launch(service, site, url)
    return runtime


def adopt(service: Service, site: Site, endpoint: Endpoint) -> Runtime:
    """Take a corner of one's own: an external server is shared as it is."""
    return launch(service, site)
