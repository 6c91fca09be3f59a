"""Images: found on the engine, pulled when missing, or built from a Dockerfile."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from goldenpath.services.clients import driver
from goldenpath.services.docker.definition import Build, ContainerService
from goldenpath.services.docker.engine import Engine, explanation
from goldenpath.services.errors import DefinitionError, StartError, UnavailableError

if TYPE_CHECKING:
    from docker.models.images import Image

PULL_VARIABLE: Final = "GOLDENPATH_DOCKER_PULL"
BUILT: Final = "goldenpath.built"
"""The label of images that were built here, by which they are found again to be removed."""
LINES_OF_A_BUILD: Final = 20
BAD_REQUEST: Final = 400


def image_variable(name: str) -> str:
    """The environment variable that names another image for a service, such as that of a mirror."""
    return f"GOLDENPATH_{name.upper().replace('-', '_')}_IMAGE"


def provide(engine: Engine, service: ContainerService, environ: Mapping[str, str]) -> Image:
    """The service's image, which is then on the engine."""
    if service.build is not None:
        return build(engine, service.build, service.image or "")
    name = service.image or ""
    try:
        return find(engine, name)
    except driver("docker").errors.ImageNotFound:
        return _pull(engine, name, service.name, environ)


def find(engine: Engine, name: str) -> Image:
    """The image of this name on the engine; the SDK's ImageNotFound when there is none."""
    errors = driver("docker").errors
    try:
        return engine.client.images.get(name)
    except errors.ImageNotFound:
        raise
    except errors.APIError as refusal:
        if refusal.status_code != BAD_REQUEST:
            raise
        raise DefinitionError(f"{name!r} cannot name an image: {explanation(refusal)}") from None


def _pull(engine: Engine, name: str, service: str, environ: Mapping[str, str]) -> Image:
    wanted = environ.get(PULL_VARIABLE, "missing")
    if wanted not in {"missing", "never"}:
        raise DefinitionError(f"{PULL_VARIABLE} is {wanted!r}; it can be 'missing' (the default) or 'never'")
    if wanted == "never":
        raise UnavailableError(
            f"service {service!r}: image {name} is not on the engine and {PULL_VARIABLE}=never forbids to pull it; "
            f"docker pull {name}"
        )
    try:
        return engine.client.images.pull(name, tag=None if ":" in name.rpartition("/")[2] or "@" in name else "latest")
    except driver("docker").errors.APIError as refusal:
        raise UnavailableError(
            f"service {service!r}: image {name} is not on the engine and cannot be pulled: {explanation(refusal)}; "
            f"check its name, or name another with {image_variable(service)}"
        ) from None


def build(engine: Engine, wanted: Build, tag: str) -> Image:
    """Build an image from a Dockerfile; a step that fails is a StartError with the end of what it wrote."""
    errors = driver("docker").errors
    context = Path(wanted.context)
    dockerfile = context / wanted.dockerfile
    if not dockerfile.is_file():
        raise DefinitionError(f"{tag} is to be built from {dockerfile}, which is not a file")
    options: dict[str, Any] = {"target": wanted.target} if wanted.target else {}
    try:
        image, _ = engine.client.images.build(
            path=os.fspath(context),
            dockerfile=wanted.dockerfile,
            tag=tag,
            buildargs=dict(wanted.args),
            labels={BUILT: "yes"},
            rm=True,
            forcerm=True,
            **options,
        )
    except errors.BuildError as failure:
        said = "".join(str(each.get("stream") or each.get("error") or "") for each in failure.build_log)
        end = "\n".join(said.splitlines()[-LINES_OF_A_BUILD:])
        raise StartError(f"building {tag} from {dockerfile} failed: {failure.msg}\n{end}") from None
    except errors.APIError as refusal:
        raise StartError(f"building {tag} from {dockerfile} failed: {explanation(refusal)}") from None
    return image


def exposed_ports(image: Image) -> list[int]:
    """The TCP ports that the image says it listens on."""
    exposed = (image.attrs.get("Config") or {}).get("ExposedPorts") or {}
    return sorted(int(port.partition("/")[0]) for port in exposed if not port.endswith("/udp"))


def remove_built(engine: Engine) -> int:
    """Remove the images that were built here and that no container uses; returns how many those were."""
    removed = 0
    conflict = driver("docker").errors.APIError
    for image in engine.client.images.list(filters={"label": BUILT}):
        try:
            engine.client.images.remove(str(image.id), force=True)
        except conflict as refusal:
            if refusal.status_code not in {404, 409}:
                raise
            continue
        removed += 1
    return removed
