"""What the customer pays for: sums that are exact, his alone, and right when much is written at once."""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from agent_backend.context import Account, Kind, UserExecutionContext
from agent_backend.storage import AccountStore, Admission, LanguageBudgetStore, Outcome, RunLog, UsageStore
from agent_backend.usage import UsageRecord
from goldenpath import Canary, LeakSearch

pytestmark = pytest.mark.asyncio

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


def record(cost: Decimal, model: str = "large", team: str = "search") -> UsageRecord:
    return UsageRecord(
        occurred_at=NOON, team=team, model=model, prompt_tokens=7, completion_tokens=3, latency_ms=90, cost=cost
    )


async def test_money_is_exact_to_the_last_decimal_however_it_is_added_up(
    manager: Any, new_tenant: Any, ids: Any
) -> None:
    owner, usage, chance = await new_tenant(), UsageStore(manager, ids), random.Random(20)
    costs = [Decimal(chance.randrange(1, 10**12)).scaleb(-9) for _ in range(2000)]
    costs += [Decimal("0.000000001"), Decimal("999999999.999999999"), Decimal(0)]
    await usage.add(owner.tenant_id, [record(cost, f"model {n % 5}", f"team {n % 3}") for n, cost in enumerate(costs)])
    for grouping in ("model", "team"):
        totals = await usage.totals(owner.tenant_id, grouping)
        assert sum(total.cost for total in totals) == sum(costs)
        assert sum(total.calls for total in totals) == len(costs)
        assert [total.cost for total in totals] == sorted((total.cost for total in totals), reverse=True)


async def test_a_customer_finds_his_own_records_and_no_mark_of_another(manager: Any, new_tenant: Any, ids: Any) -> None:
    canaries, usage = [Canary("acme"), Canary("globex"), Canary("initech")], UsageStore(manager, ids)
    owners = {canary: await new_tenant() for canary in canaries}
    for canary, owner in owners.items():
        await usage.add(owner.tenant_id, [record(Decimal(1), canary.token("model"), canary.token("team"))])
    search = LeakSearch(*canaries)
    for canary, owner in owners.items():
        eyes = search.eyes_of(canary.tenant)
        for grouping, label in (("model", "model"), ("team", "team")):
            (total,) = await usage.totals(owner.tenant_id, grouping)
            assert total.name == canary.token(label)
            eyes.value(f"totals by {grouping}", total.name)
        async with manager.tenant(owner.tenant_id) as connection:
            for table in ("usage_records", "tenants", "users"):
                eyes.value(table, await (await connection.execute(f"TABLE {table}")).fetchall())
    search.report.require()


async def test_high_values_under_load_add_up_to_the_last_unit_while_they_are_written(
    manager: Any, new_tenant: Any, ids: Any
) -> None:
    owner, usage = await new_tenant(), UsageStore(manager, ids)
    large = Decimal("123456789.123456789")
    seen: list[Decimal] = []

    async def write() -> None:
        for _ in range(5):
            await usage.add(owner.tenant_id, [record(large)] * 20)

    async def read() -> None:
        for _ in range(20):
            seen.extend(total.cost for total in await usage.totals(owner.tenant_id, "model"))

    await asyncio.gather(*(write() for _ in range(8)), read(), read())
    (total,) = await usage.totals(owner.tenant_id, "model")
    assert (total.calls, total.cost) == (800, large * 800)
    assert total.cost == Decimal("98765431298.7654312")
    assert all(cost % (large * 20) == 0 for cost in seen)


async def test_integrity_holds_when_many_update_the_same_thing_at_once(
    manager: Any, new_tenant: Any, ids: Any, clock: Any
) -> None:
    owner = await new_tenant()
    budget = LanguageBudgetStore(manager, clock, 100)
    granted = await asyncio.gather(*(budget.reserve(owner.tenant_id, 7) for _ in range(40)))
    assert granted.count(True) == 100 // 7
    account = Account(owner.tenant_id, ids.new(Kind.USER), "the-one@example.test", "")
    accounts = AccountStore(manager)
    assert (await asyncio.gather(*(accounts.add_user(account) for _ in range(20)))).count(True) == 1
    log, message = RunLog(manager), ids.new(Kind.REQUEST)

    def asked() -> Admission:
        names = {f"{kind.name.lower()}_id": ids.new(kind) for kind in (Kind.THREAD, Kind.RUN, Kind.REQUEST)}
        context = UserExecutionContext(tenant_id=owner.tenant_id, user_id=owner.user_id, **names)
        return Admission(context, ids.new(Kind.MESSAGE), message, "the same question", opens_thread=True, may_wait=0)

    outcomes = await asyncio.gather(*(log.admit(asked(), clock.now()) for _ in range(20)))
    assert (outcomes.count(Outcome.ADMITTED), outcomes.count(Outcome.DUPLICATE)) == (1, 19)
