"""Agents are registered once by name, made for a user and a thread, and end with them."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest

from agent_backend.agents import UnknownAgent

pytestmark = pytest.mark.asyncio

ADVISOR = ["actions", "data", "data_helper", "optimization", "reporting", "triage"]
RENDEZVOUS = 0.1
"""Seconds in which two threads meet if nothing keeps them apart."""


async def test_an_agent_that_is_registered_works_in_the_context_of_its_user(office: Any) -> None:
    ada, eve = await office.instance.found(), await office.instance.found()
    await office.instance.spend(ada, large="3.5")
    assert office.registry.names == sorted([*ADVISOR, "notebook"])
    for agent in ("data", "notebook"):
        told = str(await office.work(office.context(ada), agent))
        assert "3.500000000" in told
        assert "3.500000000" not in str(await office.work(office.context(eve), agent))
    with pytest.raises(ValueError, match="'data' is registered already"):
        office.registry.register("data", office.notebook)


async def test_an_agent_is_found_again_by_its_user_and_thread_and_an_unknown_one_is_told_from_the_known(
    office: Any,
) -> None:
    ada = await office.instance.found()
    session = office.registry.session(ada)
    first, second = session.agent("notebook", "thr_1"), session.agent("notebook", "thr_2")
    assert session.agent("notebook", "thr_1") is first is not second
    assert office.registry.get(ada).agent("notebook", "thr_2") is second
    assert office.registry.get(await office.instance.colleague(ada)) is None
    with pytest.raises(UnknownAgent, match=r"no agent 'notebok'; registered: actions, .*notebook"):
        session.agent("notebok", "thr_1")


async def test_an_agent_lives_until_its_thread_its_session_or_the_registry_ends(office: Any) -> None:
    ada, registry = await office.instance.found(), office.registry
    session = registry.session(ada)
    made = [session.agent("notebook", thread) for thread in ("thr_1", "thr_2")]
    session.end_thread("thr_1")
    assert session.agent("notebook", "thr_2") is made[1]
    assert session.agent("notebook", "thr_1") is not made[0]
    session.reset()
    assert session.report() == {"agents": 0, "runs": 0}
    assert registry.get(ada) is session
    assert [registry.remove(ada), registry.remove(ada), registry.get(ada)] == [True, False, None]
    assert registry.session(ada) is not session
    assert [registry.cleanup(), registry.cleanup()] == [1, 0]


async def test_what_many_threads_register_and_ask_for_at_once_is_made_once(office: Any) -> None:
    ada, registry = await office.instance.found(), office.registry
    meeting, made = threading.Barrier(2), []

    def slowly() -> Any:
        with suppress(threading.BrokenBarrierError):
            meeting.wait(RENDEZVOUS)
        made.append(office.notebook())
        return made[-1]

    def register(number: int) -> bool:
        try:
            registry.register("rare", slowly)
        except ValueError:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(register, range(40))).count(True) == 1
        sessions = list(threads.map(lambda _: registry.session(ada), range(40)))
        agents = list(threads.map(lambda _: registry.session(ada).agent("rare", "thr_1"), range(40)))
    assert len({id(session) for session in sessions}) == 1
    assert len({id(agent) for agent in agents}) == len(made) == 1
