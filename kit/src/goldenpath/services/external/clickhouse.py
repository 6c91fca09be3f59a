"""A database of its own on a ClickHouse server of yours."""

from __future__ import annotations

from functools import partial
from typing import Any
from urllib.parse import urlsplit

from goldenpath.services.clients import driver
from goldenpath.services.errors import DefinitionError, UnavailableError
from goldenpath.services.external.corner import CONNECT_TIMEOUT, Corner, corner_name, give_back_at_the_end
from goldenpath.services.ready import NotReady
from goldenpath.services.runtime import Endpoint
from goldenpath.services.service import Service
from goldenpath.services.site import Site
from goldenpath.services.urls import masked, with_path


def launch(service: Service, site: Site, url: str) -> Corner:
    """Create the database; it is dropped when the stack ends."""
    if url.startswith("chdb:"):
        raise DefinitionError(f"service {service.name!r}: {url} is ClickHouse inside a process, not a server")
    name = corner_name(service, site)
    with _connected(service.name, url) as server:
        give_back_at_the_end(site, "clickhouse", url, name)
        server.command(f"CREATE DATABASE `{name}`")
    own = with_path(url, name)
    parts = urlsplit(own)
    endpoint = Endpoint(url=own, host=parts.hostname or "", port=parts.port, admin_url=url, env={"CLICKHOUSE_URL": own})
    return Corner(service, endpoint, partial(_probe, own), partial(give_back, url, name))


def give_back(url: str, name: str) -> None:
    """Drop the database."""
    with driver("clickhouse_connect").get_client(dsn=url, connect_timeout=CONNECT_TIMEOUT) as server:
        server.command(f"DROP DATABASE IF EXISTS `{name}` SYNC")


def _probe(url: str) -> None:
    clickhouse = driver("clickhouse_connect")
    try:
        with clickhouse.get_client(dsn=url, connect_timeout=CONNECT_TIMEOUT) as client:
            client.command("SELECT 1")
    except clickhouse.driver.exceptions.Error as error:
        raise NotReady(str(error)) from None


def _connected(name: str, url: str) -> Any:
    clickhouse = driver("clickhouse_connect")
    try:
        return clickhouse.get_client(dsn=url, connect_timeout=CONNECT_TIMEOUT, send_receive_timeout=10)
    except (clickhouse.driver.exceptions.Error, ValueError) as error:
        raise UnavailableError(
            f"service {name!r}: no connection to {masked(url)}: {error} - is the address right, is the server up, and "
            "does it speak TLS exactly when the URL says so (clickhouses:// or secure=true)?"
        ) from None
