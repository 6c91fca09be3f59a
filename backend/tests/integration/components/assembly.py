"""The whole service inside the test: on real stores, behind a real socket, by a clock that the test moves."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
import uvicorn

from agent_backend.config import Settings, Sources, UnifiedConfigManager
from agent_backend.context import Account, Kind, Principal, Role, UserExecutionContext
from agent_backend.execution import AgentExecutionTracker, Execution
from agent_backend.storage import AccountStore
from agent_backend.web import listen
from agent_backend.web.application import create_app
from agent_backend.web.services import Services, open_services
from goldenpath import GOLDEN_PATH, WebSocketTestUtility
from goldenpath.live import ConnectionRejected
from goldenpath.testcase import FunctionCase

from .clock import StillClock
from .user import PATIENCE, User

SECRET_KEY = "a secret key for this test run only, 0123456789"
CONTRACT = GOLDEN_PATH.without("EC103")
"""What a connection says of itself belongs to no run, and the golden path does not know it."""


def variables(database_url: str, redis_url: str, **changes: str) -> dict[str, str]:
    """The variables of a service that works and lets sockets be silent while time leaps, with some of them changed."""
    working = {
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "SECRET_KEY": SECRET_KEY,
        "SOCKETS_RECEIVE_TIMEOUT_SECONDS": "86400",
    }
    return {f"AGENT_BACKEND_{name}": value for name, value in (working | changes).items()}


@dataclass(frozen=True)
class Assembly:
    """One running service and what it runs on."""

    config: UnifiedConfigManager
    services: Services
    clock: StillClock
    database_url: str
    url: str
    sockets: WebSocketTestUtility
    leaving: AsyncExitStack

    @property
    def tracker(self) -> AgentExecutionTracker:
        return self.services.running.tracker

    async def user(self, colleague: User | None = None, role: Role = Role.ADMIN) -> User:
        """Somebody who has logged in and opened a socket, in a tenant of his own or in a colleague's."""
        services, ids = self.services, self.services.ids
        tenant_id = ids.new(Kind.TENANT) if colleague is None else colleague.principal.tenant_id
        user_id = ids.new(Kind.USER)
        account = Account(tenant_id, user_id, f"{secrets.token_hex(4)}@example.test", "never logs in", role)
        accounts = AccountStore(services.database)
        adding = accounts.add_user(account) if colleague else accounts.add_tenant(secrets.token_hex(8), account)
        assert await adding
        token = (await services.sessions.open(account)).access.text
        principal = await services.sessions.authenticate(token)

        async def ticket() -> str:
            return (await services.tickets.generate_ticket(principal)).text

        client = await self.leaving.enter_async_context(self.sockets.client(account.email, ticket=ticket))
        await client.wait_for_event("connection_established", timeout=PATIENCE)
        return User(services, self.url, account, principal, token, client)

    async def knocked(self, user: User, origin: str) -> int:
        """The status with which a page of this origin is answered; 101 where it may come in."""
        ticket = (await self.services.tickets.generate_ticket(user.principal)).text
        try:
            async with self.sockets.client(ticket=ticket, headers={"Origin": origin}):
                return 101
        except ConnectionRejected as refused:
            return refused.status

    def context(self, user: User | Principal, **more: Any) -> UserExecutionContext:
        """The context of a run of this user that nobody has asked for."""
        principal = user.principal if isinstance(user, User) else user
        new = self.services.ids.new
        return UserExecutionContext(
            tenant_id=principal.tenant_id,
            user_id=principal.user_id,
            thread_id=new(Kind.THREAD),
            run_id=new(Kind.RUN),
            request_id=new(Kind.REQUEST),
            permissions=principal.permissions,
            **more,
        )

    async def settled(self, run_id: str) -> Execution:
        """What the tracker has kept of a run, once it has ended there too: its user hears of the end first."""

        def kept() -> Execution | None:
            return next((each for each in self.tracker.history() if each.context.run_id == run_id), None)

        found: Execution = await self.until(kept)
        return found

    async def until(self, condition: Callable[[], Any]) -> Any:
        """Wait for what no event tells, and give what the condition gave."""
        return await FunctionCase().wait_for_condition(condition, PATIENCE, 0.01)

    async def query(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """What the database holds, as its owner sees it."""
        async with await psycopg.AsyncConnection.connect(self.database_url) as connection:
            return await (await connection.execute(statement, values)).fetchall()

    async def execute(self, statement: str) -> None:
        """Change the database behind the service's back."""
        async with await psycopg.AsyncConnection.connect(self.database_url) as connection:
            await connection.execute(statement)

    @asynccontextmanager
    async def agents_held(self) -> AsyncIterator[None]:
        """While this lasts, every agent that reads usage records waits in its tool."""
        async with await psycopg.AsyncConnection.connect(self.database_url) as connection:
            await connection.execute("LOCK TABLE usage_records IN ACCESS EXCLUSIVE MODE")
            yield


Assemble = Callable[..., AbstractAsyncContextManager[Assembly]]
"""Starts a service, with some of its settings changed."""


@asynccontextmanager
async def open_assembly(environ: Mapping[str, str]) -> AsyncIterator[Assembly]:
    """Start a service by these variables, and stop it in the order in which it stops itself."""
    config, clock = UnifiedConfigManager(Sources(environ)), StillClock()
    async with AsyncExitStack() as stack:
        services = await stack.enter_async_context(open_services(config.get_config, clock))
        url = await stack.enter_async_context(listening(config.get_config(), services))
        stack.push_async_callback(services.drain)
        sockets = WebSocketTestUtility(url, contract=CONTRACT, timeout=PATIENCE)
        await stack.enter_async_context(sockets)
        database_url = config.get_config().database.url.get_secret_value()
        async with AsyncExitStack() as leaving:
            yield Assembly(config, services, clock, database_url, url, sockets, leaving)


class _Server(uvicorn.Server):
    """Leaves signals to pytest, tells when it serves, and stops at once instead of at its next tick."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.serving = asyncio.Event()
        self.stopping = asyncio.Event()

    async def main_loop(self) -> None:
        await self.stopping.wait()

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        self.serving.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def listening(settings: Settings, services: Services) -> AsyncIterator[str]:
    listener = listen(settings.server.host, 0)
    config = uvicorn.Config(
        create_app(services), http="h11", ws="websockets-sansio", lifespan="off", log_config=None, access_log=False
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve([listener]))
    await server.serving.wait()
    host, port = listener.getsockname()[:2]
    try:
        yield f"http://{host}:{port}"
    finally:
        server.stopping.set()
        await serving
