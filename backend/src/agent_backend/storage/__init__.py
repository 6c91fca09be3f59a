"""PostgreSQL, where everything lasts, and Redis, where tickets wait: both behind errors that name the store."""

from __future__ import annotations

from agent_backend.storage.accounts import AccountStore
from agent_backend.storage.announcements import CANCELLATIONS, SESSIONS, Announcements, channel_of
from agent_backend.storage.database import DatabaseManager
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
    "CANCELLATIONS",
    "SESSIONS",
    "AccountStore",
    "Admission",
    "Announcements",
    "Claim",
    "DatabaseManager",
    "ImportOvertaken",
    "ImportProgress",
    "LanguageBudgetStore",
    "Message",
    "MigrationError",
    "OpenCall",
    "Outcome",
    "QueuedRun",
    "Recorded",
    "RedisStore",
    "RunFenced",
    "RunHistory",
    "RunLog",
    "RunQueue",
    "RunState",
    "RunSummary",
    "SessionStore",
    "StoreUnavailable",
    "StoredStep",
    "Thread",
    "ThreadStore",
    "UsageImports",
    "UsageMeasures",
    "UsageStore",
    "UsageTotal",
    "WorkerForgotten",
    "channel_of",
    "migrate",
]
