"""A command or image of yours that already runs somewhere."""

from __future__ import annotations

from urllib.parse import urlsplit

from goldenpath.services.errors import UnavailableError
from goldenpath.services.external.corner import Corner
from goldenpath.services.ready import NotReady, connect
from goldenpath.services.runtime import Endpoint
from goldenpath.services.service import Service
from goldenpath.services.site import Site
from goldenpath.services.urls import masked


def launch(service: Service, site: Site, url: str) -> Corner:
    """Use it where it is, once its port answers."""
    try:
        connect(url)
    except NotReady as error:
        raise UnavailableError(f"service {service.name!r}: {masked(url)}: {error}") from None
    parts = urlsplit(url)
    variable = service.name.upper().replace("-", "_") + "_URL"
    endpoint = Endpoint(url=url, host=parts.hostname or "", port=parts.port, env={variable: url})
    return Corner(service, endpoint, lambda: connect(url))
