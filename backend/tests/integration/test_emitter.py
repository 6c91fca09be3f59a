"""An agent that no workflow runs tells of itself through emitter and bridge, into the same log."""

from __future__ import annotations

import json
import secrets
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
import pytest_asyncio

from agent_backend.context import Kind, Principal, SystemClock, UnifiedIDManager
from agent_backend.events import Event
from agent_backend.realtime import AgentWebSocketBridge, Delivery, UnifiedWebSocketEmitter, UnifiedWebSocketManager
from agent_backend.storage import Claim, DatabaseManager, RunFenced, RunHistory, RunLog
from goldenpath import GOLDEN_PATH


@dataclass
class Ground:
    """A run that waits for whoever claims it."""

    database: DatabaseManager
    principal: Principal
    run_id: str

    async def claim(self, worker: str) -> Claim:
        claim = await RunLog(self.database).claim(self.principal.tenant_id, self.run_id, worker, SystemClock().now())
        assert claim is not None
        return claim

    def bridge(self, claim: Claim) -> AgentWebSocketBridge:
        """What an agent is given that works under this claim."""

        async def record(event: Event) -> Event:
            return (await RunLog(self.database).append(claim, event)).event

        clock, thread = SystemClock(), claim.context.thread_id
        emitter = UnifiedWebSocketEmitter(
            self.principal, thread, UnifiedWebSocketManager(clock), record, clock.now, claim.epoch
        )
        return AgentWebSocketBridge(claim.context, emitter)

    async def story(self) -> list[dict[str, Any]]:
        """What a client that comes later reads."""
        return [
            json.loads(event.frame) for event in await RunHistory(self.database).events(self.principal, self.run_id, 0)
        ]


@pytest_asyncio.fixture
async def ground(migrated_database: Callable[[], str]) -> AsyncIterator[Ground]:
    url, ids = migrated_database(), UnifiedIDManager(SystemClock())
    tenant, user, thread, run, request = (
        ids.new(kind) for kind in (Kind.TENANT, Kind.USER, Kind.THREAD, Kind.RUN, Kind.REQUEST)
    )
    with psycopg.connect(url) as owner:
        owner.execute("INSERT INTO tenants (id, name) VALUES (%s, %s)", [tenant, secrets.token_hex(6)])
        owner.execute(
            "INSERT INTO users (tenant_id, id, email, password_hash) VALUES (%s, %s, 'ada@example.test', '')",
            [tenant, user],
        )
        owner.execute(
            "INSERT INTO threads (tenant_id, id, user_id, title, created_at) VALUES (%s, %s, %s, '', now())",
            [tenant, thread, user],
        )
        owner.execute(
            "INSERT INTO runs (tenant_id, id, thread_id, user_id, client_message_id, request_id, created_at)"
            " VALUES (%s, %s, %s, %s, 'm', %s, now())",
            [tenant, run, thread, user, request],
        )
        owner.execute(
            "INSERT INTO messages (tenant_id, id, thread_id, run_id, role, content, created_at)"
            " VALUES (%s, %s, %s, %s, 'user', 'Go', now())",
            [tenant, ids.new(Kind.MESSAGE), thread, run],
        )
    database = await DatabaseManager.open(url)
    yield Ground(database, Principal(tenant, user), run)
    await database.close()


@pytest.mark.asyncio
async def test_what_a_bridge_tells_is_in_the_log_in_its_order_before_anyone_is_sent_it(ground: Ground) -> None:
    bridge, run = ground.bridge(await ground.claim("one")), ground.run_id
    told = [
        await bridge.notify_agent_started(run, "advisor", "Go"),
        await bridge.notify_agent_thinking(run, "advisor", "I look.", 1, 0.5),
        await bridge.notify_tool_executing(run, "advisor", "usage_totals", {"by": "team"}, "tcl_1"),
        await bridge.notify_tool_completed(run, "advisor", "usage_totals", {"cost": "0.30"}, "tcl_1", 3, True),
        await bridge.notify_agent_completed(run, "advisor", {"text": "$0.30"}, 9),
    ]
    assert told == [Delivery()] * 5, "nobody was there to be sent anything"
    story = await ground.story()
    assert [event["seq"] for event in story] == [1, 2, 3, 4, 5]
    assert GOLDEN_PATH.check(story).ok, GOLDEN_PATH.check(story).explain()


@pytest.mark.asyncio
async def test_an_agent_whose_run_was_taken_over_tells_nothing_more(ground: Ground) -> None:
    late = ground.bridge(await ground.claim("one"))
    await late.notify_agent_started(ground.run_id, "advisor", "Go")
    heir = ground.bridge(await ground.claim("two"))
    with pytest.raises(RunFenced):
        await late.notify_agent_thinking(ground.run_id, "advisor", "I am still here.")
    await heir.notify_agent_thinking(ground.run_id, "advisor", "I go on.")
    assert [event["payload"].get("reasoning") for event in await ground.story()] == [None, "I go on."]
