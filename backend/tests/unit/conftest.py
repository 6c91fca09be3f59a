from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from agent_backend.context import Kind, UnifiedIDManager, UserExecutionContext


class ManualClock:
    """Time that moves when a test moves it."""

    def __init__(self) -> None:
        self.time = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time

    def monotonic(self) -> float:
        return self.time.timestamp()

    def move(self, **duration: float) -> None:
        self.time += timedelta(**duration)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def ids(clock: ManualClock) -> UnifiedIDManager:
    return UnifiedIDManager(clock)


@pytest.fixture
def new_context(ids: UnifiedIDManager) -> Callable[..., UserExecutionContext]:
    """Makes contexts of a run, with some of their fields changed."""

    def make(**changes: object) -> UserExecutionContext:
        fields = {f"{kind.name.lower()}_id": ids.new(kind) for kind in list(Kind) if kind in _KINDS}
        return UserExecutionContext(**fields | changes)

    return make


_KINDS = {Kind.TENANT, Kind.USER, Kind.THREAD, Kind.RUN, Kind.REQUEST, Kind.CONNECTION}
