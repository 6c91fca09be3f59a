"""A run changes hands while its user looks on from the instance that takes it over."""

from __future__ import annotations

import asyncio
import secrets
import signal
from collections.abc import Sequence

import psycopg
from _chaos.fleet import Server

from _isolation.people import Api, Person
from _isolation.tabs import ENDS, Tab

CLAIMS = "SELECT fence FROM runs WHERE id = %s"
ATTEMPTS = 5
"""On a machine that is busy a run may have ended before its instance is killed."""


async def taken_over(api: Api, me: Person, servers: Sequence[Server], database_url: str) -> bool:
    """Whether a run has changed hands in front of its user."""
    for _ in range(ATTEMPTS):
        if await _take_over(api, me, *servers, database_url) > 1:
            return True
    return False


async def _take_over(api: Api, me: Person, survivor: Server, dying: Server, database_url: str) -> int:
    """What is told there must have the numbers that it has in the log; returns how often the run was claimed."""
    survivor.tell(signal.SIGSTOP)
    try:
        first = await Tab.open(api, me, dying.number)
        await first.ask(2, secrets.token_hex(8))
        run_id = (await first.wait("agent_started"))["run_id"]
    finally:
        survivor.tell(signal.SIGCONT)
    second = await Tab.open(api, me, survivor.number)
    await dying.end(signal.SIGKILL)
    await first.close()
    witness = await Tab.open(api, me, survivor.number)
    await second.say(type="resume", run=run_id, epoch=1, after=0)
    await second.wait(*ENDS, run_id=run_id)
    numbers = [frame["seq"] for frame in second.frames if frame["run_id"] == run_id and frame["seq"]]
    if numbers != list(range(1, len(numbers) + 1)):
        api.watch.find("after a takeover the numbers of a run do not go on")
    await asyncio.gather(second.close(), witness.close())
    await dying.start()
    api.urls[dying.number] = dying.url
    return await asyncio.to_thread(_claims, database_url, run_id)


def _claims(database_url: str, run_id: str) -> int:
    with psycopg.connect(database_url) as connection:
        [(claims,)] = connection.execute(CLAIMS, [run_id]).fetchall()
        return int(claims)
