"""Services in Docker, behind the seam that every provider stands behind."""

from __future__ import annotations

from collections.abc import Mapping

from goldenpath.services.docker import launching
from goldenpath.services.docker.belongings import SERVICE, Belonging, clear, of_stack, orphans
from goldenpath.services.docker.container import Container
from goldenpath.services.docker.engine import connect
from goldenpath.services.docker.territory import Territory, settle
from goldenpath.services.errors import ServiceError, UnavailableError
from goldenpath.services.runtime import Endpoint
from goldenpath.services.service import Service
from goldenpath.services.site import Site


def obstacle(service: Service | None, environ: Mapping[str, str]) -> str | None:
    """Why there is no Docker here; None when an engine answers."""
    try:
        connect(environ)
    except UnavailableError as error:
        return str(error)
    return None


def launch(service: Service, site: Site) -> Container:
    """Start the service in a container."""
    return launching.launch(service, site, settle(connect(site.environ), site))


def adopt(service: Service, site: Site, endpoint: Endpoint) -> Container:
    """Use the container that another process started."""
    return launching.adopt(service, Territory(connect(site.environ), site.keeper.directory), endpoint)


def tail(identity: str, service: str, lines: int, environ: Mapping[str, str]) -> str:
    """The last lines that a container of a stack wrote."""
    for each in of_stack(connect(environ), identity):
        if each.kind == "containers" and each.thing.labels.get(SERVICE) == service:
            return str(each.thing.logs(tail=lines).decode(errors="replace")).rstrip("\n")
    raise ServiceError(f"stack {identity} has no container of {service!r} on the engine")


def reap(environ: Mapping[str, str]) -> list[Belonging]:
    """Remove what dead stacks of this user left on the engine; the living are not touched."""
    engine = connect(environ)
    return clear(lambda: orphans(engine))
