"""Services assembled inside the test, each on a database of its own that was cloned from one migrated template."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from agent_backend.storage import migrate, migrations
from goldenpath import DatabaseTestUtility, ServiceStack
from goldenpath.databases import Template

from .assembly import Assemble, Assembly, open_assembly, variables


def migrated(url: str) -> None:
    migrate(url)


@pytest.fixture(scope="session")
def databases(stores: ServiceStack) -> Iterator[DatabaseTestUtility]:
    """Databases with the schema of this program."""
    template = Template.of_function(migrated, inputs=[Path(migrations.__file__).parent])
    with DatabaseTestUtility(stores, template=template) as databases:
        yield databases


@pytest.fixture
def database_url(databases: DatabaseTestUtility) -> Iterator[str]:
    """A database of this test's own."""
    with databases.database() as database:
        yield database.url


@pytest.fixture
def assemble(database_url: str, redis_url: str) -> Assemble:
    """Starts the service on a database of this test's own, with some settings changed."""
    return lambda **changes: open_assembly(variables(database_url, redis_url, **changes))


@pytest_asyncio.fixture
async def service(assemble: Assemble) -> AsyncIterator[Assembly]:
    """The service of this test, as it is when nothing more is set."""
    async with assemble() as assembly:
        yield assembly
