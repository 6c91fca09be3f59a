"""What lies in the stores, searched with the eyes of each tenant, and with nobody's."""

from __future__ import annotations

import asyncio
import json
import random
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

import psycopg
from _cancellation import storm_on_redis
from psycopg import sql
from redis.asyncio import Redis

from _isolation.people import Person
from _isolation.watch import Viewer, Watch, nobody
from agent_backend.storage import DatabaseManager

_TENANT: Final = "ten_[0-9a-f]{32}"
KEYS: Final = {
    "ticket": re.compile("ticket:[0-9a-f]{64}"),
    "runs": re.compile(f"runs:({_TENANT}):(usr_[0-9a-f]{{32}})"),
    "shut": re.compile("shut:ses_[0-9a-f]{32}"),
    "ended-sessions": re.compile("ended-sessions"),
    "cancelled-runs": re.compile("cancelled-runs"),
}
"""Every key and channel that there may be: what tells of a tenant has the tenant in it, or cannot be guessed."""
ONE_KEY: Final = frozenset({"SET", "GET", "GETDEL", "EXISTS", "PUBLISH"})
MANY_KEYS: Final = frozenset({"DEL", "SUBSCRIBE", "UNSUBSCRIBE"})
SCRIPTS: Final = frozenset({"EVAL", "EVALSHA"})
"""The script, how many keys, the keys; what it does with them is told command by command as well."""
NO_KEY: Final = frozenset({"PING", "CLIENT", "HELLO", "AUTH", "SELECT", "MONITOR", "INFO", "QUIT", "SCRIPT"})
TENANTLESS: Final = frozenset({"schema_migrations", "instances"})
"""Tables that hold nothing of any tenant's; the service has no right to read the latter."""
_OWNER: Final = "canary_owner"

REDIS: Final = nobody("whoever reads Redis")
"""Ids are told there, to those who have a right to them; what people wrote is not."""
LOGS: Final = nobody("whoever reads the logs")


@asynccontextmanager
async def monitored(url: str, watch: Watch) -> AsyncIterator[set[str]]:
    """While this lasts the watch looks at every command that Redis gets; the kinds of keys that were seen."""
    kinds: set[str] = set()
    ready = asyncio.Event()

    async def listen() -> None:
        async with Redis.from_url(url, socket_timeout=None) as client, client.monitor() as monitor:
            ready.set()
            async for command in monitor.listen():
                _command(str(command["command"]), watch, kinds)

    listening = asyncio.create_task(listen())
    await ready.wait()
    try:
        yield kinds
    finally:
        listening.cancel()
        await asyncio.wait([listening])
        if not listening.cancelled():
            listening.result()


def _command(command: str, watch: Watch, kinds: set[str]) -> None:
    watch.look("redis commands", command.encode(), REDIS)
    name, _, rest = command.partition(" ")
    name = name.upper()
    words = rest.split(" ")
    keys = words[:1] if name in ONE_KEY else words if name in MANY_KEYS else []
    if name in SCRIPTS:
        keys = words[2 : 2 + int(words[1])]
    if not keys and name not in NO_KEY:
        watch.find(f"Redis was told {name}, which the proof does not know")
    for key in keys:
        kind = next((kind for kind, form in KEYS.items() if form.fullmatch(key)), None)
        if kind is None:
            watch.find(f"a key of an unknown kind, or without its tenant: {re.sub('[0-9a-f]{32}', '…', key)[:60]}")
            continue
        kinds.add(kind)
        if kind == "runs" and name == "PUBLISH":
            watch.announced.add((key.split(":")[2], json.loads(rest.partition(" ")[2])["run"]))


