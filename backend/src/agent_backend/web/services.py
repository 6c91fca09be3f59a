"""The assembly: every part of the service made once, and handed to those who need it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import partial

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
from agent_backend.observability import Metrics, Tracing
from agent_backend.realtime import UnifiedWebSocketManager
from agent_backend.storage import (
    AccountStore,
    AnalyticsFeed,
    ClickHouse,
    DatabaseManager,
    LanguageBudgetStore,
    Probe,
    RedisStore,
    SessionStore,
    ThreadStore,
    UsageAnalytics,
    UsageImports,
    UsageStore,
    catch_up,
)
from agent_backend.web import advisor
from agent_backend.web.observed import ObservedLanguage, counted, observed_agents, observed_tools
from agent_backend.web.running import Ground, Running, open_running
from agent_backend.workflow import WorkerRules


@dataclass(frozen=True, slots=True)
class Services:
    """What the routes work with."""

    clock: Clock
    ids: UnifiedIDManager
    database: DatabaseManager
    redis: RedisStore
    identity: Identity
    sessions: Sessions
    watches: SessionWatches
    tickets: AuthTicketManager
    threads: ThreadStore
    usage: UsageStore
    analytics: UsageAnalytics | None
    feed: AnalyticsFeed | None
    probes: tuple[Probe, ...]
    metrics: Metrics
    tracing: Tracing
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
    current: Callable[[], Settings],
    clock: Clock | None = None,
    *,
    faults: Faults | None = None,
    rules: WorkerRules | None = None,
) -> AsyncIterator[Services]:
    """Open the stores and build all that stands on them; on leaving, close everything in reverse.

    `current` is asked again for what a reload may change: keys and lifetimes.
    """
    settings = current()
    clock = clock or SystemClock()
    ids = UnifiedIDManager(clock)
    metrics, tracing = Metrics(), Tracing()
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
        tokens = SignedTokens(lambda: _keys(current()), clock, ids)
        sessions = Sessions(SessionStore(database), tokens, watches, clock, ids, lambda: _lifetimes(current()))
        tickets = AuthTicketManager(redis, clock)
        clickhouse, analytics, feed = await _analytics(stack, settings, database)
        usage = UsageStore(database, ids, None if feed is None else feed.usage_changed)
        policy, prices = Policy(), advisor.prices(settings.agents)
        budget = LanguageBudgetStore(database, clock, settings.language.daily_tokens)
        language = await stack.enter_async_context(advisor.language(settings.language, budget))
        if settings.language.model is not None:
            language = ObservedLanguage(language, settings.language.model, tracing)
        running = await stack.enter_async_context(
            open_running(
                Ground(settings, database, tickets, sessions, watches, clock, ids),
                observed_agents(advisor.agents(language, policy), tracing),
                observed_tools(advisor.tools(database, usage, prices, policy), tracing, metrics, clock),
                faults=faults,
                rules=rules,
                heard=counted(metrics, None if feed is None else feed.offer_event),
            )
        )
        _gauges(metrics, database, running, feed)
        yield Services(
            clock=clock,
            ids=ids,
            database=database,
            redis=redis,
            identity=Identity(AccountStore(database), passwords, sessions, ids),
            sessions=sessions,
            watches=watches,
            tickets=tickets,
            threads=ThreadStore(database),
            usage=usage,
            analytics=analytics,
            feed=feed,
            probes=_probes(database, redis, clickhouse),
            metrics=metrics,
            tracing=tracing,
            imports=UsageImports(database, usage),
            running=running,
        )


async def _analytics(
    stack: AsyncExitStack, settings: Settings, database: DatabaseManager
) -> tuple[ClickHouse | None, UsageAnalytics | None, AnalyticsFeed | None]:
    """Nobody waits for ClickHouse, not even the start of the service: it connects when there is something to send."""
    if settings.clickhouse.url is None:
        return None, None, None
    clickhouse = ClickHouse(settings.clickhouse.url.get_secret_value())
    stack.push_async_callback(clickhouse.close)
    analytics = UsageAnalytics(clickhouse)
    feed = await stack.enter_async_context(AnalyticsFeed.running(analytics, partial(catch_up, database, analytics)))
    return clickhouse, analytics, feed


def _probes(database: DatabaseManager, redis: RedisStore, clickhouse: ClickHouse | None) -> tuple[Probe, ...]:
    ping = None if clickhouse is None else clickhouse.ping
    return (
        Probe("PostgreSQL", database.ping, "nothing can be asked or read", required=True),
        Probe("Redis", redis.ping, "no socket can be opened", required=True),
        Probe("ClickHouse", ping, "analytics are not up to date", required=False),
    )


def _gauges(metrics: Metrics, database: DatabaseManager, running: Running, feed: AnalyticsFeed | None) -> None:
    def pool() -> dict[str, float]:
        return {name: float(value) for name, value in asdict(database.statistics()).items()}

    metrics.observe("postgres_pool", "Connections to PostgreSQL and who waits for one", pool, "what")
    metrics.gauge("sockets", "Sockets that are open here", lambda: float(running.sockets.report()["sockets"]))
    if feed is not None:
        metrics.gauge("analytics_waiting", "Facts that wait for ClickHouse", lambda: float(feed.statistics().waiting))
        metrics.gauge("analytics_dropped", "Facts that were dropped", lambda: float(feed.statistics().dropped))


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
