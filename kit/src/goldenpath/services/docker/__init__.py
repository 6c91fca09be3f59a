"""Services in Docker: images, commands and Compose files, through the Docker SDK; the docker command is not needed."""

from __future__ import annotations

from goldenpath.services.docker.definition import Build, ContainerService, Healthcheck, Mount
from goldenpath.services.docker.manager import UnifiedDockerManager
from goldenpath.services.docker.provider import adopt, launch, obstacle
from goldenpath.services.docker.usage import Usage
from goldenpath.services.docker.utility import Completed, DockerTestUtility

__all__ = [
    "Build",
    "Completed",
    "ContainerService",
    "DockerTestUtility",
    "Healthcheck",
    "Mount",
    "UnifiedDockerManager",
    "Usage",
    "adopt",
    "launch",
    "obstacle",
]
