"""Containers for tests, all from one place."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from goldenpath.environment import get_env
from goldenpath.services.docker import compose as compose_files
from goldenpath.services.docker import images, usage
from goldenpath.services.docker.belongings import Belonging, clear, of_stack, orphans
from goldenpath.services.docker.container import Container
from goldenpath.services.docker.definition import Build
from goldenpath.services.docker.engine import Engine, connect
from goldenpath.services.docker.usage import Usage
from goldenpath.services.errors import DefinitionError
from goldenpath.services.reaper import Orphan
from goldenpath.services.service import Service
from goldenpath.services.stack import ServiceStack


class UnifiedDockerManager(ServiceStack):
    """A stack whose services run in Docker, from images, Dockerfiles and Compose files.

    Everything a `ServiceStack` can do, it can: handles, dependency order, health, restart limits, sharing. It speaks
    to the engine itself, so the docker command need not be installed. Each stack has a network of its own, ports that
    were free, and labels by which all of it is found and removed even if its owner is killed.
    """

    def __init__(
        self,
        *services: str | Service,
        compose: str | Path | None = None,
        fixed_ports: bool = False,
        shared: bool | str = False,
        keep_warm: float = 0.0,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        environ = get_env().subprocess_env() if environ is None else environ
        read = compose_files.read(Path(compose), environ, fixed_ports=fixed_ports) if compose is not None else []
        super().__init__(*services, *read, provider="docker", shared=shared, keep_warm=keep_warm, environ=environ)

    @property
    def engine(self) -> Engine:
        """The engine; UnavailableError with the reason if none answers."""
        return connect(self._environ)

    def container(self, name: str) -> Container:
        """The container of a service."""
        runtime = self[name].runtime
        if not isinstance(runtime, Container):
            raise DefinitionError(f"service {name!r} does not run in a container but is {self[name].provider}")
        return runtime

    def usage(self, name: str) -> Usage:
        """What the container of a service uses now."""
        container = self.container(name)
        limit = int(container.state()["HostConfig"]["Memory"])
        with self.engine.asked(f"measure {name!r}"):
            return usage.read(self.engine.client.api.stats(container.id, stream=False, one_shot=True), limit)

    def port(self, name: str, inside: int) -> int:
        """The port at which a port inside the container of a service is reached now."""
        return self.container(name).published(inside)

    def build(self, tag: str, context: str | Path, *, dockerfile: str = "Dockerfile", **args: str) -> str:
        """Build an image from a Dockerfile and return its tag."""
        images.build(self.engine, Build(context, dockerfile, args), tag)
        return tag

    def belongings(self) -> list[Belonging]:
        """The containers, networks and volumes of this stack."""
        return of_stack(self.engine, self.directory.name)

    def leaks(self) -> list[Belonging]:
        """What is still on the engine of this user's stacks on this machine that are dead."""
        return orphans(self.engine)

    def cleanup_orphans(self) -> list[Orphan]:
        """Clear up what dead stacks left behind, on this machine and on the engine; the living are not touched."""
        found = super().cleanup_orphans()
        cleared: dict[Path, list[str]] = {}
        for each in clear(lambda: orphans(self.engine)):
            cleared.setdefault(each.directory, []).append(str(each))
        return [*found, *(Orphan(directory, (), len(things)) for directory, things in cleared.items())]

    def remove_built_images(self) -> int:
        """Remove the images that were built here and that no container uses; returns how many those were."""
        with self.engine.asked("remove images"):
            return images.remove_built(self.engine)
