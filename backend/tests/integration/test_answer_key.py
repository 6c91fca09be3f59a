"""A small data set whose every saving was worked out by hand, against the real SQL in a real PostgreSQL.

The price table (dollars per million tokens): big 10 in, 40 out, half price in batches, its cheaper model is small;
small 1 in, 4 out, half price in batches. The policy: retries within 60 s, cap at 4 times the median, bulk from 3 calls
an hour, simple up to 1,000 and 200 tokens.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from agent_backend.agents import DataAvailability, MeasureSavings, UsageTotals
from agent_backend.analysis import Goal, Intent, Measure, Policy, Price, PriceTable, Saving, make_plan
from agent_backend.context import Kind, SystemClock, UnifiedIDManager
from agent_backend.storage import DatabaseManager, UsageMeasures, UsageStore
from agent_backend.usage import UsageCsvReader, UsageRecord

PRICES = PriceTable(
    {
        "big": Price(Decimal(10), Decimal(40), Decimal("0.5"), cheaper="small"),
        "small": Price(Decimal(1), Decimal(4), Decimal("0.5")),
    }
)
POLICY = Policy(retry_window_seconds=60, cap_factor=4, bulk_calls_per_hour=3)
MAR = "2026-03-0"

RECORDS = f"""\
occurred_at,team,model,prompt_tokens,completion_tokens,latency_ms,cost,cache_hit,error,prompt_fingerprint
{MAR}2T10:00:00Z,ops,big,100000,0,800,1.00,,timeout,r1
{MAR}2T10:00:30Z,ops,big,100000,0,800,1.00,,timeout,r1
{MAR}2T10:01:30Z,ops,big,100000,0,800,1.00,,timeout,r1
{MAR}2T10:03:00Z,ops,big,100000,0,800,1.00,,timeout,r1
{MAR}2T10:03:20Z,ops,big,100000,1000,800,1.04,,,r1
{MAR}2T09:00:00Z,desk,big,2000,100,800,0.024,,,c1
{MAR}2T11:00:00Z,desk,big,2000,100,800,0.024,,,c1
{MAR}2T15:00:00Z,desk,big,2000,150,800,0.026,,,c1
{MAR}3T09:00:00Z,desk,big,2000,100,800,0.024,,,c1
{MAR}3T12:00:00Z,desk,big,2000,100,9,0,true,,c1
{MAR}3T13:00:00Z,desk,big,2000,100,800,0.024,,,
{MAR}2T08:00:00Z,pens,small,1000,100,300,0.0014,,,p1
{MAR}2T09:00:00Z,pens,small,1000,100,300,0.0014,,,p2
{MAR}2T10:00:00Z,pens,small,1000,100,300,0.0014,,,p3
{MAR}2T11:00:00Z,pens,small,1000,50000,300,0.2010,,,p4
{MAR}2T02:00:00Z,night,big,100000,10000,800,1.40,,,n1
{MAR}2T02:20:00Z,night,big,100000,10000,800,1.40,,,n2
{MAR}2T02:59:59Z,night,big,100000,10000,800,1.40,,,n3
{MAR}2T03:00:00Z,night,big,100000,10000,800,1.40,,,n4
{MAR}2T03:30:00Z,night,big,100000,10000,800,1.40,,,n5
{MAR}2T08:00:00Z,chat,big,1000,200,800,0.018,,,h1
{MAR}2T09:00:00Z,chat,big,500,100,800,0.009,,,h2
{MAR}2T10:00:00Z,chat,big,1001,10,800,0.01041,,,h3
"""

KEY = {
    # ops: the failures at 10:00:30 (30 s after one) and 10:01:30 (60 s after one) are hopeless, 1.00 each. The first
    # and the one 90 s later are not, and the last call was answered.
    Measure.RETRY_WASTE: [("ops", 2, "2.00", "low")],
    # desk: 11:00 (0.024) and 15:00 (0.026) repeat 09:00 of the same day: 0.05. One of the two was answered at another
    # length: half, so medium. The next day begins anew, a cache hit is no call to save, and without a fingerprint
    # nothing is known to be a repeat.
    Measure.PROMPT_CACHE: [("desk", 2, "0.05", "medium")],
    # pens: the median of 100, 100, 100, 50,000 is 100, the cap 400; 49,600 tokens x $4 a million = 0.1984, cut to
    # 0.19. One of four answers would be cut: 25 %, so high.
    Measure.OUTPUT_CAP: [("pens", 1, "0.19", "high")],
    # night: three calls between 02:00 and 03:00 are bulk, 3 x 1.40 = 4.20, half of it 2.10; the two after are not.
    Measure.BATCHING: [("night", 3, "2.10", "medium")],
    # chat: 1,000/200 and 500/100 are simple, 1,001/10 is not. 0.018 - (0.001 + 0.0008) = 0.0162 and
    # 0.009 - (0.0005 + 0.0004) = 0.0081; together 0.0243, cut to 0.02.
    Measure.CHEAPER_MODEL: [("chat", 2, "0.02", "medium")],
}
# ops 1 + 1 + 1 + 1 + 1.04 = 5.04; desk 0.024 + 0.024 + 0.026 + 0.024 + 0 + 0.024 = 0.122; pens 3 x 0.0014 + 0.201 =
# 0.2052; night 5 x 1.40 = 7; chat 0.018 + 0.009 + 0.01041 = 0.03741. Together:
SPENT = Decimal("12.40461")


@asynccontextmanager
async def loaded(url: str) -> AsyncIterator[tuple[Any, Callable[[str], Any]]]:
    """The tools on a database that holds the records for one tenant and a canary's for another."""
    ids = UnifiedIDManager(SystemClock())
    mine, foreign = ids.new(Kind.TENANT), ids.new(Kind.TENANT)
    with psycopg.connect(url) as connection:
        for tenant in (mine, foreign):
            connection.execute("INSERT INTO tenants (id, name) VALUES (%s, %s)", [tenant, tenant[-12:]])
    reader = UsageCsvReader()
    read = [*reader.feed(RECORDS.encode()), *reader.finish()]
    records = [record for record in read if isinstance(record, UsageRecord)]
    assert len(records) == len(read) == RECORDS.count("\n") - 1
    database = await DatabaseManager.open(url)
    try:
        usage = UsageStore(database, ids)
        measures = UsageMeasures(database, PRICES, POLICY)
        await usage.add(mine, records)
        await usage.add(foreign, [record.model_copy(update={"team": "canary"}) for record in records * 3])
        tools: dict[str, Any] = {
            tool.name: tool
            for tool in (
                UsageTotals(usage),
                DataAvailability(usage, PRICES),
                *(MeasureSavings(measure, measures, usage, PRICES) for measure in Measure),
            )
        }
        context = type("Context", (), {"tenant_id": mine})
        yield context, lambda name, **given: tools[name].execute(context, **given)
    finally:
        await database.close()


