"""Services in Docker, behind the seam that every provider stands behind."""

from __future__ import annotations

from collections.abc import Mapping

from goldenpath.services.docker import launching
from goldenpath.services.docker.container import Container
from goldenpath.services.docker.engine import connect
from goldenpath.services.docker.territory import Territory, settle
from goldenpath.services.errors import UnavailableError
from goldenpath.services.runtime import Endpoint
from goldenpath.services.service import Service
from goldenpath.services.site import Site


def obstacle(service: Service, environ: Mapping[str, str]) -> str | None:
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
