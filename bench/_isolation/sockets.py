"""The matrix over sockets: each message, with what is somebody else's in it."""

from __future__ import annotations

import asyncio
import secrets
from typing import Any

from websockets.exceptions import InvalidStatus

from _isolation.people import UNKNOWN, Api, Person
from _isolation.tabs import ENDS, Tab

RACERS = 20


async def make(api: Api, person: Person) -> None:
    """A finished run, and the thread it is in."""
    tab = await Tab.open(api, person)
    await tab.ask(0, secrets.token_hex(8))
    end = await tab.wait(*ENDS)
    person.made |= {"run": end["run_id"], "thread": end["thread_id"]}
    await tab.close()


async def trespass(api: Api, me: Person, other: Person) -> None:
    """Resume, cancel, follow and ask with the ids of another's."""
    tab = await Tab.open(api, me)
    await _same(api, tab, "reset", "resume", run=(other.made["run"], f"run_{UNKNOWN}"), epoch=1, after=0)
    await _same(api, tab, "error", "cancel", run=(other.made["run"], f"run_{UNKNOWN}"))
    thread = (other.made["thread"], f"thr_{UNKNOWN}")
    await _same(api, tab, "error", "ask", thread_id=thread, text="Whose is it?", client_message_id="trespass")
    await tab.say(type="follow")
    await _foreign_fields(api, tab, other)
    await tab.close()


async def _same(api: Api, tab: Tab, answer: str, kind: str, **fields: Any) -> None:
    """What is another's is answered as what does not exist is."""
    told = []
    for choice in range(2):
        at = len(tab.frames)
        message = {name: value[choice] if isinstance(value, tuple) else value for name, value in fields.items()}
        await tab.say(type=kind, **message)
        payload = dict((await tab.wait(answer, "resume", after=at))["payload"])
        payload.pop("run_id", None)
        told.append(payload)
    if told[0] != told[1]:
        api.watch.find(f"{kind}: what is another's is told apart from what does not exist")


async def _foreign_fields(api: Api, tab: Tab, other: Person) -> None:
    """No message can say whose it is."""
    theirs = {"user_id": other.ids["user_id"], "tenant_id": other.ids["tenant_id"]}
    messages: list[dict[str, Any]] = [
        {"type": "resume", "run": other.made["run"], "epoch": 1, "after": 0},
        {"type": "ask", "thread_id": None, "text": "As another", "client_message_id": secrets.token_hex(8)},
        {"type": "follow"},
        {"type": "cancel", "run": other.made["run"]},
    ]
    for message in messages:
        at = len(tab.frames)
        await tab.say(**message, **theirs)
        answer = await tab.wait("error", "resume", "reset", *ENDS, after=at)
        if answer["payload"].get("code") != "invalid_message":
            api.watch.find(f"{message['type']}: a user of the message's choice")


async def own_ways(api: Api, me: Person) -> None:
    """Every kind of event, each person for himself: errors, resets with a snapshot, a cancelled run, a heartbeat."""
    tab = await Tab.open(api, me)
    await tab.say(type="nonsense")
    await tab.wait("error")
    await tab.say(type="resume", run=me.made["run"], epoch=2, after=0)
    snapshot = (await tab.wait("reset"))["payload"]["snapshot"]
    if {message["run_id"] for message in snapshot["messages"]} != {me.made["run"]}:
        api.watch.find("reset: the snapshot is of another thread")
    await tab.say(type="resume", run=me.made["run"], epoch=1, after=0)
    await tab.wait(*ENDS)
    at = len(tab.frames)
    await tab.ask(1, secrets.token_hex(8), thread=me.made["thread"])
    begun = await tab.wait("agent_started", after=at)
    await tab.say(type="cancel", run=begun["run_id"])
    await tab.wait(*ENDS, run_id=begun["run_id"], after=at)
    await tab.wait("heartbeat")
    await tab.close()


async def ticket_race(api: Api, me: Person, rounds: int) -> None:
    """One ticket, twenty who want it, on all instances: one may have it."""
    for _ in range(rounds):
        ticket = (await api.must(me, "POST", "/api/tickets"))["ticket"]
        racers = [Tab.open(api, me, number % len(api.urls), ticket) for number in range(RACERS)]
        ends = await asyncio.gather(*racers, return_exceptions=True)
        tabs = [end for end in ends if isinstance(end, Tab)]
        for end in ends:
            if isinstance(end, BaseException) and not isinstance(end, InvalidStatus):
                raise end
        if len(tabs) != 1:
            api.watch.find(f"a ticket opened {len(tabs)} sockets")
        await asyncio.gather(*(tab.close() for tab in tabs))
