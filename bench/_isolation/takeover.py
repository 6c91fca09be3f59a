"""A run changes hands while its user looks on from the instance that takes it over."""

from __future__ import annotations

import asyncio
import secrets
import signal

from _chaos.fleet import Server

from _isolation.people import Api, Person
from _isolation.tabs import ENDS, Tab


async def take_over(api: Api, me: Person, survivor: Server, dying: Server) -> None:
    """What is told there must have the numbers that it has in the log."""
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
