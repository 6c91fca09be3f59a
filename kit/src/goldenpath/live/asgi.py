"""An ASGI application as the server, run inside the test's own loop: no socket, no thread, no port."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import unquote

from goldenpath.live.application import Application
from goldenpath.live.asgi_wire import AsgiWire
from goldenpath.live.errors import HandshakeFailed
from goldenpath.live.inbox import Inbox
from goldenpath.live.lifespan import Lifespan
from goldenpath.live.wire import Handshake

HOST: Final = "testserver"
CLIENT_ADDRESS: Final = ("127.0.0.1", 50_000)
SERVER_ADDRESS: Final = (HOST, 80)


class AsgiTransport:
    """Opens in-loop sockets to one application, whose lifespan it runs."""

    def __init__(self, app: Application, *, lifespan: str = "auto", inbound_limit: int = 1024) -> None:
        self.address = f"ws://{HOST}"
        self._app = app
        self._lifespan = Lifespan(app, lifespan)
        self._inbound_limit = inbound_limit

    def at(self, base_url: str) -> AsgiTransport:
        """There is no other instance of an application inside the loop."""
        raise ValueError(f"an application inside the loop is its only instance: there is none at {base_url!r}")

    async def start(self, seconds: float) -> None:
        """Start the application up."""
        await self._lifespan.start(seconds)

    async def stop(self, seconds: float) -> None:
        """Shut the application down."""
        await self._lifespan.stop(seconds)

    async def open(self, handshake: Handshake, inbox: Inbox, seconds: float) -> AsgiWire:
        """Run the application for one socket until it has answered the handshake."""
        if self._lifespan.pending:
            raise RuntimeError(
                "the application was not started: use 'async with WebSocketTestUtility(app) as utility', "
                "or lifespan='off' where there is nothing to start"
            )
        url = self.address + handshake.path
        wire = AsgiWire(self._app, self._scope(handshake), inbox, url, self._inbound_limit)
        await wire.handshake(seconds)
        if wire.subprotocol is not None and wire.subprotocol not in handshake.subprotocols:
            await wire.drop()
            raise HandshakeFailed(url, f"it chose the subprotocol {wire.subprotocol!r}, which was not offered")
        return wire

    def _scope(self, handshake: Handshake) -> dict[str, Any]:
        offered = ", ".join(handshake.subprotocols)
        headers = {
            "host": HOST,
            "connection": "Upgrade",
            "upgrade": "websocket",
            "sec-websocket-version": "13",
            "sec-websocket-key": "dGVzdCBvZiBnb2xkZW4gcA==",
            **({"sec-websocket-protocol": offered} if offered else {}),
        }
        return {
            "type": "websocket",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": "1.1",
            "scheme": "ws",
            "path": unquote(handshake.path),
            "raw_path": handshake.path.encode(),
            "query_string": handshake.query.encode(),
            "root_path": "",
            "headers": _encoded(headers) + _encoded(handshake.headers),
            "client": CLIENT_ADDRESS,
            "server": SERVER_ADDRESS,
            "subprotocols": list(handshake.subprotocols),
            "state": dict(self._lifespan.state),
            "extensions": {"websocket.http.response": {}},
        }


def _encoded(headers: Mapping[str, str] | tuple[tuple[str, str], ...]) -> list[tuple[bytes, bytes]]:
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    return [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in pairs]
