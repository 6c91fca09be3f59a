"""Clients that lose their instance and go on at another; what they are told goes into a story."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import httpx2
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from _chaos.fleet import Fleet, Instance
from _chaos.ledger import ENDS, Story, Told

PATIENCE = 3.0
"""Seconds without a word after which a client tries another instance."""
PAUSE = (0.05, 0.4)
"""Seconds between two attempts."""
LEAVES = 0.02
"""How likely a client is to lose its connection by itself, per event."""

LOST = (OSError, TimeoutError, WebSocketException, httpx2.HTTPError)
"""What a client takes for the loss of its instance."""


class Elsewhere(OSError):
    """The instance answers that it cannot help right now."""


class Refused(Exception):
    """A client was refused what it may have: a defect, not a fault."""


@dataclass(frozen=True)
class Heard:
    """A frame, read: an event of a run, or a word about the connection."""

    kind: str
    run_id: str | None
    seq: int
    payload: Any


class Dialect(Protocol):
    """How one kind of server is talked to."""

    async def enter(self, instance: Instance, user: str) -> ClientConnection:
        """A socket that has been greeted."""

    async def open(self, socket: ClientConnection, story: Story) -> None:
        """Ask, or ask for what is missing."""

    def hear(self, frame: str) -> Heard | str | None:
        """What a frame says; a text is to be answered, None is nothing."""


class Cable:
    """A client's end of a connection."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket

    def abort(self) -> None:
        self._socket.transport.abort()


class Client:
    """Sees one story through, on whatever instance will have it."""

    def __init__(self, fleet: Fleet, dialect: Dialect, chance: random.Random, bound: float) -> None:
        self._fleet = fleet
        self._dialect = dialect
        self._chance = chance
        self._bound = bound

    async def live(self, story: Story) -> None:
        """Until the last event, or until the bound is over."""
        loop = asyncio.get_running_loop()
        story.asked_at = loop.time()
        try:
            async with asyncio.timeout(self._bound):
                while story.ended_at is None:
                    try:
                        await self._on_one_socket(story, self._chance.choice(self._fleet.instances))
                    except LOST:
                        await asyncio.sleep(self._chance.uniform(*PAUSE))
        except TimeoutError:
            return
        finally:
            story.begun.set()

    async def _on_one_socket(self, story: Story, instance: Instance) -> None:
        asks = story.run_id is None
        async with self._socket(instance, story) as socket:
            async with asyncio.timeout(PATIENCE):
                await self._dialect.open(socket, story)
            while True:
                heard = self._dialect.hear(str(await asyncio.wait_for(socket.recv(), PATIENCE)))
                if isinstance(heard, str):
                    await socket.send(heard)
                elif heard is not None and self._note(story, heard, asks):
                    return
                elif self._chance.random() < LEAVES:
                    raise Elsewhere

    @asynccontextmanager
    async def _socket(self, instance: Instance, story: Story) -> AsyncIterator[ClientConnection]:
        async with asyncio.timeout(PATIENCE):
            socket = await self._dialect.enter(instance, story.user)
        story.sockets += 1
        cable = Cable(socket)
        instance.clients.add(cable)
        try:
            yield socket
        finally:
            instance.clients.discard(cable)
            cable.abort()

    def _note(self, story: Story, heard: Heard, asks: bool) -> bool:
        """Write it down; True at the end of the story.

        Who asks again is told the run from its beginning, also where its first events were faster than the question.
        """
        if heard.kind == "reset":
            story.resets += 1
            raise Elsewhere
        if heard.kind == "resume" and asks:
            story.start_over(heard.payload["after"])
        if heard.run_id is None or not heard.seq:
            return False
        now = asyncio.get_running_loop().time()
        story.run_id = story.run_id or heard.run_id
        story.told.append(Told(now, heard.run_id, heard.seq, heard.kind, heard.payload, story.sockets))
        story.begun.set()
        if heard.kind in ENDS and heard.run_id == story.run_id:
            story.ended_at = now
        return story.ended_at is not None


async def opened(url: str) -> ClientConnection:
    """A socket that answers no ping by itself and waits for none: the client decides whom it takes for dead."""
    return await connect(url, compression=None, ping_interval=None, max_queue=None, close_timeout=0.1)
