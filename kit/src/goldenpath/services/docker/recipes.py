"""How each kind of service runs in a container: its image, its settings, its address, how to ask whether it is up."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Final, Protocol
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from goldenpath.services import wire
from goldenpath.services.docker.definition import ContainerService
from goldenpath.services.ready import Accepts, Answers
from goldenpath.services.runtime import Endpoint
from goldenpath.services.service import Service

REDIS_SETTINGS: Final = "/goldenpath.conf"


class Recipe(Protocol):
    """What launching a container needs to know of a kind."""

    def define(self, service: ContainerService, secret: str) -> ContainerService:
        """The service with everything filled in that its kind says."""

    def endpoint(self, service: ContainerService, host: str, port: int | None) -> Endpoint:
        """Where the service, as it was defined, is reached at this host and port."""

    def ask(self, endpoint: Endpoint) -> None:
        """Ask it, by its own protocol, whether it is ready; raises NotReady. Nothing when its kind has no protocol."""


class Postgres:
    """The official image, or one that takes the same variables; nothing is written through to a disk."""

    OPTIONS: Final = {"fsync": "off", "full_page_writes": "off", "max_connections": "200", "timezone": "UTC"}

    def define(self, service: ContainerService, secret: str) -> ContainerService:
        """Its variables set user and password, its arguments the server's options."""
        env = {
            "POSTGRES_USER": "postgres",
            "POSTGRES_PASSWORD": secret,
            "POSTGRES_INITDB_ARGS": "--no-sync --auth-host=scram-sha-256",
        }
        settings = [f"--{key}={value}" for key, value in {**self.OPTIONS, **service.options}.items()]
        command = service.command or ["postgres", *settings]
        return _filled(service, image=f"postgres:{service.version or 17}", port=5432, env=env, command=command)

    def endpoint(self, service: ContainerService, host: str, port: int | None) -> Endpoint:
        """A URL with the password."""
        user, password = service.env["POSTGRES_USER"], service.env["POSTGRES_PASSWORD"]
        database = service.env.get("POSTGRES_DB", user)
        url = f"postgresql://{quote(user, safe='')}:{quote(password, safe='')}@{host}:{port}/{quote(database, safe='')}"
        variables = {"PGHOST": host, "PGPORT": str(port), "PGUSER": user}
        variables |= {"PGPASSWORD": password, "PGDATABASE": database}
        return Endpoint(url=url, host=host, port=port, admin_url=url, env={"DATABASE_URL": url, **variables})

    def ask(self, endpoint: Endpoint) -> None:
        """Log in and run a query."""
        parts = urlsplit(endpoint.url)
        user, database = unquote(parts.username or ""), unquote(parts.path[1:])
        wire.ask_postgres(_at(endpoint), user, database, password=_password(endpoint))


class Redis:
    """Redis or Valkey; the password is in a file, where `ps` does not show it."""

    def define(self, service: ContainerService, secret: str) -> ContainerService:
        """The images of both run a settings file that they are given as their command; a command of yours stays."""
        if service.command is not None:
            return _filled(service, image=service.image or "", port=6379, env={}, command=service.command)
        options = {"requirepass": secret, "save": "", "appendonly": "no", "bind": "0.0.0.0", **service.options}
        content = "".join(f'{key} "{value}"\n' for key, value in options.items()).encode()
        filled = _filled(service, image=f"redis:{service.version or 8}", port=6379, env={}, command=[REDIS_SETTINGS])
        return replace(filled, files={REDIS_SETTINGS: content, **filled.files})

    def endpoint(self, service: ContainerService, host: str, port: int | None) -> Endpoint:
        """A URL with the password."""
        password = _required(service)
        login = f":{quote(password, safe='')}@" if password else ""
        url = f"redis://{login}{host}:{port}/0"
        return Endpoint(url=url, host=host, port=port, env={"REDIS_URL": url})

    def ask(self, endpoint: Endpoint) -> None:
        """PING it."""
        wire.ask_redis(_at(endpoint), _password(endpoint))


class ClickHouse:
    """The official image, over HTTP."""

    def define(self, service: ContainerService, secret: str) -> ContainerService:
        """Its variables set the user and the password."""
        env = {"CLICKHOUSE_USER": "default", "CLICKHOUSE_PASSWORD": secret}
        image = f"clickhouse/clickhouse-server:{service.version or '25.8'}"
        return _filled(service, image=image, port=8123, env=env, command=service.command)

    def endpoint(self, service: ContainerService, host: str, port: int | None) -> Endpoint:
        """A URL with the password."""
        user, password = service.env["CLICKHOUSE_USER"], service.env["CLICKHOUSE_PASSWORD"]
        database = service.env.get("CLICKHOUSE_DB", "default")
        url = f"clickhouse://{quote(user, safe='')}:{quote(password, safe='')}@{host}:{port}/{quote(database, safe='')}"
        return Endpoint(url=url, host=host, port=port, admin_url=url, env={"CLICKHOUSE_URL": url})

    def ask(self, endpoint: Endpoint) -> None:
        """Its ping is answered before it is asked for a user."""
        Answers(f"http://{endpoint.host}:{endpoint.port}/ping").check()


class AnyImage:
    """An image of the user's."""

    def define(self, service: ContainerService, secret: str) -> ContainerService:
        """The port in the URL of its `ready` is the one to publish."""
        named = urlsplit(service.ready.url).port if isinstance(service.ready, Answers | Accepts) else None
        return replace(service, port=service.port or named)

    def endpoint(self, service: ContainerService, host: str, port: int | None) -> Endpoint:
        """The URL of its `ready`, at this host and port; without one a plain address."""
        if port is None:
            return Endpoint(url="")
        named = service.ready.url if isinstance(service.ready, Answers | Accepts) else "tcp://"
        return located(service, named, host, port)

    def ask(self, endpoint: Endpoint) -> None:
        """Nothing: what to ask is said by `ready` or the health check."""


def located(service: Service, url: str, host: str, port: int) -> Endpoint:
    """The endpoint of a service that says its URL as it is inside its container."""
    outside = urlunsplit(urlsplit(url)._replace(netloc=f"{host}:{port}"))
    variable = service.name.upper().replace("-", "_") + "_URL"
    return Endpoint(url=outside, host=host, port=port, env={variable: outside})


RECIPES: Final[Mapping[str, Recipe]] = {
    "postgres": Postgres(),
    "redis": Redis(),
    "clickhouse": ClickHouse(),
    "image": AnyImage(),
}


def as_container(service: Service) -> ContainerService:
    """The definition with the settings that only containers have, at their defaults if it has none."""
    if isinstance(service, ContainerService):
        return service
    return ContainerService(**{each.name: getattr(service, each.name) for each in fields(Service)})


def _filled(
    service: ContainerService, *, image: str, port: int, env: Mapping[str, str], command: Sequence[str] | None
) -> ContainerService:
    return replace(
        service,
        image=service.image or image,
        port=service.port or port,
        env={**env, **service.env},
        command=command,
    )


def _at(endpoint: Endpoint) -> tuple[str, int]:
    assert endpoint.port is not None
    return endpoint.host, endpoint.port


def _password(endpoint: Endpoint) -> str:
    return unquote(urlsplit(endpoint.url).password or "")


def _required(service: ContainerService) -> str:
    """The password that a Redis was told to ask for: in its settings file, or in a command of the user's."""
    words = shlex.split(service.files.get(REDIS_SETTINGS, b"").decode()) or list(service.command or ())
    for option in ("requirepass", "--requirepass"):
        if option in words[:-1]:
            return words[words.index(option) + 1]
    return ""
