"""Fixtures for databases of a test's own."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from goldenpath.databases import DatabaseTestUtility, IsolatedDatabase, IsolatedStores, Template
    from goldenpath.services import ServiceStack

MIGRATIONS: Final = "goldenpath_migrations"
FAILED: Final = pytest.StashKey[bool]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini(MIGRATIONS, "SQL files, and folders of them, that make the template of every test's database", "args")
    group = parser.getgroup("goldenpath")
    group.addoption(
        "--keep-database", action="store_true", help="keep the databases of failed tests and print their URLs"
    )


@pytest.fixture(scope="session")
def database_template(pytestconfig: pytest.Config) -> Template:
    """How every test's database is migrated; override it to migrate by a command or a function."""
    from goldenpath.databases import Template

    migrations = [Path(pytestconfig.rootpath, path) for path in pytestconfig.getini(MIGRATIONS)]
    return Template.of_sql(*migrations) if migrations else Template.empty()


@pytest.fixture(scope="session")
def database_utility(
    pytestconfig: pytest.Config, service_stack: ServiceStack, database_template: Template
) -> Iterator[DatabaseTestUtility]:
    """The databases of this run, or of this worker of it."""
    from goldenpath.databases import DatabaseTestUtility
    from goldenpath.environment import get_env

    pytestconfig.pluginmanager.register(Failures())
    with DatabaseTestUtility(
        service_stack,
        template=database_template,
        worker=get_env().get("PYTEST_XDIST_WORKER", "main"),
        keep_on_failure=pytestconfig.getoption("--keep-database"),
    ) as utility:
        yield utility


@pytest.fixture
def database(request: pytest.FixtureRequest, database_utility: DatabaseTestUtility) -> Iterator[IsolatedDatabase]:
    """A migrated PostgreSQL database of this test's own, with real commits."""
    with database_utility.database(failed=lambda: request.node.stash.get(FAILED, False)) as database:
        yield database


@pytest.fixture
def stores(request: pytest.FixtureRequest, database_utility: DatabaseTestUtility) -> Iterator[IsolatedStores]:
    """A place of this test's own in every store of the stack, under one key."""
    with database_utility.stores(failed=lambda: request.node.stash.get(FAILED, False)) as stores:
        yield stores


@pytest.fixture
def transaction(database_utility: DatabaseTestUtility) -> Iterator[Any]:
    """A psycopg connection whose every commit is undone after the test."""
    with database_utility.transaction_scope() as connection:
        yield connection


class Failures:
    """Lets the fixtures know, when they end, whether their test failed; registered when there are databases at all."""

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        if report.failed:
            item.stash[FAILED] = True
        return report
