"""The whole of it: instances, people, every cell in both directions, the crowd, and what lies in the stores."""

from __future__ import annotations

import asyncio
import random
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import psycopg
from _chaos.fleet import Server

from _isolation import sockets, stores
from _isolation.coverage import gaps
from _isolation.load import Size, crowd
from _isolation.people import Api, Person, populate
from _isolation.routes import CELLS, as_operator
from _isolation.takeover import taken_over
from _isolation.watch import Watch, foreign
from agent_backend.storage import migrate
from goldenpath.tenancy import Canary

PACE = "0.5"
INSTANCE = (str(Path(__file__).parents[1] / "_chaos" / "instance.py"), PACE)
SETTINGS = {
    "AGENT_BACKEND_SECRET_KEY": secrets.token_urlsafe(48),
    "AGENT_BACKEND_ACCESS_TOKEN_SECONDS": "3600",
    "AGENT_BACKEND_SOCKETS_HEARTBEAT_INTERVAL_SECONDS": "2",
    "AGENT_BACKEND_LOG_LEVEL": "DEBUG",
}
RACES = 3
PROMOTE = "UPDATE users SET role = 'operator' WHERE id = %s"


@asynccontextmanager
async def running(urls: tuple[str, str], folder: Path, analytics: bool) -> AsyncIterator[list[Server]]:
    """Two instances, one of them with analytics."""
    async with AsyncExitStack() as stack:
        servers = []
        for number in range(2):
            env = {"AGENT_BACKEND_DATABASE_URL": urls[0], "AGENT_BACKEND_REDIS_URL": urls[1], **SETTINGS}
            if analytics and number == 0:
                env["AGENT_BACKEND_CLICKHOUSE_URL"] = f"chdb://{folder}/analytics"
            server = Server(number=number, command=INSTANCE, env=env, log=folder / f"instance-{number}.log")
            stack.push_async_callback(server.end)
            servers.append(server)
        await asyncio.gather(*(server.start() for server in servers))
        yield servers


async def prove(urls: tuple[str, str], size: Size, folder: Path, *, analytics: bool, storm: int) -> dict[str, object]:
    """The figures of one proof."""
    await asyncio.to_thread(migrate, urls[0])
    watch = Watch()
    async with stores.monitored(urls[1], watch) as keys, running(urls, folder, analytics) as servers:
        api = Api(watch, [server.url for server in servers])
        people: list[Person] = []
        try:
            await _meet(api, people, size, servers, urls[0])
        except Exception as error:
            watch.find(f"somebody could not do what is his right: {_first(error)!r}")
        await api.close()
    await stores.cancelled(urls[1], storm, watch)
    tables = await stores.rows(urls[0], people, watch)
    for person in people[:1]:
        await asyncio.to_thread(stores.owned_tables, urls[0], tables, person.ids["tenant_id"], watch)
    for server in servers:
        for line in server.log.read_bytes().splitlines():
            watch.look("log lines", line, stores.LOGS)
    watch.finish(*stores.truth(urls[0], people))
    findings = watch.report()
    missing = gaps(watch.kinds, keys)
    return {
        "deliveries": watch.total,
        "foreign_canaries": foreign(watch.findings),
        "findings": findings,
        "not_covered": missing,
        "by_place": dict(watch.deliveries),
        "events": dict(watch.kinds),
        "tenants": size.tenants,
        "users": len(people),
        "sockets": size.sockets * len(people),
        "routes": len(CELLS) + 1,
        "tables": len(tables),
        "key_kinds": sorted(keys),
        "analytics": analytics,
        "clean": not findings and not missing,
    }


async def _meet(api: Api, people: list[Person], size: Size, servers: Sequence[Server], database_url: str) -> None:
    """Everything that goes through the doors of the service."""
    await populate(api, people, size.tenants, size.users)
    await asyncio.gather(*(sockets.make(api, person) for person in people))
    await asyncio.gather(*(sockets.own_ways(api, person) for person in people))
    await asyncio.gather(*(sockets.trespass(api, *pair) for pair in pairs(people)))
    await asyncio.gather(crowd(api, people, size, random.Random(1)), _routes(api, people))
    await sockets.ticket_race(api, people[0], RACES)
    await as_operator(api, api.watch.add(Canary("operators")), lambda user: _promote(database_url, user))
    if not await taken_over(api, people[0], servers, database_url):
        raise RuntimeError("no run changed hands: the machine is too busy for this proof")


def pairs(people: Sequence[Person]) -> list[tuple[Person, Person]]:
    """Who tries whose things: a stranger's and a colleague's, in both directions."""
    mine, colleague, stranger = people[0], people[1], people[-1]
    return [(mine, stranger), (stranger, mine), (mine, colleague), (colleague, mine)]


async def _routes(api: Api, people: Sequence[Person]) -> None:
    """Every route, while the crowd is at work."""
    for tried in dict.fromkeys(CELLS.values()):
        await asyncio.gather(*(tried(api, *pair) for pair in pairs(people)))


def _first(error: BaseException) -> BaseException:
    return _first(error.exceptions[0]) if isinstance(error, BaseExceptionGroup) else error


def _promote(url: str, user: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(PROMOTE, [user])
