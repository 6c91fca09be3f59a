from __future__ import annotations

from typing import Any

import pytest

from agent_backend.storage import Probe, StoreState, StoreUnavailable, ask_stores


@pytest.mark.asyncio
async def test_each_store_is_judged_by_itself_and_says_what_the_service_lacks_without_it(clock: Any) -> None:
    async def works() -> None:
        clock.move(seconds=0.25)

    async def refuses() -> None:
        raise StoreUnavailable("ClickHouse", "connection refused")

    health = await ask_stores(
        [
            Probe("PostgreSQL", works, "nothing works", required=True),
            Probe("ClickHouse", refuses, "no analytics", required=False),
            Probe("Redis", refuses, "no tickets", required=True),
            Probe("Other", None, "no other", required=False),
        ],
        clock,
    )
    assert [(each.store, each.state, each.stops_the_service, each.degrades) for each in health] == [
        ("PostgreSQL", StoreState.OK, False, None),
        ("ClickHouse", StoreState.UNAVAILABLE, False, "no analytics"),
        ("Redis", StoreState.UNAVAILABLE, True, "no tickets"),
        ("Other", StoreState.OFF, False, "no other"),
    ]
    assert health[0].milliseconds == 250
    assert health[1].reason == "ClickHouse: connection refused"
