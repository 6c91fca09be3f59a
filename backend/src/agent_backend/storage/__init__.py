"""PostgreSQL, where everything lasts, Redis, where tickets wait, ClickHouse, which adds up; errors name the store."""

from __future__ import annotations

from agent_backend.storage.accounts import AccountStore
from agent_backend.storage.analytics import DailyCost, Latency, RunCounts, ToolUse, UsageAnalytics
from agent_backend.storage.analytics_feed import AnalyticsFeed, FeedStatistics
from agent_backend.storage.announcements import CANCELLATIONS, SESSIONS, Announcements, channel_of
from agent_backend.storage.backfill import backfill, catch_up
from agent_backend.storage.clickhouse import ClickHouse
from agent_backend.storage.database import DatabaseManager, PoolStatistics
from agent_backend.storage.health import Probe, StoreHealth, StoreState, ask_stores
from agent_backend.storage.inspection import INSPECTIONS, Finding
from agent_backend.storage.instances import InstanceStore, ToldInstance
from agent_backend.storage.language_budget import LanguageBudgetStore
from agent_backend.storage.migrations import MigrationError, migrate
from agent_backend.storage.redis_store import RedisStore
from agent_backend.storage.run_history import RunHistory, RunSummary
from agent_backend.storage.run_queue import QueuedRun, RunQueue, WorkerForgotten
from agent_backend.storage.runs import (
    Admission,
    Claim,
    OpenCall,
    Outcome,
    Recorded,
    RunFenced,
    RunLog,
    RunState,
    StoredStep,
)
from agent_backend.storage.sessions import SessionStore
from agent_backend.storage.stores import StoreUnavailable
from agent_backend.storage.threads import Message, Thread, ThreadStore
from agent_backend.storage.usage import UsageStore, UsageTotal
from agent_backend.storage.usage_imports import ImportOvertaken, ImportProgress, UsageImports
from agent_backend.storage.usage_measures import UsageMeasures

__all__ = [
    "INSPECTIONS",
    "Finding",
    "CANCELLATIONS",
    "SESSIONS",
    "AccountStore",
    "Admission",
    "AnalyticsFeed",
    "Announcements",
    "Claim",
    "ClickHouse",
    "DailyCost",
    "DatabaseManager",
    "FeedStatistics",
    "ImportOvertaken",
    "ImportProgress",
    "LanguageBudgetStore",
    "Latency",
    "InstanceStore",
    "Message",
    "MigrationError",
    "OpenCall",
    "Outcome",
    "PoolStatistics",
    "Probe",
    "QueuedRun",
    "Recorded",
    "RedisStore",
    "RunCounts",
    "RunFenced",
    "RunHistory",
    "RunLog",
    "RunQueue",
    "RunState",
    "RunSummary",
    "SessionStore",
    "StoreHealth",
    "StoreState",
    "StoreUnavailable",
    "StoredStep",
    "Thread",
    "ThreadStore",
    "ToldInstance",
    "ToolUse",
    "UsageAnalytics",
    "UsageImports",
    "UsageMeasures",
    "UsageStore",
    "UsageTotal",
    "WorkerForgotten",
    "ask_stores",
    "backfill",
    "catch_up",
    "channel_of",
    "migrate",
]
