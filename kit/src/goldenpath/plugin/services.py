"""Fixtures for real services; what they wrote is in the report of a test that fails."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from goldenpath.services import Service, ServiceHandle, ServiceStack

STACKS: Final = pytest.StashKey["list[ServiceStack]"]()
SERVICES: Final = "goldenpath_services"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini(SERVICES, "the services of the service_stack fixture", "args", default=["postgres", "redis"])


@pytest.fixture(scope="session")
def service_stack(pytestconfig: pytest.Config) -> Iterator[ServiceStack]:
    """The services of the whole run (setting `goldenpath_services`); with pytest-xdist all workers share them."""
    from goldenpath.environment import get_env
    from goldenpath.services import ServiceStack

    run = get_env().get("PYTEST_XDIST_TESTRUNUID")
    with ServiceStack(*pytestconfig.getini(SERVICES), shared=f"run-{run}" if run else False) as stack:
        remember(pytestconfig, stack)
        yield stack
        forget(pytestconfig, stack)


@pytest.fixture(scope="session")
def postgres_service(service_stack: ServiceStack) -> ServiceHandle:
    """The PostgreSQL server of the run."""
    return service_stack["postgres"]


@pytest.fixture(scope="session")
def redis_service(service_stack: ServiceStack) -> ServiceHandle:
    """The Redis server of the run."""
    return service_stack["redis"]


@pytest.fixture(scope="session")
def clickhouse_service(pytestconfig: pytest.Config) -> Iterator[ServiceHandle]:
    """A ClickHouse database for the run; embedded, it is one per process, so it is not part of the shared stack."""
    from goldenpath.services import ServiceStack

    with ServiceStack("clickhouse") as stack:
        yield stack["clickhouse"]


@pytest.fixture
def start_services(pytestconfig: pytest.Config) -> Iterator[Callable[..., ServiceStack]]:
    """Start services for one test alone: `start_services("postgres", Service("web", command=[...]))`."""
    from goldenpath.services import ServiceStack

    started: list[ServiceStack] = []

    def start(*services: str | Service, provider: str = "auto") -> ServiceStack:
        stack = ServiceStack(*services, provider=provider).start()
        started.append(stack)
        remember(pytestconfig, stack)
        return stack

    yield start
    for stack in reversed(started):
        forget(pytestconfig, stack)
        stack.stop()


class Reports:
    """Adds to a failure how the services are that the test may have used, and what the sick ones wrote."""

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        if report.failed:
            for stack in item.config.stash[STACKS]:
                health = stack.get_health_report()
                report.sections.append(("services", str(health)))
                report.sections.extend((f"log of {name}", handle.logs()) for name, handle in stack.items())
        return report


def remember(config: pytest.Config, stack: ServiceStack) -> None:
    """Have the stack's state in the report of a test that fails."""
    if STACKS not in config.stash:
        config.stash[STACKS] = []
        config.pluginmanager.register(Reports())
    config.stash[STACKS].append(stack)


def forget(config: pytest.Config, stack: ServiceStack) -> None:
    """No longer: it is about to be stopped."""
    config.stash[STACKS].remove(stack)
