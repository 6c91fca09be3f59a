"""As much HTTP/1.1 as a probe needs: one request per connection, answers whole or as they stream, nothing followed."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from goldenpath.probe.target import Target

BLANK: Final = b"\r\n\r\n"
LARGEST: Final = 8 << 20
"""A whole answer is not read beyond this."""
PIECE: Final = 65_536


class HttpFailure(Exception):
    """There was no answer, or none that is HTTP, or it was cut off."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    def json(self) -> Any:
        """The body as JSON; HttpFailure where it is none."""
        try:
            return json.loads(self.body)
        except ValueError as error:
            raise HttpFailure(f"its answer is no JSON: {error}") from None


@dataclass(frozen=True, slots=True)
class Head:
    """The beginning of an answer that streams, and its body piece by piece."""

    status: int
    headers: Mapping[str, str]
    pieces: AsyncIterator[bytes]
    writer: asyncio.StreamWriter


@asynccontextmanager
async def streamed(
    target: Target, method: str, path: str, headers: Mapping[str, str], body: bytes | None, seconds: float
) -> AsyncIterator[Head]:
    """Send a request; the block gets the answer as soon as its head is there."""
    writer = None
    try:
        try:
            async with asyncio.timeout(seconds):
                tls = ssl.create_default_context() if target.secure else None
                reader, writer = await asyncio.open_connection(target.host, target.port, ssl=tls)
                writer.write(_written(target, method, path, headers, body))
                await writer.drain()
                status, answered = await _head(reader)
        except TimeoutError:
            raise HttpFailure(f"no answer within {seconds:g} s") from None
        except asyncio.IncompleteReadError:
            raise HttpFailure("the connection was closed without an answer") from None
        except (OSError, asyncio.LimitOverrunError) as error:
            raise HttpFailure(str(error) or type(error).__name__) from error
        yield Head(status, answered, _body(reader, answered), writer)
    finally:
        if writer is not None:
            writer.transport.abort()


async def request(
    target: Target, method: str, path: str, headers: Mapping[str, str], body: bytes | None, seconds: float
) -> Answer:
    """Send a request and read the whole answer."""
    async with streamed(target, method, path, headers, body, seconds) as head:
        whole = bytearray()
        try:
            async with asyncio.timeout(seconds):
                async for piece in head.pieces:
                    whole += piece
                    if len(whole) > LARGEST:
                        raise HttpFailure(f"its answer is larger than {LARGEST >> 20} MiB")
        except TimeoutError:
            raise HttpFailure(f"its answer was not whole within {seconds:g} s") from None
        return Answer(head.status, head.headers, bytes(whole))


def _written(target: Target, method: str, path: str, headers: Mapping[str, str], body: bytes | None) -> bytes:
    fields = {"Host": target.authority, "Accept": "*/*", "Connection": "close"}
    if body is not None:
        fields |= {"Content-Type": "application/json", "Content-Length": str(len(body))}
    fields |= headers
    for name, value in fields.items():
        if any(forbidden in name + value for forbidden in "\r\n\0"):
            raise HttpFailure(f"the header {name} cannot hold a line break")
    lines = [f"{method} {path or '/'} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items())]
    return "\r\n".join(lines).encode("utf-8") + BLANK + (body or b"")


async def _head(reader: asyncio.StreamReader) -> tuple[int, dict[str, str]]:
    """The status and the headers, names in lower case; interim answers are passed over."""
    while True:
        first, *lines = (await reader.readuntil(BLANK)).decode("latin-1").rstrip().split("\r\n")
        version, _, rest = first.partition(" ")
        code = rest[:3]
        if not version.startswith("HTTP/1.") or not code.isdigit():
            raise HttpFailure(f"what answers does not speak HTTP: {first[:60]!r}")
        pairs = (line.partition(":") for line in lines)
        headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
        if int(code) >= 200 or int(code) == 101:
            return int(code), headers


async def _body(reader: asyncio.StreamReader, headers: Mapping[str, str]) -> AsyncIterator[bytes]:
    """The body as it comes; one that ends before it is whole is a failure, not an end."""
    try:
        if headers.get("transfer-encoding", "").lower() == "chunked":
            while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
                yield await reader.readexactly(size)
                await reader.readexactly(2)
        elif "content-length" in headers:
            left = int(headers["content-length"])
            while left:
                piece = await reader.read(min(left, PIECE))
                if not piece:
                    raise asyncio.IncompleteReadError(b"", left)
                left -= len(piece)
                yield piece
        else:
            while piece := await reader.read(PIECE):
                yield piece
    except asyncio.IncompleteReadError:
        raise HttpFailure("the answer was cut off") from None
    except (OSError, ValueError, asyncio.LimitOverrunError) as error:
        raise HttpFailure(str(error) or type(error).__name__) from error


class EventStream:
    """Takes a body of server-sent events apart, whatever the pieces it comes in."""

    def __init__(self) -> None:
        self._rest = b""
        self._data: list[bytes] = []

    def feed(self, piece: bytes) -> list[str]:
        """The data of each event that is whole by now."""
        *lines, self._rest = (self._rest + piece).split(b"\n")
        whole = []
        for line in lines:
            line = line.removesuffix(b"\r")
            if line.startswith(b"data:"):
                self._data.append(line[5:].removeprefix(b" "))
            elif not line and self._data:
                whole.append(b"\n".join(self._data).decode(errors="replace"))
                self._data = []
        return whole

    @property
    def unfinished(self) -> bool:
        """Whether an event was begun and not ended."""
        return bool(self._rest.strip() or self._data)
