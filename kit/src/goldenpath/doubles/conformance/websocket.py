"""What a server-side WebSocket does, whoever implements it."""

from __future__ import annotations

from asyncio import create_task, sleep
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from goldenpath.doubles.conformance.refusal import refused


class Client(Protocol):
    """The other end of the socket under test."""

    async def say(self, data: str | bytes) -> None:
        """Send a message."""

    async def hear(self) -> str | bytes:
        """Wait for the next message."""

    async def hang_up(self, code: int, reason: str) -> None:
        """Close from this end."""

    async def goodbye(self) -> tuple[int, str]:
        """Wait for the other end to close, and give its code and reason."""


class WebSocketConformance:
    """Subclass it, say what to `open`, and mark the subclass for your async plugin.

    `open` yields a socket nobody has accepted yet, and the client that is knocking.
    """

    def open(self) -> AbstractAsyncContextManager[tuple[Any, Client]]:
        raise NotImplementedError(f"{type(self).__name__}.open() says which socket the suite runs on")

    async def test_accepting_connects_both_ends(self) -> None:
        async with self.open() as (socket, _):
            assert _states(socket) == ("CONNECTING", "CONNECTING")
            await socket.accept()
            assert _states(socket) == ("CONNECTED", "CONNECTED")

    async def test_what_is_sent_is_heard_in_order(self) -> None:
        async with self.open() as (socket, client):
            await socket.accept()
            await socket.send_text("grüße")
            await socket.send_bytes(b"\x00\xff")
            await socket.send_text("")
            assert [await client.hear() for _ in range(3)] == ["grüße", b"\x00\xff", ""]

    async def test_json_is_sent_compact_and_unescaped_as_text_or_binary(self) -> None:
        async with self.open() as (socket, client):
            await socket.accept()
            await socket.send_json({"a": ["ü", None, 1.5]})
            await socket.send_json({"a": ["ü", None, 1.5]}, mode="binary")
            text = '{"a":["ü",null,1.5]}'
            assert [await client.hear(), await client.hear()] == [text, text.encode()]

    async def test_a_value_that_is_no_json_is_refused_and_nothing_is_sent(self) -> None:
        async with self.open() as (socket, client):
            await socket.accept()
            with refused("TypeError"):
                await socket.send_json(object())
            with refused("RuntimeError"):
                await socket.send_json({}, mode="smoke")
            await socket.send_text("next")
            assert await client.hear() == "next"

    async def test_what_the_client_says_is_received_in_order(self) -> None:
        async with self.open() as (socket, client):
            await socket.accept()
            for said in ("text", b"bytes", '{"n": 1}', b'{"n": 2}'):
                await client.say(said)
            assert await socket.receive_text() == "text"
            assert await socket.receive_bytes() == b"bytes"
            assert await socket.receive_json() == {"n": 1}
            assert await socket.receive_json(mode="binary") == {"n": 2}

    async def test_receiving_waits_until_the_client_speaks(self) -> None:
        async with self.open() as (socket, client):
            await socket.accept()
            receiving = create_task(socket.receive_text())
            for _ in range(3):
                await sleep(0)
            assert not receiving.done()
            await client.say("at last")
            assert await receiving == "at last"

    async def test_a_client_that_hangs_up_ends_receiving_with_its_code(self) -> None:
        async with self.open() as (socket, client):
            await socket.accept()
            await client.say("last words")
            await client.hang_up(4001, "enough")
            assert await socket.receive_text() == "last words"
            with refused("WebSocketDisconnect") as caught:
                await socket.receive_text()
            assert (caught[0].code, caught[0].reason) == (4001, "enough")
            assert socket.client_state.name == "DISCONNECTED"
            with refused("RuntimeError"):
                await socket.receive()

    async def test_iterating_ends_when_the_client_hangs_up(self) -> None:
        async with self.open() as (socket, client):
            await socket.accept()
            for word in ("one", "two"):
                await client.say(word)
            await client.hang_up(1000, "")
            assert [text async for text in socket.iter_text()] == ["one", "two"]

    async def test_nothing_is_sent_or_received_before_accepting(self) -> None:
        async with self.open() as (socket, _):
            with refused("RuntimeError"):
                await socket.receive_text()
            with refused("RuntimeError"):
                await socket.send_text("too early")

    async def test_accepting_twice_is_refused(self) -> None:
        async with self.open() as (socket, _):
            await socket.accept()
            with refused("RuntimeError"):
                await socket.accept()

    async def test_closing_tells_the_client_why(self) -> None:
        async with self.open() as (socket, client):
            await socket.accept()
            await socket.close(4002, "maintenance")
            assert await client.goodbye() == (4002, "maintenance")
            assert socket.application_state.name == "DISCONNECTED"

    async def test_after_closing_the_disconnect_is_still_received_once(self) -> None:
        async with self.open() as (socket, client):
            await socket.accept()
            await socket.close()
            await client.goodbye()
            assert (await socket.receive())["type"] == "websocket.disconnect"
            assert _states(socket) == ("DISCONNECTED", "DISCONNECTED")
            with refused("RuntimeError"):
                await socket.receive()

    async def test_after_closing_nothing_is_sent_and_nothing_closed_again(self) -> None:
        async with self.open() as (socket, _):
            await socket.accept()
            await socket.close()
            with refused("RuntimeError"):
                await socket.send_text("too late")
            with refused("RuntimeError"):
                await socket.close()


def _states(socket: Any) -> tuple[str, str]:
    return socket.client_state.name, socket.application_state.name
