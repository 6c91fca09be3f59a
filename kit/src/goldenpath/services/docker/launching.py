"""From a definition to a running container: limits, mounts, names and ports without a race."""

from __future__ import annotations

import io
import re
import secrets
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from goldenpath.services.clients import driver
from goldenpath.services.docker.belongings import GRACE, SERVICE, of_stack
from goldenpath.services.docker.container import Container, Launches
from goldenpath.services.docker.definition import ContainerService, Mount
from goldenpath.services.docker.engine import explanation
from goldenpath.services.docker.host import is_local, mount_source
from goldenpath.services.docker.images import exposed_ports, image_variable, provide
from goldenpath.services.docker.recipes import RECIPES, as_container
from goldenpath.services.docker.territory import Territory
from goldenpath.services.embedded.command import fill
from goldenpath.services.errors import DefinitionError, StartError, UnavailableError
from goldenpath.services.ports import LOOPBACK, PortTaken, on_some_port
from goldenpath.services.runtime import Endpoint
from goldenpath.services.service import Service
from goldenpath.services.site import Site

PORT_TAKEN: Final = ("port is already allocated", "address already in use")
NAMES: Final = 20
LEAST_MEMORY: Final = 6 << 20
"""Below this no engine starts a container."""
UNITS: Final = {"": 1, "b": 1, "k": 1 << 10, "kb": 1 << 10, "m": 1 << 20, "mb": 1 << 20, "g": 1 << 30, "gb": 1 << 30}