@pytest.fixture(scope="module")
def results(migrated_database: Callable[[], str]) -> dict[str, Any]:
    """What every tool tells of the data set."""
    url = migrated_database()

    async def ask() -> dict[str, Any]:
        async with loaded(url) as (_, call):
            told = {measure.value: await call(measure.value) for measure in Measure}
            told["totals"] = await call("usage_totals", grouping="team")
            told["data"] = await call("data_availability", intent="savings")
            return told

    return asyncio.run(ask())


@pytest.mark.parametrize("measure", list(Measure))
def test_every_saving_is_what_was_worked_out_by_hand(results: dict[str, Any], measure: Measure) -> None:
    rows = results[measure.value]["rows"]
    assert [(row["team"], row["calls"], row["saving"], row["risk"]) for row in rows] == KEY[measure]
    assert results[measure.value]["saving"] == KEY[measure][0][2]


def test_the_spend_is_added_up_exactly(results: dict[str, Any]) -> None:
    assert Decimal(results["totals"]["cost"]) == SPENT
    assert {row["name"]: Decimal(row["cost"]) for row in results["totals"]["rows"]} == {
        "night": Decimal(7),
        "ops": Decimal("5.04"),
        "pens": Decimal("0.2052"),
        "desk": Decimal("0.122"),
        "chat": Decimal("0.03741"),
    }


def test_nothing_of_another_tenant_is_counted(results: dict[str, Any]) -> None:
    assert "canary" not in str(results)
    assert results["data"]["calls"] == 23


def test_the_history_is_too_short_and_everything_else_is_there(results: dict[str, Any]) -> None:
    # 22 of 23 records have a fingerprint, which is above nine in ten; two days are no two weeks: 4 of 5 is 0.8.
    assert results["data"]["missing"] == ["two weeks of history"]
    assert (results["data"]["completeness"], results["data"]["sufficiency"]) == ("0.8", "sufficient")


def found(results: dict[str, Any]) -> list[Saving]:
    return [Saving.from_json(row) for measure in Measure for row in results[measure.value]["rows"]]


def test_all_measures_together_save_what_the_hand_adds_up(results: dict[str, Any]) -> None:
    # 2.00 + 0.05 + 0.19 + 2.10 + 0.02 = 4.36, of 12.40461 that is 35.14 %, cut to 35.1.
    plan = make_plan(found(results), Goal(Intent.SAVINGS), SPENT)
    assert (plan.saving, plan.percent) == (Decimal("4.36"), Decimal("35.1"))


def test_a_fifth_is_reached_by_the_retries_and_the_batches(results: dict[str, Any]) -> None:
    # The retries (low) save 2.00, 16.1 %; the greatest of medium risk are the batches with 2.10: 4.10, 33.05 %.
    plan = make_plan(found(results), Goal(Intent.SAVINGS, reduction=Decimal(20)), SPENT)
    assert [saving.measure for saving in plan.chosen] == [Measure.RETRY_WASTE, Measure.BATCHING]
    assert (plan.saving, plan.percent, plan.reached) == (Decimal("4.10"), Decimal("33.0"), True)


def test_a_fifth_is_not_reached_when_nobody_may_wait(results: dict[str, Any]) -> None:
    # Without the batches: 2.00 + 0.05 + 0.02 + 0.19 = 2.26, 18.2 %.
    plan = make_plan(found(results), Goal(Intent.SAVINGS, reduction=Decimal(20), keep_latency=True), SPENT)
    assert (plan.saving, plan.percent, plan.reached) == (Decimal("2.26"), Decimal("18.2"), False)
    assert [saving.measure for saving in plan.excluded] == [Measure.BATCHING]
