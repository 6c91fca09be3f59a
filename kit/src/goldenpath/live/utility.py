"""Makes clients for one server, the way its users authenticate."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit, urlunsplit

from goldenpath.live.client import WebSocketTestClient

if TYPE_CHECKING:
    from goldenpath.contracts import EventContract


class WebSocketTestUtility:
    """Clients for the WebSocket endpoint of one running server."""

    def __init__(
        self,
        base_url: str,
        *,
        path: str = "/ws",
        contract: EventContract | None = None,
        timeout: float = 10.0,
    ) -> None:
        parts = urlsplit(base_url)
        scheme = {"http": "ws", "https": "wss", "ws": "ws", "wss": "wss"}.get(parts.scheme)
        if scheme is None or not parts.netloc:
            raise ValueError(f"base_url must look like http://host:port or ws://host:port, not {base_url!r}")
        self.url = urlunsplit((scheme, parts.netloc, parts.path.rstrip("/") + path, "", ""))
        self.contract = contract
        self.timeout = timeout

    def client(self, user: str = "", *, token: str | None = None, ticket: str | None = None) -> WebSocketTestClient:
        """A client that is not connected yet, carrying a bearer token or a single-use ticket."""
        return WebSocketTestClient(
            f"{self.url}?ticket={quote(ticket, safe='')}" if ticket is not None else self.url,
            user=user,
            headers={"Authorization": f"Bearer {token}"} if token is not None else {},
            contract=self.contract,
            timeout=self.timeout,
        )
