"""Several clients opened together and closed together, whatever happens to any of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Generator, Iterable, Mapping
from contextlib import asynccontextmanager
from types import TracebackType

from goldenpath.live.client import WebSocketTestClient

AT_ONCE = 100
"""So many handshakes are under way at a time: a server's listen queue is finite."""


class Connecting:
    """A client about to be connected: `await` it, or use it as `async with`."""

    def __init__(self, client: WebSocketTestClient) -> None:
        self._client = client

    def __await__(self) -> Generator[None, None, WebSocketTestClient]:
        return self._client.connect().__await__()

    async def __aenter__(self) -> WebSocketTestClient:
        return await self._client.connect()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.__aexit__(kind, error, trace)


@asynccontextmanager
async def connected(clients: Mapping[str, WebSocketTestClient]) -> AsyncIterator[Mapping[str, WebSocketTestClient]]:
    """All of them open; at the end all are closed, and what any of them had to tell is raised."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def connect(client: WebSocketTestClient) -> None:
        async with gate:
            await client.connect()

    try:
        async with asyncio.TaskGroup() as group:
            for client in clients.values():
                group.create_task(connect(client))
        yield clients
    except BaseException as error:
        for hidden in await close_all(clients.values()):
            error.add_note(f"and when all were closed, {type(hidden).__name__}: {hidden}")
        raise
    raise_all("several clients had something to tell when they were closed", await close_all(clients.values()))


async def close_all(clients: Iterable[WebSocketTestClient]) -> list[Exception]:
    """Close them together; what they had to tell."""
    answers = await asyncio.gather(*(client.close() for client in clients), return_exceptions=True)
    return [answer for answer in answers if isinstance(answer, Exception)]


def raise_all(summary: str, errors: list[Exception]) -> None:
    """Raise one error as it is, several as a group."""
    if len(errors) == 1:
        raise errors[0]
    if errors:
        raise ExceptionGroup(summary, errors)
