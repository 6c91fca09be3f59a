"""Docker contexts, read from the files of the CLI so that it need not be installed."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from goldenpath.services.docker.host import HostFacts, socket_candidates, usual_address
from goldenpath.services.errors import UnavailableError


@dataclass(frozen=True)
class Address:
    """Where the engine is to be found, and what says so."""

    url: str
    source: str
    certificates: Path | None = None


def find_address(facts: HostFacts) -> Address:
    """The engine that the docker command would use: DOCKER_HOST, else the current context, else the usual socket."""
    environ = facts.environ
    if environ.get("DOCKER_HOST"):
        secure = environ.get("DOCKER_TLS_VERIFY") or environ.get("DOCKER_TLS")
        folder = Path(environ.get("DOCKER_CERT_PATH") or _configuration(facts)) if secure else None
        return Address(environ["DOCKER_HOST"], "DOCKER_HOST", folder)
    name, source = _current(facts)
    if name != "default":
        return _of_context(name, source, facts)
    usual = usual_address(facts)
    if usual is None:
        looked = ", ".join(each.removeprefix("unix://") for each in socket_candidates(facts))
        raise UnavailableError(
            f"there is no socket of a Docker engine here (looked for {looked}); start Docker, or say with DOCKER_HOST "
            "where it is"
        )
    return Address(usual, "the usual socket")


def _configuration(facts: HostFacts) -> Path:
    return Path(facts.environ.get("DOCKER_CONFIG") or os.path.join(facts.home, ".docker"))


def _current(facts: HostFacts) -> tuple[str, str]:
    if facts.environ.get("DOCKER_CONTEXT"):
        return facts.environ["DOCKER_CONTEXT"], "DOCKER_CONTEXT"
    path = _configuration(facts) / "config.json"
    return str(_read(path).get("currentContext") or "default"), f"currentContext in {path}"


def _of_context(name: str, source: str, facts: HostFacts) -> Address:
    known = _contexts(_configuration(facts) / "contexts")
    if name not in known:
        raise UnavailableError(
            f"{source} names the Docker context {name!r}, which does not exist; "
            f"there are: {', '.join(['default', *sorted(known)])}"
        )
    endpoint, folder = known[name]
    if not endpoint.get("Host"):
        raise UnavailableError(f"the Docker context {name!r} ({source}) says nothing about where its engine is")
    certificates = folder / "docker" if (folder / "docker").is_dir() else None
    return Address(str(endpoint["Host"]), f"context {name!r}", certificates)


def _contexts(store: Path) -> dict[str, tuple[Mapping[str, object], Path]]:
    found = {}
    for path in sorted(store.glob("meta/*/meta.json")):
        content = _read(path)
        endpoints = content.get("Endpoints")
        endpoint = endpoints.get("docker", {}) if isinstance(endpoints, dict) else {}
        found[str(content.get("Name"))] = (endpoint, store / "tls" / path.parent.name)
    return found


def _read(path: Path) -> dict[str, object]:
    try:
        content: object = json.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise UnavailableError(
            f"{path} cannot be read: {error}; mend it, or say with DOCKER_HOST where Docker is"
        ) from None
    return content if isinstance(content, dict) else {}
