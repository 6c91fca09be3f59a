"""What row level security costs: the service's sessions against sessions of an owner whom no policy binds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from statistics import geometric_mean
from time import perf_counter
from typing import Any

import psycopg
from _measuring import publish, taking_turns
from psycopg_pool import AsyncConnectionPool

from agent_backend.storage import DatabaseManager, migrate
from goldenpath.services import ServiceStack

TENANTS = 20
RECORDS = 2_000
SESSIONS = 200
ROUNDS = 9

Session = Callable[[], AbstractAsyncContextManager[Any]]

FILL = """
INSERT INTO tenants (id, name) SELECT 'ten_' || t, 'tenant ' || t FROM generate_series(1, %(tenants)s) t;
INSERT INTO users (tenant_id, id, email, password_hash)
SELECT 'ten_' || t, 'usr_' || t, 'a@example.org', '' FROM generate_series(1, %(tenants)s) t;
INSERT INTO threads (tenant_id, id, user_id, title, created_at)
SELECT 'ten_' || t, 'thr_' || n, 'usr_' || t, 'A thread', now()
FROM generate_series(1, %(tenants)s) t, generate_series(1, 100) n;
INSERT INTO usage_records (tenant_id, id, occurred_at, team, model, prompt_tokens, completion_tokens, latency_ms, cost,
                           cache_hit)
SELECT 'ten_' || t, 'use_' || n, now() - n * interval '1 minute', 'team ' || n %% 7, 'model ' || n %% 5,
       n, n, n, 0.001, false
FROM generate_series(1, %(tenants)s) t, generate_series(1, %(records)s) n;
"""


@dataclass(frozen=True)
class Work:
    """What a session does; an owner has to name the tenant himself, where the service's sessions do not."""

    bound: str
    unbound: str
    argument: Callable[[int], list[str]]
    rows: int

    async def __call__(self, connection: Any, number: int, *, bound: bool) -> None:
        cursor = await connection.execute(self.bound if bound else self.unbound, self.argument(number))
        found = len(await cursor.fetchall()) if cursor.description else cursor.rowcount
        if found != self.rows:
            raise RuntimeError(f"{found} rows instead of {self.rows}")


WORK = {
    "read_one": Work(
        "SELECT title FROM threads WHERE id = %s",
        "SELECT title FROM threads WHERE tenant_id = 'ten_7' AND id = %s",
        lambda number: [f"thr_{number % 100 + 1}"],
        1,
    ),
    "read_list": Work(
        "SELECT id, title FROM threads WHERE user_id = %s ORDER BY id DESC LIMIT 50",
        "SELECT id, title FROM threads WHERE tenant_id = 'ten_7' AND user_id = %s ORDER BY id DESC LIMIT 50",
        lambda _: ["usr_7"],
        50,
    ),
    "add_up": Work(
        "SELECT model, count(*), sum(cost) FROM usage_records GROUP BY model",
        "SELECT model, count(*), sum(cost) FROM usage_records WHERE tenant_id = 'ten_7' GROUP BY model",
        lambda _: [],
        5,
    ),
    "write": Work(
        "UPDATE runs SET last_seq = last_seq + 1 WHERE id = %s",
        "UPDATE runs SET last_seq = last_seq + 1 WHERE tenant_id = 'ten_7' AND id = %s",
        lambda number: [f"run_{number % 50 + 1}"],
        1,
    ),
}


@asynccontextmanager
async def unbound(url: str) -> AsyncIterator[Session]:
    """The same pool with the same manners, as a superuser: every policy is passed by."""
    async with AsyncConnectionPool[psycopg.AsyncConnection[Any]](url, min_size=1, max_size=10, open=False) as pool:
        yield pool.connection


async def _compare(url: str) -> dict[str, object]:
    database = await DatabaseManager.open(url)
    loop = asyncio.get_running_loop()

    def sessions(session: Session, work: Work, *, bound: bool) -> Callable[[], float]:
        async def run() -> float:
            start = perf_counter()
            for number in range(SESSIONS):
                async with session() as connection:
                    await work(connection, number, bound=bound)
            return (perf_counter() - start) / SESSIONS * 1e6

        return lambda: asyncio.run_coroutine_threadsafe(run(), loop).result()

    figures: dict[str, object] = {}
    ratios = []
    async with unbound(url) as owner:
        for name, work in WORK.items():
            ours = sessions(lambda: database.tenant("ten_7"), work, bound=True)
            theirs = sessions(owner, work, bound=False)
            bound, free = await asyncio.to_thread(taking_turns, ours, theirs, rounds=ROUNDS)
            figures |= {f"{name}_rls_us": bound, f"{name}_owner_us": free, f"{name}_ratio": bound / free}
            ratios.append(bound / free)
    await database.close()
    return {"rls_cost_ratio": geometric_mean(ratios), **figures}


def rls_cost() -> dict[str, object]:
    """`rls_cost_ratio` and what it is made of."""
    with ServiceStack("postgres") as stack:
        url = stack["postgres"].url
        migrate(url)
        with psycopg.connect(url, autocommit=True, cursor_factory=psycopg.ClientCursor) as connection:
            connection.execute(FILL, {"tenants": TENANTS, "records": RECORDS})
            connection.execute(
                "INSERT INTO runs (tenant_id, id, thread_id, user_id, client_message_id, created_at)"
                " SELECT 'ten_7', 'run_' || n, 'thr_1', 'usr_7', 'message ' || n, now() FROM generate_series(1, 50) n"
            )
            connection.execute("ANALYZE")
        return asyncio.run(_compare(url))


if __name__ == "__main__":
    publish(__doc__, rls_cost)