async def rows(database_url: str, people: Sequence[Person], watch: Watch) -> list[str]:
    """Each tenant's rows of every table, as the service sees them; the tables."""
    with psycopg.connect(database_url) as owner:
        tables = [name for (name,) in owner.execute(_TABLES).fetchall() if name not in TENANTLESS]
    tenants = {person.ids["tenant_id"]: person for person in people}
    database = await DatabaseManager.open(database_url, max_size=1)
    for tenant_id, person in tenants.items():
        eyes = Viewer(person.tenant.tenant, frozenset({person.tenant.tenant, *_names(people, person)}))
        async with database.tenant(tenant_id) as connection:
            for table in tables:
                await _look_at(connection, table, tenant_id, eyes, watch)
        async with database.tenant_named("nobody's name") as connection:
            for table in tables:
                if await (await connection.execute(_ANY.format(sql.Identifier(table)))).fetchone():
                    watch.find(f"a login sees rows of {table} of the tenant before it")
    await database.close()
    return tables


async def _look_at(connection: Any, table: str, tenant_id: str, eyes: Viewer, watch: Watch) -> None:
    column = "id" if table == "tenants" else "tenant_id"
    found = await (await connection.execute(_ROWS.format(sql.Identifier(column), sql.Identifier(table)))).fetchall()
    for owner, row in found:
        watch.look("rows", row.encode(), eyes)
        if owner != tenant_id:
            watch.find(f"a row of {table} was given to another tenant")


def _names(people: Sequence[Person], of: Person) -> set[str]:
    return {person.name for person in people if person.tenant is of.tenant}


def owned_tables(database_url: str, tables: Sequence[str], tenant_id: str, watch: Watch) -> None:
    """An ordinary owner of the tables is bound by row level security as well; nothing of this is committed."""
    with psycopg.connect(database_url) as connection:
        connection.execute(f"CREATE ROLE {_OWNER} NOSUPERUSER NOBYPASSRLS")
        connection.execute(f"GRANT USAGE, CREATE ON SCHEMA public TO {_OWNER}")
        for table in tables:
            connection.execute(sql.SQL("ALTER TABLE {} OWNER TO canary_owner").format(sql.Identifier(table)))
        connection.execute(f"SET LOCAL ROLE {_OWNER}")
        connection.execute("SELECT set_config('agent_backend.tenant', %s, true)", [tenant_id])
        for table in tables:
            column = sql.Identifier("id" if table == "tenants" else "tenant_id")
            query = sql.SQL("SELECT count(*) FROM {} WHERE {} <> %s").format(sql.Identifier(table), column)
            if connection.execute(query, [tenant_id]).fetchone() != (0,):
                watch.find(f"the owner of {table} sees the rows of all tenants")
        connection.rollback()


async def cancelled(redis_url: str, requests: int, watch: Watch) -> None:
    """Requests that are cancelled in flight hand nobody else's answer to anybody."""
    storm = await storm_on_redis(redis_url, requests, random.Random(1).randrange(1 << 30))
    watch.deliveries["answers under cancellation"] += storm.answered
    if storm.crossed:
        watch.findings["after a cancelled request the next got its answer"] += storm.crossed


def truth(database_url: str, people: Sequence[Person]) -> tuple[dict[str, str], dict[tuple[str, int], tuple[str, Any]]]:
    """Whose every id is, and every event of the log."""
    users = {person.ids["user_id"]: person.name for person in people}
    owners = dict(users) | {person.ids["tenant_id"]: person.tenant.tenant for person in people}
    tenants = {person.ids["tenant_id"]: person.tenant.tenant for person in people}
    with psycopg.connect(database_url) as connection:
        for table in ("threads", "runs", "sessions"):
            for each, user in connection.execute(f"SELECT id, user_id FROM {table}").fetchall():
                owners[each] = users.get(user, user)
        messages = "SELECT m.id, t.user_id FROM messages m JOIN threads t ON t.id = m.thread_id"
        for each, user in connection.execute(messages).fetchall():
            owners[each] = users.get(user, user)
        for each, tenant in connection.execute("SELECT id, tenant_id FROM usage_records").fetchall():
            owners[each] = tenants.get(tenant, tenant)
        log = connection.execute("SELECT run_id, seq, type, payload FROM run_events").fetchall()
    return owners, {(run_id, seq): (kind, payload) for run_id, seq, kind, payload in log}


_TABLES: Final = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
_ROWS: Final = sql.SQL("SELECT {}, row_to_json(t)::text FROM {} AS t")
_ANY: Final = sql.SQL("SELECT 1 FROM {} LIMIT 1")