def memory_bytes(text: str, name: str) -> int:
    """`"64m"` in bytes."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([a-z]*)", str(text).strip().lower())
    if match is None or match.group(2) not in UNITS:
        raise DefinitionError(f"service {name!r}: {text!r} is no amount of memory; write it like '256m' or '1g'")
    amount = int(float(match.group(1)) * UNITS[match.group(2)])
    if amount < LEAST_MEMORY:
        raise DefinitionError(f"service {name!r}: a memory limit of {text!r} is too small; containers need 6m at least")
    return amount


def launch(service: Service, site: Site, territory: Territory) -> Container:
    """Start a container for the service; it may still be getting ready when this returns."""
    engine = territory.engine
    box = as_container(service)
    image_name = box.image or site.environ.get(image_variable(box.name))
    box = RECIPES[box.kind].define(replace(box, image=image_name), secrets.token_hex(16))
    with engine.asked(f"find image {box.image}"):
        image = provide(engine, box, site.environ)
    exposed = exposed_ports(image)
    if box.port is None and len(exposed) == 1:
        box = replace(box, port=exposed[0])
    box = _referring(box, site)
    settings = _settings(box, territory)
    settings["ports"] = {f"{port}/tcp": (engine.publish_on, None) for port in exposed}
    settings["ports"] |= {f"{port}/tcp": (engine.publish_on, fixed) for port, fixed in box.ports.items()}
    launches = Launches(territory.directory / f"{box.name}.starts")
    identity = ""

    def listen(port: int | None) -> None:
        nonlocal identity
        if port is not None:
            settings["ports"][f"{box.port}/tcp"] = (engine.publish_on, port)
        with engine.asked(f"start a container for {box.name!r}", StartError):
            identity = _start(box, settings, territory, port)

    wanted = box.fixed_port or (box.port and box.ports.get(box.port)) or None
    port = None
    if box.port is None:
        listen(None)
    else:
        port = on_some_port(box.name, wanted, listen)
    launches.note()
    endpoint = RECIPES[box.kind].endpoint(box, engine.host, port)
    return Container(engine, box, identity, endpoint, launches)


def adopt(service: Service, territory: Territory, endpoint: Endpoint) -> Container:
    """Use the container that another process started."""
    for each in of_stack(territory.engine, territory.directory.name):
        if each.kind == "containers" and each.thing.labels.get(SERVICE) == service.name:
            box = RECIPES[service.kind].define(as_container(service), "")
            launches = Launches(territory.directory / f"{service.name}.starts")
            return Container(territory.engine, box, str(each.thing.id), endpoint, launches)
    raise UnavailableError(
        f"service {service.name!r}: its container is gone from the engine; end the stack and start anew"
    )


def _referring(box: ContainerService, site: Site) -> ContainerService:
    """The service with what the services it needs offer, as they are seen from inside their common network."""
    seen = {need: _seen_from_inside(box, need, site) for need in box.needs}
    offered = {key: value for endpoint in seen.values() for key, value in endpoint.env.items()}
    env = {key: fill(value, box, seen) for key, value in box.env.items()}
    command = [fill(str(word), box, seen) for word in box.command] if box.command is not None else None
    return replace(box, env={**offered, **env}, command=command)


def _seen_from_inside(box: ContainerService, need: str, site: Site) -> Endpoint:
    handle = site.handles[need]
    if isinstance(handle.runtime, Container):
        return handle.runtime.inside
    endpoint = handle.runtime.endpoint
    if endpoint.url and (endpoint.host in {"", LOOPBACK, "localhost"} or endpoint.host.startswith("/")):
        raise DefinitionError(
            f"service {box.name!r} runs in a container, from where {need!r} ({handle.provider}) cannot be reached: it "
            "listens on this machine's loopback only; run it in Docker too, as with provider='docker'"
        )
    return endpoint


def _settings(box: ContainerService, territory: Territory) -> dict[str, Any]:
    """What the engine is told, but for name and ports."""
    docker = driver("docker")
    grace = box.stop_timeout if box.kind == "image" else 0
    settings: dict[str, Any] = {
        "image": box.image,
        "command": list(box.command) if box.command is not None else None,
        "entrypoint": list(box.entrypoint) if box.entrypoint is not None else None,
        "environment": dict(box.env),
        "labels": territory.labels(**{SERVICE: box.name, GRACE: f"{grace:g}"}),
        "network": territory.network,
        "networking_config": {
            territory.network: docker.types.EndpointConfig(territory.engine.client.api.api_version, aliases=[box.name])
        },
        "hostname": box.name,
        "user": box.user,
        "tmpfs": dict(box.tmpfs),
        "mounts": [_mount(each, box, territory) for each in box.mounts],
    }
    if box.healthcheck is not None:
        settings["healthcheck"] = box.healthcheck.as_engine_wants()
    if box.limits.memory is not None:
        settings["mem_limit"] = settings["memswap_limit"] = memory_bytes(box.limits.memory, box.name)
    if box.limits.cpus is not None:
        settings["nano_cpus"] = _nano_cpus(box)
    return {key: value for key, value in settings.items() if value not in (None, {}, [])}


def _nano_cpus(box: ContainerService) -> int:
    cpus = box.limits.cpus
    if cpus is None or cpus < 0.01:
        raise DefinitionError(f"service {box.name!r}: cpus={cpus} is too little; 0.01 of a processor is the least")
    return int(cpus * 1e9)


def _mount(mount: Mount, box: ContainerService, territory: Territory) -> Any:
    engine = territory.engine
    if mount.kind == "volume":
        source = territory.name(mount.source)
        with territory.making(source), engine.asked(f"make the volume {mount.source!r}", StartError):
            engine.client.volumes.create(source, labels=territory.labels())
    else:
        source = mount_source(mount.source, str(box.cwd or Path.cwd()), engine.address.url, engine.facts)
        if is_local(engine.address.url) and not engine.facts.exists(source):
            raise DefinitionError(f"service {box.name!r}: {source} is to be mounted and does not exist")
    return driver("docker").types.Mount(mount.target, source, type=mount.kind, read_only=mount.read_only)


def _start(box: ContainerService, settings: Mapping[str, Any], territory: Territory, port: int | None) -> str:
    """Create and start it; a port that is taken is a PortTaken, and nothing of the attempt stays."""
    container = _create(box, settings, territory)
    try:
        if box.files:
            container.put_archive("/", _archive(box.files))
        container.start()
    except BaseException as error:
        container.remove(force=True, v=True)
        if isinstance(error, driver("docker").errors.APIError):
            _refuse(box, explanation(error), port)
        raise
    return str(container.id)


def _refuse(box: ContainerService, said: str, port: int | None) -> None:
    if any(words in said for words in PORT_TAKEN):
        if port is not None and re.search(rf":{port}\b", said):
            raise PortTaken from None
        raise UnavailableError(
            f"service {box.name!r} is to publish a port that is taken by another program: {said}"
        ) from None
    raise StartError(f"service {box.name!r}: the container of image {box.image} could not be started: {said}") from None


def _create(box: ContainerService, settings: Mapping[str, Any], territory: Territory) -> Any:
    """A container under its usual name, or the next free one if somebody else's container has that."""
    for name in _names(territory.name(box.name)):
        try:
            with territory.making(name), territory.engine.asked(f"create a container for {box.name!r}", _Refused):
                return territory.engine.client.containers.create(name=name, **settings)
        except _Refused as refusal:
            if "is already in use by container" not in str(refusal):
                raise StartError(f"service {box.name!r}: {refusal}") from None
    raise StartError(f"service {box.name!r}: {NAMES} names for its container are taken, {name!r} the last of them")


class _Refused(StartError):
    """The engine did not create it."""


def _names(first: str) -> Iterator[str]:
    yield first
    for number in range(2, NAMES + 1):
        yield f"{first}-{number}"


def _archive(files: Mapping[str, bytes]) -> bytes:
    """The files as the engine takes them; readable by whichever account the image runs as."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for path, content in files.items():
            entry = tarfile.TarInfo(path.lstrip("/"))
            entry.size, entry.mode = len(content), 0o444
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()
