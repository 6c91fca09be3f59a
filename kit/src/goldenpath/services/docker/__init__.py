"""Services in Docker: images, commands and Compose files, through the Docker SDK; the docker command is not needed."""

from __future__ import annotations

from goldenpath.services.docker.definition import Build, ContainerService, Healthcheck, Mount
from goldenpath.services.docker.provider import adopt, launch, obstacle

__all__ = ["Build", "ContainerService", "Healthcheck", "Mount", "adopt", "launch", "obstacle"]
