"""The connection to a Docker engine, and the reason when there is none."""

from __future__ import annotations

import atexit
import os
import socket
import stat
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from goldenpath.services.clients import driver
from goldenpath.services.docker.context import Address, find_address
from goldenpath.services.docker.host import HostFacts, published_on, reached_at, this_host
from goldenpath.services.errors import ServiceError, UnavailableError

if TYPE_CHECKING:
    from docker import DockerClient

FIRST_ANSWER: Final = 2
"""Seconds within which an engine must say that it is there."""
PATIENCE: Final = 60
"""Seconds for what may take longer: building an image, starting many containers on a busy machine."""


class Engine:
    """A Docker engine that answers."""

    def __init__(self, client: DockerClient, address: Address, facts: HostFacts) -> None:
        self.client = client
        self.address = address
        self.facts = facts

    @property
    def publish_on(self) -> str:
        """On which of its addresses the engine publishes ports."""
        return published_on(self.address.url, self.facts)

    @property
    def host(self) -> str:
        """Where published ports are reached from here."""
        return reached_at(self.address.url, self.facts)

    def version(self) -> str:
        """The engine's version."""
        with self.asked("say its version"):
            return str(self.client.version()["Version"])

    @contextmanager
    def asked(self, what: str, error: type[ServiceError] = UnavailableError) -> Iterator[None]:
        """Every refusal of the engine to do this, or its silence, becomes one error with the engine's own words."""
        errors = driver("docker").errors
        requests = driver("requests").exceptions
        _look_at_socket(self.address, self.facts)
        try:
            yield
        except errors.APIError as refusal:
            raise error(f"the Docker engine could not {what}: {explanation(refusal)}") from None
        except (errors.DockerException, requests.RequestException) as silence:
            raise UnavailableError(
                f"the Docker engine at {self.address.url} did not answer when asked to {what}: {silence}"
            ) from None


def explanation(refusal: Any) -> str:
    """What the engine itself said about a call that it refused."""
    return str(refusal.explanation or refusal).strip()


_engines: dict[tuple[int, Address], Engine] = {}
_lock = threading.Lock()


def connect(environ: Mapping[str, str], facts: HostFacts | None = None) -> Engine:
    """The engine that these variables lead to; UnavailableError with the reason when it does not answer at once.

    One connection per process and address is kept: a forked child makes its own.
    """
    docker = driver("docker")
    facts = facts or this_host(environ)
    address = find_address(facts)
    key = (os.getpid(), address)
    with _lock:
        if key not in _engines:
            client = _client(docker, address, facts)
            here = facts if facts.gateway is None else facts.beside(str(client.info()["Name"]))
            _engines[key] = Engine(client, address, here)
    engine = _engines[key]
    with engine.asked("say that it is there"):
        engine.client.api.get(f"{engine.client.api.base_url}/_ping", timeout=FIRST_ANSWER)
    return engine


def _client(docker: Any, address: Address, facts: HostFacts) -> DockerClient:
    requests = driver("requests").exceptions
    _look_at_socket(address, facts)
    try:
        tls = _tls(docker, address)
        client: DockerClient = docker.DockerClient(
            address.url, timeout=FIRST_ANSWER, tls=tls, use_ssh_client=address.url.startswith("ssh:")
        )
    except (docker.errors.DockerException, requests.RequestException, ValueError, OSError) as error:
        raise UnavailableError(
            f"no Docker engine answers at {address.url} ({address.source}): {_cause(error)}; "
            "is it running, and is that the right address?"
        ) from None
    client.api.timeout = PATIENCE
    atexit.register(client.close)
    return client


def _look_at_socket(address: Address, facts: HostFacts) -> None:
    """Name what is wrong with a socket by looking at it: the SDK says little, and leaves its own socket open."""
    if not address.url.startswith("unix:"):
        return
    path = Path(address.url.removeprefix("unix://"))
    where = f"{path} ({address.source})"
    try:
        found = path.stat()
    except PermissionError:
        raise UnavailableError(f"user {facts.user!r} may not look at {where}; {_permission(facts)}") from None
    except OSError:
        raise UnavailableError(
            f"there is no Docker engine at {where}: the socket does not exist; start Docker, or correct where it is"
        ) from None
    if not stat.S_ISSOCK(found.st_mode):
        raise UnavailableError(f"{where} is not a socket, so no Docker engine listens there; correct where it is")
    if not os.access(path, os.R_OK | os.W_OK):
        mode = stat.filemode(found.st_mode)
        raise UnavailableError(f"user {facts.user!r} may not use {where}, whose mode is {mode}; {_permission(facts)}")
    with socket.socket(socket.AF_UNIX) as visitor:
        visitor.settimeout(FIRST_ANSWER)
        try:
            visitor.connect(str(path))
        except OSError as error:
            raise UnavailableError(
                f"no Docker engine answers at {where}: {error.strerror or error}; is Docker running?"
            ) from None


def _permission(facts: HostFacts) -> str:
    if facts.system == "linux":
        return f"add the user to the group docker (usermod -aG docker {facts.user}) and log in again, or run rootless"
    return "give this user access to it, or restart Docker Desktop as this user"


def _tls(docker: Any, address: Address) -> Any:
    if address.certificates is None:
        return False
    folder = address.certificates
    return docker.tls.TLSConfig(
        client_cert=(str(folder / "cert.pem"), str(folder / "key.pem")), ca_cert=str(folder / "ca.pem"), verify=True
    )


def _cause(error: BaseException) -> str:
    """The innermost reason, without the layers of the libraries between."""
    while error.__cause__ or error.__context__:
        error = error.__cause__ or error.__context__ or error
    return str(error) or type(error).__name__
