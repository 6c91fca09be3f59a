"""Open pages: sockets whose every frame the watch looks at."""

from __future__ import annotations

import asyncio
import json
from typing import Any, Self
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from _isolation.people import PATIENCE, Api, Person

ENDS = frozenset({"agent_completed", "agent_error"})


class Tab:
    """One socket of one person, read by a task of its own."""

    def __init__(self, api: Api, person: Person, socket: ClientConnection) -> None:
        self._api = api
        self.person = person
        self._socket = socket
        self._told = asyncio.Event()
        self.frames: list[dict[str, Any]] = []
        self._reader = asyncio.create_task(self._read())

    @classmethod
    async def open(cls, api: Api, person: Person, instance: int = 0, ticket: str | None = None) -> Self:
        """With a new ticket unless one is given; raises InvalidStatus where the handshake is refused."""
        if ticket is None:
            ticket = (await api.must(person, "POST", "/api/tickets", {}, instance=instance))["ticket"]
        url = f"ws://{urlsplit(api.urls[instance]).netloc}/ws?ticket={ticket}"
        socket = await connect(
            url, compression=None, ping_interval=None, max_queue=None, close_timeout=0.1, open_timeout=PATIENCE
        )
        tab = cls(api, person, socket)
        await tab.wait("connection_established")
        return tab

    async def say(self, **message: Any) -> None:
        self.person.viewer.said.update(value for value in message.values() if isinstance(value, str))
        await self._socket.send(json.dumps(message))

    async def ask(self, number: int, message_id: str, thread: str | None = None) -> None:
        text = self.person.question(number)
        await self.say(type="ask", thread_id=thread, text=text, client_message_id=message_id)

    async def wait(self, *kinds: str, run_id: str | None = None, after: int = 0) -> dict[str, Any]:
        """The first frame of these types after so many, of this run if one is named."""
        at = after
        async with asyncio.timeout(PATIENCE):
            while True:
                for frame in self.frames[at:]:
                    at += 1
                    if frame["type"] in kinds and run_id in {None, frame["run_id"], frame["payload"].get("run_id")}:
                        return frame
                if self._reader.done():
                    raise ConnectionError(f"the socket of {self.person.name} ended before {', '.join(kinds)}")
                self._told.clear()
                await self._told.wait()

    def forget(self) -> None:
        """Keep no frame of what is over."""
        self.frames.clear()

    async def close(self) -> None:
        """As a cut cable does."""
        self._socket.transport.abort()
        await asyncio.gather(self._reader, return_exceptions=True)

    async def _read(self) -> None:
        watch, viewer = self._api.watch, self.person.viewer
        try:
            while True:
                text = str(await self._socket.recv())
                watch.look("frames", text.encode(), viewer)
                frame = json.loads(text)
                watch.event(frame)
                self.frames.append(frame)
                self._told.set()
        except ConnectionClosed:
            return
        finally:
            self._told.set()
