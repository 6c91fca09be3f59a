"""The log of runs, asked directly: claims shut each other out, numbers go on, and only the owner reads."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import pytest
import pytest_asyncio

from agent_backend.context import Kind, Principal, SystemClock, UnifiedIDManager, UserExecutionContext
from agent_backend.events import FIRST_EPOCH, Event, RunEvents
from agent_backend.storage import (
    Admission,
    Claim,
    DatabaseManager,
    Outcome,
    RunFenced,
    RunHistory,
    RunLog,
    RunState,
    StoredStep,
    migrate,
)

clock = SystemClock()
ids = UnifiedIDManager(clock)


@dataclass(frozen=True)
class Ground:
    """A log on a database of its own, and two users of one tenant."""

    database: DatabaseManager
    log: RunLog
    history: RunHistory
    ada: Principal
    bob: Principal

    async def ask(self, owner: Principal, text: str = "What do we spend?", message: str = "") -> str:
        """Admit a question in a thread of its own and return its run."""
        context = UserExecutionContext(
            tenant_id=owner.tenant_id,
            user_id=owner.user_id,
            thread_id=ids.new(Kind.THREAD),
            run_id=ids.new(Kind.RUN),
            request_id=ids.new(Kind.REQUEST),
        )
        admission = Admission(context, ids.new(Kind.MESSAGE), message or context.run_id, text, True, 0)
        outcome = await self.log.admit(admission, clock.now())
        return context.run_id if outcome is Outcome.ADMITTED else outcome.value

    async def claim(self, owner: Principal, run_id: str) -> Claim:
        claim = await self.log.claim(owner.tenant_id, run_id, "an instance", clock.now())
        assert claim is not None
        return claim


@pytest_asyncio.fixture
async def ground(new_database: Callable[[], str]) -> AsyncIterator[Ground]:
    url = new_database()
    migrate(url)
    database = await DatabaseManager.open(url, max_size=2)
    tenant = ids.new(Kind.TENANT)
    ada, bob = (Principal(tenant, ids.new(Kind.USER)) for _ in range(2))
    async with database.tenant(tenant) as connection:
        await connection.execute("INSERT INTO tenants (id, name) VALUES (%s, 'acme')", [tenant])
        for user in (ada, bob):
            await connection.execute(
                "INSERT INTO users (tenant_id, id, email, password_hash) VALUES (%s, %s, %s, '')",
                [tenant, user.user_id, f"{user.user_id}@example.test"],
            )
    yield Ground(database, RunLog(database), RunHistory(database), ada, bob)
    await database.close()


def thought(claim: Claim, text: str = "") -> Event:
    return events(claim).agent_thinking("supervisor", text, 1, 0.0)


def events(claim: Claim) -> RunEvents:
    context = claim.context
    return RunEvents(run_id=context.run_id, thread_id=context.thread_id, epoch=FIRST_EPOCH, now=clock.now)


@pytest.mark.asyncio
async def test_a_later_claim_goes_on_counting_where_the_log_ends(ground: Ground) -> None:
    run_id = await ground.ask(ground.ada)
    first = await ground.claim(ground.ada, run_id)
    assert [(await ground.log.append(first, thought(first))).event.seq for _ in range(3)] == [1, 2, 3]
    second = await ground.claim(ground.ada, run_id)
    assert (second.fence, second.last_seq, second.epoch) == (2, 3, first.epoch)
    assert (await ground.log.append(second, thought(second))).event.seq == 4
    read = await ground.history.events(ground.ada, run_id, 0)
    assert [(event.seq, event.epoch) for event in read] == [(seq, first.epoch) for seq in (1, 2, 3, 4)]


@pytest.mark.asyncio
async def test_who_was_shut_out_by_a_later_claim_writes_nothing_more(ground: Ground) -> None:
    run_id = await ground.ask(ground.ada)
    late = await ground.claim(ground.ada, run_id)
    current = await ground.claim(ground.ada, run_id)
    with pytest.raises(RunFenced, match="claim 1, which is void"):
        await ground.log.append(late, thought(late))
    with pytest.raises(RunFenced, match="the step triage"):
        await ground.log.complete_step(late, StoredStep("triage", 1, "triage", {}, {}, None), clock.now())
    with pytest.raises(RunFenced, match="claim 1, which is void"):
        await ground.log.end(late, RunState.FAILED, events(late).agent_error("supervisor", "", "failed", False))
    assert await ground.history.events(ground.ada, run_id, 0) == []
    assert (await ground.log.append(current, thought(current))).event.seq == 1


@pytest.mark.asyncio
async def test_a_run_ends_once_and_can_be_claimed_no_more(ground: Ground) -> None:
    run_id = await ground.ask(ground.ada)
    claim = await ground.claim(ground.ada, run_id)
    end = events(claim).agent_completed("supervisor", {"text": "so much"}, 1)
    assert (await ground.log.end(claim, RunState.COMPLETED, end, ids.new(Kind.MESSAGE), {"text": "so much"})).seq == 1
    with pytest.raises(RunFenced):
        await ground.log.end(claim, RunState.FAILED, events(claim).agent_error("supervisor", "", "failed", False))
    with pytest.raises(RunFenced):
        await ground.log.append(claim, thought(claim))
    assert await ground.log.claim(ground.ada.tenant_id, run_id, "another", clock.now()) is None
    summary = await ground.history.summary(ground.ada, run_id)
    assert summary is not None
    assert (summary.state, summary.last_seq) == (RunState.COMPLETED, 1)


@pytest.mark.asyncio
async def test_a_message_that_is_sent_again_starts_no_second_run(ground: Ground) -> None:
    run_id = await ground.ask(ground.ada, message="the same")
    assert await ground.ask(ground.ada, message="the same") == "duplicate"
    assert await ground.ask(ground.bob, message="the same") not in {"duplicate", run_id}
    assert [run.run_id for run in await ground.history.active(ground.ada)] == [run_id]


@pytest.mark.asyncio
async def test_a_colleague_reads_no_event_of_anothers_run(ground: Ground) -> None:
    run_id = await ground.ask(ground.ada)
    claim = await ground.claim(ground.ada, run_id)
    await ground.log.append(claim, thought(claim, "for Ada only"))
    assert len(await ground.history.events(ground.ada, run_id, 0)) == 1
    namesake = Principal(ids.new(Kind.TENANT), ground.ada.user_id)
    for reader in (ground.bob, namesake):
        assert await ground.history.events(reader, run_id, 0) == []
        assert await ground.history.summary(reader, run_id) is None
        assert await ground.history.active(reader) == []


@pytest.mark.asyncio
async def test_a_snapshot_holds_the_messages_of_its_runs_thread_and_of_no_other(ground: Ground) -> None:
    runs = {text: await ground.ask(owner, text) for owner, text in ((ground.ada, "first"), (ground.bob, "secret"))}
    runs["second"] = await ground.ask(ground.ada, "second")
    for text, owner in (("first", ground.ada), ("second", ground.ada), ("secret", ground.bob)):
        summary = await ground.history.summary(owner, runs[text])
        assert summary is not None
        snapshot = await ground.history.snapshot(owner, summary)
        assert [(message["run_id"], message["content"]) for message in snapshot["messages"]] == [(runs[text], text)]
        assert snapshot["thread_id"] == summary.thread_id
