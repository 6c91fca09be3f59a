"""The real service in the test's own loop, on real stores and a real port, so that a test reaches its parts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
import pytest_asyncio

from agent_backend.agents import Agent, AgentRegistry, Toolbox
from agent_backend.analysis import LIST_PRICES, Policy
from agent_backend.config import Sources, UnifiedConfigManager
from agent_backend.context import Account, Kind, Permission, Principal, Role
from agent_backend.llm import OfflineLanguage
from agent_backend.storage import AccountStore
from agent_backend.usage import UsageRecord
from agent_backend.web import Services, advisor, open_services
from goldenpath import DatabaseTestUtility, WebSocketTestUtility
from goldenpath.live import RunCursors

from .assembly import CONTRACT, listening
from .user import PATIENCE


@dataclass
class Instance:
    """One instance of the service."""

    services: Services
    url: str
    database_url: str

    @property
    def sockets(self) -> Any:
        return self.services.sockets

    async def found(self, role: Role = Role.ADMIN) -> Principal:
        """A user who has founded a tenant and logged in."""
        return await self._enrol(self.services.ids.new(Kind.TENANT), role, founds=True)

    async def colleague(self, member: Principal) -> Principal:
        """Another user of the same tenant, logged in."""
        return await self._enrol(member.tenant_id, Role.MEMBER, founds=False)

    async def spend(self, owner: Principal, **costs: str) -> None:
        """Load one usage record per model."""
        await self.services.usage.add(owner.tenant_id, [record(model, cost) for model, cost in costs.items()])

    def utility(self, **options: Any) -> WebSocketTestUtility:
        """Makes clients that hold what arrives against the contract, and come back as the page does."""
        return WebSocketTestUtility(
            self.url, **{"contract": CONTRACT, "resume": RunCursors, "timeout": PATIENCE} | options
        )

    def ticket(self, owner: Principal) -> Callable[[], Awaitable[str]]:
        """Gets a fresh ticket for each handshake."""

        async def fresh() -> str:
            return (await self.services.tickets.generate_ticket(owner)).text

        return fresh

    @asynccontextmanager
    async def client(self, owner: Principal, **options: Any) -> AsyncIterator[Any]:
        """A socket of a user that is ready."""
        async with self.utility(**options).client(owner.user_id, ticket=self.ticket(owner)) as client:
            await client.wait_for_event("connection_established")
            yield client

    async def _enrol(self, tenant_id: str, role: Role, *, founds: bool) -> Principal:
        accounts, user_id = AccountStore(self.services.database), self.services.ids.new(Kind.USER)
        account = Account(tenant_id, user_id, f"{user_id}@example.test", "", role)
        done = await (accounts.add_tenant(tenant_id, account) if founds else accounts.add_user(account))
        assert done
        pair = await self.services.sessions.open(account)
        return await self.services.sessions.authenticate(pair.access.text)


def record(model: str, cost: str, team: str = "search") -> UsageRecord:
    return UsageRecord(
        occurred_at=datetime(2026, 11, 1, 10, tzinfo=UTC),
        team=team,
        model=model,
        prompt_tokens=100,
        completion_tokens=50,
        latency_ms=90,
        cost=Decimal(cost),
    )


@asynccontextmanager
async def running(environ: Mapping[str, str], database_url: str, faults: Any = None) -> AsyncIterator[Instance]:
    """Serve until the block ends."""
    settings = UnifiedConfigManager(Sources.of_process(dict(environ), None)).get_config()
    async with (
        open_services(lambda: settings, faults=faults) as services,
        listening(settings, services) as url,
    ):
        try:
            yield Instance(services, url, database_url)
        finally:
            await services.drain()


@asynccontextmanager
async def in_one_task(opening: AbstractAsyncContextManager[Any]) -> AsyncIterator[Any]:
    """Open and close in the same task: a fixture's beginning and its end are two."""
    opened: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    done = asyncio.Event()

    async def hold() -> None:
        async with opening as value:
            opened.set_result(value)
            await done.wait()

    holding = asyncio.create_task(hold())
    await asyncio.wait([holding, opened], return_when=asyncio.FIRST_COMPLETED)
    if not opened.done():
        await holding
    try:
        yield opened.result()
    finally:
        done.set()
        await holding


@pytest.fixture(scope="session")
def new_clone(databases: DatabaseTestUtility) -> Iterator[Callable[[], str]]:
    """Makes databases with the schema of the program, each nobody's before."""
    with ExitStack() as stack:
        yield lambda: stack.enter_context(databases.database(isolation="clone")).url


@pytest.fixture(scope="session")
def start_instance(
    new_clone: Callable[[], str], working_env: Callable[[str], dict[str, str]]
) -> Callable[..., AbstractAsyncContextManager[Instance]]:
    """Starts instances, each on a database of its own or beside another, with some settings changed."""

    def start(beside: Instance | None = None, faults: Any = None, **changes: str) -> Any:
        database_url = new_clone() if beside is None else beside.database_url
        environ = working_env(database_url) | {f"AGENT_BACKEND_{name}": value for name, value in changes.items()}
        return running(environ, database_url, faults)

    return start


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def instance(start_instance: Callable[..., Any]) -> AsyncIterator[Instance]:
    """One service for the tests of a module."""
    async with in_one_task(start_instance()) as started:
        yield started


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def listener_only(start_instance: Callable[..., Any]) -> AsyncIterator[Instance]:
    """A service that takes no run out of its queue: its sockets are open, and the runs are left to the test."""
    async with in_one_task(start_instance()) as started:
        started.services.running.working.cancel()
        await asyncio.wait([started.services.running.working])
        yield started


@pytest.fixture(scope="session")
def new_registry() -> Callable[[Instance], AgentRegistry]:
    """Makes registries of the advisor's agents, with its tools on the database of an instance."""

    def make(instance: Instance) -> AgentRegistry:
        services, policy = instance.services, Policy()
        tools = advisor.tools(services.database, services.usage, LIST_PRICES, policy)
        needs = {tool.name: Permission.READ_USAGE for tool in tools}
        registry = AgentRegistry(services.clock, services.ids, Toolbox(tools, needs))
        for agent in advisor.agents(OfflineLanguage(), policy):
            registry.register(agent.agent_type, partial(_itself, agent))
        return registry

    return make


def _itself(agent: Agent) -> Agent:
    return agent
