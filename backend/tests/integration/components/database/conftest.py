"""Managers on databases of their own, and servers that a test may stop."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
import pytest_asyncio

from agent_backend.context import Account, Kind, Principal, Role, SystemClock, UnifiedIDManager
from agent_backend.storage import AccountStore, DatabaseManager, migrate
from goldenpath import Service, ServiceStack

from ..instances import new_clone

FIXTURES = (new_clone,)
"""Those that all suites share."""


@pytest.fixture(scope="session")
def clock() -> SystemClock:
    return SystemClock()


@pytest.fixture(scope="session")
def ids(clock: SystemClock) -> UnifiedIDManager:
    return UnifiedIDManager(clock)


@pytest.fixture(scope="module")
def database_url(new_clone: Callable[[], str]) -> str:
    """One migrated database for the tests of a module."""
    return new_clone()


@pytest_asyncio.fixture
async def open_manager(database_url: str) -> AsyncIterator[Callable[..., Awaitable[DatabaseManager]]]:
    """Opens managers, and closes them after the test."""
    async with AsyncExitStack() as stack:

        async def opened(url: str = database_url, **options: Any) -> DatabaseManager:
            manager = await DatabaseManager.open(url, **options)
            stack.push_async_callback(manager.close)
            return manager

        yield opened


@pytest_asyncio.fixture
async def manager(open_manager: Callable[..., Awaitable[DatabaseManager]]) -> DatabaseManager:
    """A manager of three connections."""
    return await open_manager(max_size=3)


@pytest.fixture
def new_tenant(manager: DatabaseManager, ids: UnifiedIDManager) -> Callable[..., Awaitable[Principal]]:
    """Founds tenants, each with one user."""

    async def found(database: DatabaseManager = manager) -> Principal:
        tenant_id, user_id = ids.new(Kind.TENANT), ids.new(Kind.USER)
        assert await AccountStore(database).add_tenant(tenant_id, Account(tenant_id, user_id, "ada@example.test", ""))
        return Principal(tenant_id, user_id, permissions=Role.ADMIN.permissions)

    return found


@pytest.fixture(scope="module")
def own_stores() -> Iterator[ServiceStack]:
    """A PostgreSQL on a port, with passwords, and a Redis, which the tests of a module may stop, change and restart."""
    with ServiceStack(Service("postgres", tcp=True), "redis") as stack:
        migrate(stack["postgres"].url)
        yield stack
