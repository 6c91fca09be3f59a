"""A database of its own on a PostgreSQL server of yours."""

from __future__ import annotations

from functools import partial
from typing import Any
from urllib.parse import unquote, urlsplit

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
    psycopg = driver("psycopg")
    name = corner_name(service, site)
    with _connected(service.name, url) as connection:
        give_back_at_the_end(site, "postgres", url, name)
        try:
            connection.execute(f'CREATE DATABASE "{name}"')
        except psycopg.errors.InsufficientPrivilege:
            raise UnavailableError(
                f"service {service.name!r}: user {connection.info.user!r} may not create databases at {masked(url)}; "
                f"ALTER ROLE {connection.info.user} CREATEDB"
            ) from None
        info = connection.info
        host, port = info.host, info.port
    own = with_path(url, name)
    parts = urlsplit(url)
    variables = {"PGHOST": host, "PGPORT": str(port), "PGDATABASE": name}
    variables |= {"PGUSER": unquote(parts.username)} if parts.username else {}
    variables |= {"PGPASSWORD": unquote(parts.password)} if parts.password else {}
    endpoint = Endpoint(url=own, host=host, port=port, admin_url=url, env={"DATABASE_URL": own, **variables})
    return Corner(service, endpoint, partial(_probe, own), partial(give_back, url, name))


def give_back(url: str, name: str) -> None:
    """Drop the database, whoever is still connected to it."""
    with driver("psycopg").connect(url, connect_timeout=CONNECT_TIMEOUT, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _probe(url: str) -> None:
    psycopg = driver("psycopg")
    try:
        with psycopg.connect(url, connect_timeout=CONNECT_TIMEOUT) as connection:
            connection.execute("SELECT 1")
    except psycopg.Error as error:
        raise NotReady(str(error).strip()) from None


def _connected(name: str, url: str) -> Any:
    psycopg = driver("psycopg")
    try:
        return psycopg.connect(url, connect_timeout=CONNECT_TIMEOUT, autocommit=True)
    except psycopg.ProgrammingError as error:
        raise DefinitionError(f"service {name!r}: {masked(url)} is not a PostgreSQL URL: {error}") from None
    except psycopg.OperationalError as error:
        raise UnavailableError(
            f"service {name!r}: no connection to {masked(url)}: {str(error).strip()}{_hint(str(error))}"
        ) from None


def _hint(message: str) -> str:
    """What mends the usual mistakes with TLS and addresses."""
    if "server does not support SSL" in message:
        return " - the URL demands TLS and the server has none: sslmode=prefer or sslmode=disable"
    if "root certificate file" in message or "certificate verify failed" in message:
        return " - name the certificate authority with sslrootcert=/path/to/ca.pem, or lower sslmode"
    if "no encryption" in message or "SSL required" in message:
        return " - the server demands TLS: sslmode=require"
    if "sslmode value" in message:
        return " - sslmode is one of disable, allow, prefer, require, verify-ca, verify-full"
    return " - is the address right, and is the server up?"
