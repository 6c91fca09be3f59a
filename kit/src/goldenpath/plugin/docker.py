"""A fixture for containers; what they wrote is in the report of a test that fails, as for all services."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

from goldenpath.plugin import services

if TYPE_CHECKING:
    from goldenpath.services import Service
    from goldenpath.services.docker import DockerTestUtility


@pytest.fixture
def start_containers(pytestconfig: pytest.Config) -> Iterator[Callable[..., DockerTestUtility]]:
    """Start containers for one test alone: `start_containers("redis", compose="compose.yml")`."""
    from goldenpath.services.docker import DockerTestUtility, UnifiedDockerManager

    with ExitStack() as started:

        def start(*definitions: str | Service, **options: Any) -> DockerTestUtility:
            utility = started.enter_context(DockerTestUtility(UnifiedDockerManager(*definitions, **options)))
            services.remember(pytestconfig, utility.manager)
            started.callback(services.forget, pytestconfig, utility.manager)
            return utility

        yield start
