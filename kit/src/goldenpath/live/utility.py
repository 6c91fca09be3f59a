"""Makes clients for one server, the way its users authenticate, and sees to it that they all end well."""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from goldenpath.live.application import Application
from goldenpath.live.asgi import AsgiTransport
from goldenpath.live.client import WebSocketTestClient
from goldenpath.live.credentials import Credentials, Secret
from goldenpath.live.crowd import Connecting, close_all, connected, raise_all
from goldenpath.live.sockets import SocketTransport
from goldenpath.live.wire import Transport

if TYPE_CHECKING:
    from goldenpath.contracts import EventContract
    from goldenpath.live.resume import Resume

SecretOf = Callable[[str], str | Awaitable[str]]
"""Gets the secret of a user, a fresh one each time."""


class WebSocketTestUtility:
    """Clients for the WebSocket endpoint of one server: of a running one by its address, or of an ASGI application.

    An application runs inside the test's own loop; `async with` starts it up and shuts it down. In both cases the
    block ends only when every client has been closed, and raises what nobody had been told until then.
    """

    def __init__(
        self,
        server: str | Application,
        *,
        path: str = "/ws",
        contract: EventContract | None = None,
        resume: Callable[[], Resume] | None = None,
        timeout: float = 10.0,
        inbox_limit: int = 1024,
        token_in: str = "header",
        lifespan: str = "auto",
        tls: ssl.SSLContext | None = None,
    ) -> None:
        if not path.startswith("/"):
            raise ValueError(f"path begins with a slash, got {path!r}")
        if timeout <= 0:
            raise ValueError(f"timeout is a positive number of seconds, got {timeout!r}")
        self.contract = contract
        self.resume = resume
        self.timeout = timeout
        self.inbox_limit = inbox_limit
        self._path = path
        self._token_in = token_in
        self._transport: Transport = (
            SocketTransport(server, tls) if isinstance(server, str) else AsgiTransport(server, lifespan=lifespan)
        )
        self._open_clients: dict[WebSocketTestClient, None] = {}

    @property
    def url(self) -> str:
        """Where the clients connect to."""
        return self._transport.address + self._path

    @property
    def open_clients(self) -> tuple[WebSocketTestClient, ...]:
        """The clients that were connected and that nobody has closed."""
        return tuple(self._open_clients)

    async def __aenter__(self) -> Self:
        await self._transport.start(self.timeout)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        errors = await close_all(self.open_clients)
        try:
            await self._transport.stop(self.timeout)
        except Exception as failure:
            errors.append(failure)
        if error is None:
            raise_all("several clients had something to tell at the end", errors)
            return
        for hidden in errors:
            error.add_note(f"and at the end, {type(hidden).__name__}: {hidden}")

    def client(
        self,
        user: str = "",
        *,
        token: Secret | None = None,
        ticket: Secret | None = None,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        subprotocols: Sequence[str] = (),
        path: str | None = None,
    ) -> WebSocketTestClient:
        """A client that is not connected yet."""
        credentials = Credentials(
            token=token,
            ticket=ticket,
            token_in=self._token_in,
            headers=headers or {},
            query=query or {},
            subprotocols=subprotocols,
        )
        return WebSocketTestClient(
            self._transport,
            path or self._path,
            credentials,
            user=user,
            contract=self.contract,
            resume=self.resume() if self.resume is not None else None,
            timeout=self.timeout,
            inbox_limit=self.inbox_limit,
            open_clients=self._open_clients,
        )

    def connected_client(
        self, user: str = "", *, token: Secret | None = None, ticket: Secret | None = None, **options: Any
    ) -> Connecting:
        """A connected client, for `await` or `async with`; it takes what `client` takes."""
        return Connecting(self.client(user, token=token, ticket=ticket, **options))

    def connected_clients(
        self,
        users: Iterable[str],
        *,
        token: SecretOf | None = None,
        ticket: SecretOf | None = None,
        headers: Callable[[str], Mapping[str, str]] | None = None,
    ) -> AbstractAsyncContextManager[Mapping[str, WebSocketTestClient]]:
        """A connected client for each user, by the user's name; `token(user)` and the others say who each one is."""
        return connected(
            {
                user: self.client(
                    user,
                    token=partial(token, user) if token is not None else None,
                    ticket=partial(ticket, user) if ticket is not None else None,
                    headers=headers(user) if headers is not None else None,
                )
                for user in users
            }
        )
