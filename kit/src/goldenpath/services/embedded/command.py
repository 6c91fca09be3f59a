"""A command of the user's as a service: a backend under test, a worker, a proxy."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from goldenpath.services.embedded.process import ProcessRuntime
from goldenpath.services.errors import DefinitionError, UnavailableError
from goldenpath.services.handle import ServiceHandle
from goldenpath.services.program import Launch, Program
from goldenpath.services.ready import Accepts, Announces, Answers, NotReady
from goldenpath.services.runtime import Endpoint
from goldenpath.services.service import Service
from goldenpath.services.site import Site

REFERENCE: Final = re.compile(r"\{([a-z][a-z0-9_-]*)\.(url|admin_url|host|port|socket)\}")


class Command(ProcessRuntime):
    """A program of the user's under the stack's keeper."""

    def __init__(self, service: Service, program: Program, endpoint: Endpoint) -> None:
        super().__init__(program, endpoint)
        self._ready = service.ready
        self._name = service.name

    def probe(self) -> None:
        """Ask it the way its definition says."""
        ready = self._ready
        if isinstance(ready, Announces):
            self._endpoint = at(self._name, ready.url(self.program.written()))
        elif isinstance(ready, Answers | Accepts):
            type(ready)(self.endpoint.url).check()
        elif ready is not None and not ready():
            raise NotReady(f"{ready!r} said no")


def launch(service: Service, site: Site) -> Command:
    """Start the command with what the services it needs offer in its environment."""
    assert service.command is not None
    offered = {key: value for need in service.needs for key, value in site.handles[need].env().items()}
    own = {key: fill(value, service, site.handles) for key, value in service.env.items()}
    env = {**site.environ, "PYTHONUNBUFFERED": "1", **offered, **own}
    argv = [fill(str(word), service, site.handles) for word in service.command]
    found = shutil.which(argv[0], path=env.get("PATH"))
    if found is None:
        raise UnavailableError(f"service {service.name!r}: there is no executable {argv[0]!r} on this machine's PATH")
    cwd = Path(service.cwd or Path.cwd())
    if not cwd.is_dir():
        raise UnavailableError(f"service {service.name!r}: its cwd= {cwd} is not a directory")
    program = site.program(service.name)
    program.launch(Launch([str(Path(found).absolute()), *argv[1:]], env, cwd, grace=service.stop_timeout))
    ready = service.ready
    url = ready.url if isinstance(ready, Answers | Accepts) else ""
    return Command(service, program, at(service.name, fill(url, service, site.handles)))


def adopt(service: Service, site: Site, endpoint: Endpoint) -> Command:
    """Use the command that another process started."""
    return Command(service, Program(site.keeper, service.name), endpoint)


def at(name: str, url: str) -> Endpoint:
    """Where a command is reached: nowhere, if it has no URL."""
    if not url:
        return Endpoint(url="")
    parts = urlsplit(url)
    variable = name.upper().replace("-", "_") + "_URL"
    return Endpoint(url=url, host=parts.hostname or "", port=parts.port, env={variable: url})


def fill(text: str, service: Service, handles: Mapping[str, ServiceHandle] | Mapping[str, Endpoint]) -> str:
    """Put what other services offer into a text such as `{postgres.url}`; any other braces stay as they are."""

    def offered(reference: re.Match[str]) -> str:
        need, attribute = reference.groups()
        if need not in service.needs:
            raise DefinitionError(
                f"service {service.name!r} refers to {reference.group()} without needing it: "
                f"its needs= are {list(service.needs)}; add {need!r}"
            )
        return str(getattr(handles[need], attribute))

    return REFERENCE.sub(offered, text)
