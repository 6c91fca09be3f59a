"""The assembly: every part of the service made once, and handed to those who need it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from agent_backend.agents import SpendAdvisor, UsageTotals
from agent_backend.config import Settings
from agent_backend.context import Clock, SystemClock, UnifiedIDManager
from agent_backend.execution import UserExecutionEngine
from agent_backend.identity import (
    AuthTicketManager,
    Identity,
    Lifetimes,
    Passwords,
    Sessions,
    SessionWatches,
    SignedTokens,
    SigningKeys,
)
from agent_backend.llm import OfflineLanguage
from agent_backend.realtime import SocketEndpoint, UnifiedWebSocketManager
from agent_backend.storage import (
    AccountStore,
    DatabaseManager,
    RedisStore,
    RunLog,
    SessionStore,
    ThreadStore,
    UsageStore,
)
from agent_backend.workflow import RunDispatcher, WorkflowOrchestrator


@dataclass(frozen=True, slots=True)
class Services:
    """What the routes work with."""

    ids: UnifiedIDManager
    database: DatabaseManager
    redis: RedisStore
    identity: Identity
    sessions: Sessions
    watches: SessionWatches
    tickets: AuthTicketManager
    threads: ThreadStore
    usage: UsageStore
    dispatcher: RunDispatcher
    sockets: UnifiedWebSocketManager
    endpoint: SocketEndpoint

    async def drain(self) -> None:
        """Stop the runs, so that their users hear of it, then close the sockets."""
        await self.dispatcher.shutdown()
        await self.sockets.shutdown()


@asynccontextmanager
async def open_services(settings: Settings, clock: Clock | None = None) -> AsyncIterator[Services]:
    """Open the stores and build all that stands on them; on leaving, close everything in reverse."""
    clock = clock or SystemClock()
    ids = UnifiedIDManager(clock)
    async with AsyncExitStack() as stack:
        database = await DatabaseManager.open(
            settings.database.url.get_secret_value(), max_size=settings.database.pool_size
        )
        stack.push_async_callback(database.close)
        redis = await RedisStore.open(settings.redis.url.get_secret_value())
        stack.push_async_callback(redis.close)
        passwords = Passwords()
        stack.callback(passwords.close)

        watches = SessionWatches()
        tokens = SignedTokens(lambda: _keys(settings), clock, ids)
        sessions = Sessions(SessionStore(database), tokens, watches, clock, ids, lambda: _lifetimes(settings))
        tickets = AuthTicketManager(redis, sessions.lives, clock)
        usage = UsageStore(database)
        log = RunLog(database)
        sockets = UnifiedWebSocketManager()
        engine = UserExecutionEngine(log, [UsageTotals(usage)], clock, ids)
        orchestrator = WorkflowOrchestrator(engine, SpendAdvisor(OfflineLanguage()))
        dispatcher = RunDispatcher(log, orchestrator, sockets.deliver, clock, ids)
        yield Services(
            ids=ids,
            database=database,
            redis=redis,
            identity=Identity(AccountStore(database), passwords, sessions, ids),
            sessions=sessions,
            watches=watches,
            tickets=tickets,
            threads=ThreadStore(database),
            usage=usage,
            dispatcher=dispatcher,
            sockets=sockets,
            endpoint=SocketEndpoint(tickets, sockets, dispatcher, clock, ids),
        )


def _keys(settings: Settings) -> SigningKeys:
    previous = settings.security.previous_secret_key
    return SigningKeys(
        settings.security.secret_key.get_secret_value(), None if previous is None else previous.get_secret_value()
    )


def _lifetimes(settings: Settings) -> Lifetimes:
    security = settings.security
    return Lifetimes(
        timedelta(seconds=security.access_token_seconds), timedelta(seconds=security.refresh_token_seconds)
    )
