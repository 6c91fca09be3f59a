"""Which provider runs a service, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final, Protocol, cast

from goldenpath.services.errors import DefinitionError, UnavailableError
from goldenpath.services.runtime import Endpoint, Runtime
from goldenpath.services.service import Service

if TYPE_CHECKING:
    from goldenpath.services.site import Site

AUTO: Final = "auto"
PROVIDERS: Final = {
    "embedded": "goldenpath.services.embedded",
    "docker": "goldenpath.services.docker",
    "external": "goldenpath.services.external",
}
DOCKER_VARIABLE: Final = "GOLDENPATH_DOCKER"


class Provider(Protocol):
    """What the module of a provider offers."""

    def obstacle(self, service: Service, environ: Mapping[str, str]) -> str | None:
        """Why this provider cannot run the service here, found out within two seconds; None when it can."""

    def launch(self, service: Service, site: Site) -> Runtime:
        """Start the service; it may still be starting when this returns."""

    def adopt(self, service: Service, site: Site, endpoint: Endpoint) -> Runtime:
        """Use the service that another process launched in the stack that this one joined."""


@dataclass(frozen=True)
class Choice:
    """A provider and the reason for it."""

    provider: str
    reason: str


COMMAND_RUNS: Final = Choice("embedded", "a command runs on this machine")
IMAGE_RUNS: Final = Choice("docker", "an image runs in Docker")


def load(name: str) -> Provider:
    """The provider of this name."""
    home = PROVIDERS[name]
    if find_spec(home) is None:
        raise UnavailableError(f"the {name} provider is not part of this installation of goldenpath")
    return cast("Provider", import_module(home))


def url_variable(service: Service) -> str:
    """The environment variable that says where an external service of this name is."""
    return f"GOLDENPATH_{service.name.upper().replace('-', '_')}_URL"


def choose(service: Service, wanted: str, environ: Mapping[str, str]) -> Choice:
    """The provider for a service: its own, else what its stack wants; "auto" looks at what there is."""
    name = service.provider or wanted
    if name not in {AUTO, *PROVIDERS}:
        raise DefinitionError(
            f"service {service.name!r}: there is no provider {name!r}; use {', '.join(PROVIDERS)} or {AUTO}"
        )
    if service.provider in PROVIDERS:
        return Choice(service.provider, f"Service({service.name!r}) says provider={service.provider!r}")
    if name == AUTO:
        return _look_around(service, environ)
    bound = _bound(service)
    if name != "external" and bound:
        return bound
    return Choice(name, f"the stack says provider={name!r}")


def _bound(service: Service) -> Choice | None:
    """What can run in one place only, whatever the stack says, unless it runs elsewhere already."""
    if service.image is not None:
        return IMAGE_RUNS
    return COMMAND_RUNS if service.kind == "command" else None


def _look_around(service: Service, environ: Mapping[str, str]) -> Choice:
    variable = url_variable(service)
    if service.url:
        return Choice("external", f"Service({service.name!r}) has a url=")
    if environ.get(variable):
        return Choice("external", f"{variable} is set")
    bound = _bound(service)
    if bound:
        return bound
    if not environ.get(DOCKER_VARIABLE):
        return Choice("embedded", f"{variable} and {DOCKER_VARIABLE} are not set")
    try:
        obstacle = load("docker").obstacle(service, environ)
    except UnavailableError as error:
        obstacle = str(error)
    if obstacle is None:
        return Choice("docker", f"{DOCKER_VARIABLE} is set and an engine answers")
    return Choice("embedded", f"{DOCKER_VARIABLE} is set, but {obstacle}")
