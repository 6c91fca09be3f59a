"""PostgreSQL, where everything lasts, Redis, where tickets wait, ClickHouse, which adds up; errors name the store."""

from __future__ import annotations

from agent_backend.storage.accounts import AccountStore
from agent_backend.storage.analytics import DailyCost, Latency, RunCounts, ToolUse, UsageAnalytics
from agent_backend.storage.analytics_feed import AnalyticsFeed, FeedStatistics
from agent_backend.storage.backfill import backfill
from agent_backend.storage.clickhouse import ClickHouse
from agent_backend.storage.database import DatabaseManager, PoolStatistics
from agent_backend.storage.health import Probe, StoreHealth, StoreState, ask_stores
from agent_backend.storage.migrations import MigrationError, migrate
from agent_backend.storage.redis_store import RedisStore
from agent_backend.storage.runs import Admission, RunClosed, RunLog, ThreadNotFound
from agent_backend.storage.sessions import SessionStore
from agent_backend.storage.stores import StoreUnavailable
from agent_backend.storage.threads import Message, Thread, ThreadStore
from agent_backend.storage.usage import UsageRecord, UsageStore, UsageTotal

__all__ = [
    "AccountStore",
    "Admission",
    "AnalyticsFeed",
    "ClickHouse",
    "DailyCost",
    "DatabaseManager",
    "FeedStatistics",
    "Latency",
    "Message",
    "MigrationError",
    "PoolStatistics",
    "Probe",
    "RedisStore",
    "RunClosed",
    "RunCounts",
    "RunLog",
    "SessionStore",
    "StoreHealth",
    "StoreState",
    "StoreUnavailable",
    "Thread",
    "ThreadNotFound",
    "ThreadStore",
    "ToolUse",
    "UsageAnalytics",
    "UsageRecord",
    "UsageStore",
    "UsageTotal",
    "ask_stores",
    "backfill",
    "migrate",
]
