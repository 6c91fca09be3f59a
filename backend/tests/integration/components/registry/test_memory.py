"""What the registry holds is given back: by many threads at once, and when its users are gone."""

from __future__ import annotations

import gc
import tracemalloc
import weakref
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from agent_backend.context import Kind, Principal

pytestmark = pytest.mark.asyncio

USERS = 60
BALLAST = 20_000
FREED = 0.8


def users(office: Any, count: int) -> list[Principal]:
    new = office.instance.services.ids.new
    return [Principal(new(Kind.TENANT), new(Kind.USER)) for _ in range(count)]


async def test_memory_is_flat_after_many_threads_have_opened_and_ended_sessions(office: Any, test_metrics: Any) -> None:
    registry = office.registry

    def come_and_go(user: Principal) -> bool:
        session = registry.session(user)
        for thread in ("thr_1", "thr_2"):
            session.agent("notebook", thread)
        session.associate("run_1", office.watch())
        return registry.remove(user)

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(come_and_go, users(office, 40)))
        crowd = users(office, 400)
        gc.collect()
        tracemalloc.start()
        try:
            before, _ = tracemalloc.get_traced_memory()
            assert all(threads.map(come_and_go, crowd))
            gc.collect()
            after, _ = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    test_metrics.record("bytes_more_after_400_users", after - before)
    assert after - before < 400 * BALLAST * 0.01
    health = registry.health()
    assert (health["sessions"], health["agents"], health["runs"]) == (0, 0, 0)


async def test_four_fifths_of_the_memory_are_free_again_when_the_sessions_have_ended(
    office: Any, test_metrics: Any
) -> None:
    registry = office.registry
    contexts = [office.context(await office.instance.found()) for _ in range(4)]
    for context in contexts:
        await office.work(context)
    crowd = users(office, USERS)
    gone = [weakref.ref(registry.session(context.principal)) for context in contexts]
    gc.collect()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        kept = [registry.session(user) for user in crowd]
        for session in kept:
            session.agent("notebook", "thr_1")
        held, _ = tracemalloc.get_traced_memory()
        assert registry.cleanup() == USERS + len(contexts)
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    test_metrics.record("freed", (held - after) / (held - before))
    assert held - before > USERS * BALLAST
    assert {str(session.report()) for session in kept} == {str({"agents": 0, "runs": 0})}
    assert (held - after) / (held - before) >= FREED
    assert [session() for session in gone] == [None] * len(contexts)
