"""The assembly: every part of the service made once, and handed to those who need it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from agent_backend.analysis import Policy
from agent_backend.config import Settings
from agent_backend.context import Clock, SystemClock, UnifiedIDManager
from agent_backend.execution import Faults
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
from agent_backend.realtime import UnifiedWebSocketManager
from agent_backend.storage import (
    AccountStore,
    DatabaseManager,
    LanguageBudgetStore,
    RedisStore,
    SessionStore,
    ThreadStore,
    UsageImports,
    UsageStore,
)
from agent_backend.web import advisor
from agent_backend.web.running import Ground, Running, open_running
from agent_backend.workflow import WorkerRules


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
    imports: UsageImports
    running: Running

    @property
    def sockets(self) -> UnifiedWebSocketManager:
        return self.running.sockets

    async def drain(self) -> None:
        """Let go of the runs, for others to go on with them, then close the sockets."""
        await self.running.drain()


@asynccontextmanager
async def open_services(
    settings: Settings,
    clock: Clock | None = None,
    *,
    faults: Faults | None = None,
    rules: WorkerRules | None = None,
) -> AsyncIterator[Services]:
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
        usage = UsageStore(database, ids)
        policy = Policy()
        budget = LanguageBudgetStore(database, clock, settings.language.daily_tokens)
        language = await stack.enter_async_context(advisor.language(settings.language, budget))
        running = await stack.enter_async_context(
            open_running(
                Ground(settings, database, tickets, sessions, watches, clock, ids),
                advisor.agents(language, policy),
                advisor.tools(database, usage, policy),
                faults=faults,
                rules=rules,
            )
        )
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
            imports=UsageImports(database, usage),
            running=running,
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
